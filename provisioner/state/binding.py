"""Whose state it is: ids of one target mean nothing, or somebody else, at another one."""

from provisioner.job import Job
from provisioner.state import StateError
from provisioner.state.sqlite import SqliteState


def check_binding(job: Job, state: SqliteState) -> None:
    """Let a job read a state that was written for it, or that remembers nothing yet.

    :raises StateError: when it is that of another job or target, with what to do.
    """
    bound = state.bound_to()
    if bound is None or state.is_empty():
        return
    name, url = bound
    moved_from = job.target.moved_from
    if name != job.name:
        raise StateError(
            f'{job.state_path}: is the state of the job "{name}" for {url}, and this job is '
            f'"{job.name}". Give `state` in the job file another name; or, if the job was renamed, '
            "call it by its old name again."
        )
    if not _same(url, job.target.url) and not (moved_from and _same(url, moved_from)):
        raise StateError(
            f"{job.state_path}: was written for {url}, and target.url is {job.target.url}. If that "
            "is another application, move the file away, or give `state` in the job file another "
            "name: its accounts are then matched, and nothing is made twice. If it is the same "
            f'application at a new address, say so in [target] with moved_from = "{url}".'
        )


def bind(job: Job, state: SqliteState) -> None:
    """Remember the job and its target in the state, before the first request.

    :raises StateError: as `check_binding` does.
    """
    check_binding(job, state)
    if state.bound_to() != (job.name, job.target.url):
        state.bind(job.name, job.target.url)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
