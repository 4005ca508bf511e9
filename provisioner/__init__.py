"""A provisioning engine: keeps the accounts and groups of an app in step with a directory.

from provisioner import Job

job = Job.load("contoso.toml")
plan = job.plan()
print(plan)
result = job.apply(plan)
"""

from provisioner.api import Job
from provisioner.cycle import Options
from provisioner.job.settings import JobError
from provisioner.planning.guards import GuardTripped
from provisioner.planning.outcome import Account, Outcome, Result
from provisioner.planning.plan import Action, Change, Edge, Plan, PlanError
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
