"""The report as a JSON document of a stated version, for machines and for comparing runs.

    {"version": 1, "endpoint": URL, "seed": number,
     "results": [{"id", "level": MUST|SHOULD|MAY, "section",
                  "status": pass|fail|warn|note|skip|error, "message",
                  "exchanges": [{"request", "response" or null, "failure",
                                 "milliseconds", "curl"}]}],
     "summary": {a count for each status, "checks", "requests", "seconds",
                 "left_behind": [URL], "stopped": reason or null}}

Members may be added within a version; none is renamed, removed or given another meaning.
"""

import json
from pathlib import Path

from conformance.report.result import Report


def write(report: Report, path: Path) -> None:
    """Write the report; a reader sees the old file or the whole new one."""
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n"
    if path.exists() and not path.is_file():  # a pipe or a device is written to, never replaced
        path.write_text(text, "utf-8")
        return
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, "utf-8")
    draft.replace(path)
