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

_STATUSES = [status.value for status in Status]
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def text(report: Report) -> str:
    """Return the document as text; in ASCII, as answers may hold what steers a terminal."""
    return json.dumps(report.to_json(), indent=2) + "\n"


def read_statuses(path: Path) -> dict[str, str]:
    """Return the verdict of each check in a JSON report.

    :raises CannotRun: when the file is none.
    """
    return parsed_statuses(read(path), path)


def read(path: Path) -> str:
    """Return what a file holds, in whichever encoding a shell wrote it.

    :raises CannotRun: when it cannot be read, or is no text.
    """
    try:
        content = path.read_bytes()
        return content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
    except OSError as problem:
        raise CannotRun(f"{path} cannot be read: {problem.strerror or problem}") from problem
    except UnicodeDecodeError as problem:
        raise CannotRun(f"{path} is no text in UTF-8") from problem


def parsed_statuses(text: str, path: Path) -> dict[str, str]:
    """Return the verdict of each check in the text of a report.

    :raises CannotRun: when it is none.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise CannotRun(f"{path} is no JSON report: {problem}") from problem
    if not isinstance(document, dict) or "version" not in document:
        raise CannotRun(f"{path} is no report of `scim-conformance run --json`")
    if document["version"] != FORMAT_VERSION:
        raise CannotRun(
            f"{path} is a report of version {document['version']!r}; "
            f"this program reads version {FORMAT_VERSION}"
        )
    found = document.get("results")
    listed: list[Any] = found if isinstance(found, list) else [None]
    if not all(_is_result(one) for one in listed):
        raise CannotRun(f"{path} has no list of results, each with an id and a status")
    return {one["id"]: one["status"] for one in listed}


def _is_result(one: object) -> bool:
    return (
        isinstance(one, dict) and isinstance(one.get("id"), str) and one.get("status") in _STATUSES
    )
