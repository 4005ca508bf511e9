"""A provisioning engine: keeps the accounts and groups of an app in step with a directory.

from provisioner import Job

job = Job.load("contoso.toml")
plan = job.plan()
print(plan)
result = job.apply(plan)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provisioner.api import Job
    from provisioner.cycle import Options
    from provisioner.job.settings import JobError
    from provisioner.planning.action import Action, Change, Edge, PlanError
    from provisioner.planning.guards import GuardTripped
    from provisioner.planning.outcome import Account, Outcome, Result
    from provisioner.planning.plan import Plan
    from provisioner.record import SourceError
    from provisioner.state import StateError
    from provisioner.targets.trouble import TargetUnusable, Trouble
    from provisioner.watching.condition import Quarantined

__all__ = [
    "Account",
    "Action",
    "Change",
    "Edge",
    "GuardTripped",
    "Job",
    "JobError",
    "Options",
    "Outcome",
    "Plan",
    "PlanError",
    "Quarantined",
    "Result",
    "SourceError",
    "StateError",
    "TargetUnusable",
    "Trouble",
]

# Loaded when first asked for: the command can be stopped while it is being loaded.
_HOMES = {
    "Job": "api",
    "Options": "cycle",
    "JobError": "job.settings",
    "GuardTripped": "planning.guards",
    **dict.fromkeys(("Account", "Outcome", "Result"), "planning.outcome"),
    **dict.fromkeys(("Action", "Change", "Edge", "PlanError"), "planning.action"),
    "Plan": "planning.plan",
    "SourceError": "record",
    "StateError": "state",
    **dict.fromkeys(("TargetUnusable", "Trouble"), "targets.trouble"),
    "Quarantined": "watching.condition",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
