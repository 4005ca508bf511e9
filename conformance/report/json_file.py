"""The report as a JSON document of a stated version, for machines and for comparing runs.

    {"version": 1, "endpoint": URL, "seed": number,
     "results": [{"id", "level": MUST|SHOULD|MAY, "section",
                  "status": pass|fail|warn|note|skip|error, "message",
                  "exchanges": [{"request", "response" or null, "failure",
                                 "milliseconds", "curl"}]}],
     "summary": {a count for each status, "checks", "requests", "seconds",
                 "left_behind": [URL], "stopped": reason or null,
                 "profiles": {name: {"works", "consequences", "remarks"}}}}

Members may be added within a version; none is renamed, removed or given another meaning.
"""

import json
from pathlib import Path
from typing import Any

from conformance.check import Status
from conformance.problems import CannotRun
from conformance.report.result import FORMAT_VERSION, Report

_STATUSES = frozenset(status.value for status in Status)


def text(report: Report) -> str:
    """Return the document as text."""
    return json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n"


def read_statuses(path: Path) -> dict[str, str]:
    """Return the verdict of each check in a JSON report.

    :raises CannotRun: when the file is none.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise CannotRun(f"{path} cannot be read: {problem.strerror or problem}") from problem
    except ValueError as problem:
        raise CannotRun(f"{path} is no JSON report: {problem}") from problem
    return statuses(document, path)


def statuses(document: Any, path: Path) -> dict[str, str]:
    """Return the verdict of each check in a document that was read from a file."""
    if not isinstance(document, dict) or "version" not in document:
        raise CannotRun(f"{path} is no report of `scim-conformance run --json`")
    if document["version"] != FORMAT_VERSION:
        raise CannotRun(
            f"{path} is a report of version {document['version']}; "
            f"this program reads version {FORMAT_VERSION}"
        )
    found = document.get("results")
    listed: list[Any] = found if isinstance(found, list) else [None]
    if not all(isinstance(one, dict) and one.get("status") in _STATUSES for one in listed):
        raise CannotRun(f"{path} has no list of results, each with an id and a status")
    return {str(one.get("id")): one["status"] for one in listed}
