"""The report as a JSON document of a stated version, for machines and for comparing runs."""

import json
from pathlib import Path

from conformance.report.result import Report


def write(report: Report, path: Path) -> None:
    """Write the report; a reader sees the old file or the whole new one."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    draft.replace(path)
