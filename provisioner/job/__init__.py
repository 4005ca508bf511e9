"""The job: one TOML file, checked whole, as plain values that everything else obeys."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provisioner.job.job import Job
    from provisioner.job.settings import JobError

__all__ = ["Job", "JobError"]

# Loaded when first asked for: what a job is checked by needs the settings alone.
_HOMES = {"Job": "job", "JobError": "settings"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
