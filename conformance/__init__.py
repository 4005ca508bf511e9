"""Judge any SCIM 2.0 endpoint by the text of RFC 7643 and RFC 7644.

report = conformance.run("https://app.example/scim/v2", token=token, only=["rfc7644/3.5.2"])
"""

from conformance.check import UnknownCheck
from conformance.endpoint import CannotRun
from conformance.report import Report, Result
from conformance.runner import run

__all__ = ["CannotRun", "Report", "Result", "UnknownCheck", "run"]
