"""The provisioning log in the shape of Entra ID's, so that what reads that one reads ours."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from provisioner.commands.causes import category_of
from provisioner.job import Job

_ACTIONS: Final[Mapping[str, str]] = {
    "create": "create",
    "adopt": "update",
    "update": "update",
    "enable": "update",
    "disable": "disable",
    "delete": "delete",
    "adopt references": "update",
    "set reference": "update",
    "add members": "update",
    "remove members": "update",
}
# What a guard holds back is staged there: stagedDelete is the word for both kinds of it.
_STAGED: Final = "stagedDelete"
_STEP_TYPES: Final[Mapping[str, str]] = {
    "import": "import",
    "scope": "scoping",
    "match": "matching",
    "evaluate": "processing",
    "provision": "export",
}
_STEP_NAMES: Final[Mapping[str, str]] = {
    "import": "EntryImport",
    "scope": "EntrySynchronizationScoping",
    "match": "EntryMatching",
    "evaluate": "EntrySynchronization",
    "provision": "EntryExport",
}


def summaries(job: Job, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return events of the log as `provisioningObjectSummary` documents of Microsoft Graph."""
    return [_summary(job, event) for event in events]


def _summary(job: Job, event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid5(NAMESPACE_URL, _key(job, event))),
        "activityDateTime": _moment(event["time"]),
        "jobId": job.name,
        "cycleId": str(event["cycle"]),
        "changeId": f"{event['cycle']}/{event['kind']}/{event['anchor']}",
        "provisioningAction": _action(event),
        "durationInMilliseconds": event["durationMs"],
        "initiatedBy": {
            "id": f"scim-provisioner {version('scim-toolkit')}",
            "displayName": "scim-provisioner",
            "initiatorType": "application",
        },
        "sourceSystem": {"id": job.source.kind, "displayName": job.source.kind},
        "targetSystem": {"id": job.target.url, "displayName": job.target.profile},
        "sourceIdentity": _identity(event, event["anchor"]),
        "targetIdentity": _identity(event, event["targetId"] or ""),
        "provisioningStatusInfo": _status(event),
        "provisioningSteps": [_step(step) for step in event["steps"]],
        "modifiedProperties": [
            {
                "displayName": each["name"],
                "oldValue": each["oldValue"],
                "newValue": each["newValue"],
            }
            for each in event["modifiedProperties"]
        ],
    }


def _key(job: Job, event: Mapping[str, Any]) -> str:
    parts = ("cycle", "time", "kind", "anchor", "action")
    return "/".join([job.target.url, job.name, *(str(event[part]) for part in parts)])


def _action(event: Mapping[str, Any]) -> str:
    if event["code"] == "TooManyDeletes":
        return _STAGED
    return _ACTIONS.get(event["action"], "other")


def _identity(event: Mapping[str, Any], identifier: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "displayName": event["name"],
        "identityType": event["kind"].removesuffix("s").capitalize(),
    }


def _status(event: Mapping[str, Any]) -> dict[str, Any]:
    if not event["code"]:
        return {"status": event["status"], "errorInformation": None}
    return {
        "status": event["status"],
        "errorInformation": {
            "errorCode": event["code"],
            "reason": event["reason"],
            "additionalDetails": None,
            "errorCategory": category_of(event["code"]),
            "recommendedAction": event["hint"],
        },
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _STEP_NAMES[step["name"]],
        "provisioningStepType": _STEP_TYPES[step["name"]],
        "status": step["status"],
        "description": step["description"],
        "details": {},
    }


def _moment(seconds: float) -> str:
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
