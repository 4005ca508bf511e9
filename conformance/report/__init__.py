"""What a run found, and the forms in which it is told."""

from conformance.report.result import Report, Result

__all__ = ["Report", "Result"]
