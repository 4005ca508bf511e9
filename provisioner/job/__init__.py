"""The job: one TOML file, checked whole, as plain values that everything else obeys."""

from provisioner.job.job import Job
from provisioner.job.settings import JobError

__all__ = ["Job", "JobError"]
