"""How a job is doing, from one run to the next: its quarantine, its incidents, its heartbeat."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from provisioner.job import Job
from provisioner.job.durations import words
from provisioner.moments import moment
from provisioner.planning.guards import CODE as TOO_MANY
from provisioner.planning.guards import GuardTripped, NotApproved
from provisioner.planning.outcome import Outcome, Result
from provisioner.record import Kind, SourceError
from provisioner.state.sqlite import SqliteState
from provisioner.targets.trouble import INCOMPATIBLE, TargetUnusable, Trouble
from provisioner.watching.alerts.dispatch import Desk
from provisioner.watching.alerts.incidents import Incident, Sighting
from provisioner.watching.expiry import EVENT as EXPIRING
from provisioner.watching.expiry import expiring
from provisioner.watching.quarantine import DELETES, UNUSABLE, Quarantine, Tally, held, reason_of

log = logging.getLogger("provisioner")

CREDENTIALS: Final = frozenset({"Unauthorized", "InsufficientRights"})
_QUARANTINE: Final = "quarantine"
# What is read back, now and then, from targets that accept it.
_PROVEN: Final = frozenset({"disable", "add members", "remove members"})
_BORN: Final = "born"
_CLOCKS_DIFFER: Final = 3600.0  # seconds that two machines may be apart, and nobody is told

Key = tuple[Kind, str]


def clock() -> float:
    """Return the time in seconds since 1970."""
    return time.time()


class Quarantined(Exception):
    """The job is in quarantine and it is not time yet: nothing was sent."""


class Condition:
    """The condition of one job: asked before a run, told what came of it.

    :param warn: takes one line for each alert that could not be delivered.
    """

    def __init__(
        self, job: Job, state: SqliteState, warn: Callable[[str], None] = log.warning
    ) -> None:
        self._job = job
        self._state = state
        self._desk = Desk(job, state, warn)
        self._failed: set[Key] = set()
        self._failed_references: set[Key] = set()
        self._done = 0  # Who has been changed and referred to as well counts twice.

    @property
    def quarantine(self) -> Quarantine | None:
        """The quarantine that the job is in, if any."""
        note = self._state.note(_QUARANTINE)
        return Quarantine.from_json(note) if note else None

    @property
    def incidents(self) -> list[Incident]:
        """What is wrong at the moment."""
        return list(self._desk.open().values())

    def wrong(self) -> tuple[str, ...]:
        """Return a line for each thing that is wrong, as monitoring wants to know it."""
        quarantine, silence, expiry = self.quarantine, self.silence(), self.expiry()
        found = [refusal(quarantine, self._job.path.name)] if quarantine else []
        found += [each.text for each in (silence, expiry) if each is not None]
        slots = self._desk.open().items()
        told = {_QUARANTINE, "heartbeat", EXPIRING} | ({"guard"} if quarantine else set())
        return (*found, *(incident.text for slot, incident in slots if slot not in told))

    # Before a run ------------------------------------------------------------------------------

    def admit(self, *, now: bool) -> None:
        """Let a run begin; `now`: before its time, which a job that was given up does not have.

        :raises Quarantined: with since when, why, when next, and how to go on at once.
        """
        quarantine = self.quarantine
        time_is_up = quarantine is None or quarantine.due(clock())
        if quarantine is None or time_is_up or (now and not quarantine.given_up):
            return
        self._look_at_the_clock()
        raise Quarantined(refusal(quarantine, self._job.path.name))

    def resume(self) -> bool:
        """Lift the quarantine, and return whether there was one."""
        was = self.quarantine is not None
        self._state.save_note(_QUARANTINE, None)
        self._desk.observe(_QUARANTINE, None, clock())
        return was

    # During a run ------------------------------------------------------------------------------

    def count(self, outcome: Outcome) -> None:
        """Count one outcome, while the run is on."""
        key = outcome.action.key
        if outcome.status == "failed":
            is_reference = outcome.action.path is not None
            (self._failed_references if is_reference else self._failed).add(key)
        elif outcome.status == "done" and outcome.action.stage:
            self._done += 1

    def stop(self) -> str | None:
        """Say why a run is to end: far too many failures, or the share of a trial is too large.

        A share is judged at the end, as the first objects of a plan may be the worst; a trial out
        of quarantine, which should ask the target as little as it can, ends with it.
        """
        if not self._failed and not self._failed_references:
            return None
        figures = self._job.quarantine
        tally = Tally(len(self._failed), len(self._failed_references), self._done)
        reason = reason_of(tally, figures)
        if reason is None or (self.quarantine is None and tally.failures <= figures.max_failures):
            return None
        return f"{self._numbers(tally)} The rest was not attempted."

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take note of whatever ends a run before it has a result."""
        if self._state.note(_BORN) is None:
            self._state.save_note(_BORN, {"time": clock()})
        try:
            yield
        except TargetUnusable as error:
            self._hold(UNUSABLE, error.trouble.code, str(error))
            self._look_at_the_clock()
            raise
        except SourceError as error:
            self._observe("read", Sighting("read", "unreadable", str(error)))
            self._look_at_the_clock()
            raise
        except NotApproved:
            raise
        except GuardTripped as error:
            self._hold(DELETES, DELETES, str(error))
            self._observe("guard", Sighting("guard", TOO_MANY, str(error)))
            self._look_at_the_clock()
            raise

    # After a run -------------------------------------------------------------------------------

    def note(self, result: Result) -> None:
        """Take note of a run that came to its end."""
        if result.plan.person is not None:
            return
        self._judge(result)
        self._observe("guard", _tripped(result))
        doubts = " ".join(result.plan.doubts)
        self._observe("read", Sighting("read", "incomplete", doubts) if doubts else None)
        self._look_for_lies(result)
        self._look_at_the_clock()

    def _judge(self, result: Result) -> None:
        fatal = _fatal(result)
        tally = self._tally(result)
        if fatal is not None:
            self._hold(UNUSABLE, fatal.code, str(fatal))
        elif (reason := reason_of(tally, self._job.quarantine)) is not None:
            self._hold(reason, reason, self._numbers(tally))
        elif result.halted is None:
            self.resume()

    def _tally(self, result: Result) -> Tally:
        """Count objects; in quarantine those that wait for their time have failed, not vanished."""
        failed = set(self._failed)
        if self.quarantine is not None:
            tried = {(each.kind, each.anchor) for each in self._state.failures() if each.attempts}
            failed |= {each.key for each in result.plan.actions.where(verb="park")} & tried
        references = self._failed_references - failed
        also = sum(result.outcomes.is_done(*key) for key in failed | references)
        return Tally(len(failed), len(references), result.outcomes.done() - also)

    def _numbers(self, tally: Tally) -> str:
        tried = tally.failures + tally.reference_failures + tally.successes
        also = f", and {tally.reference_failures} more by references" * bool(
            tally.reference_failures
        )
        return f"{tally.failures} of {tried} objects failed{also}: `status` says which and why."

    def _hold(self, reason: str, cause: str, error: str) -> None:
        """Put the job into quarantine, or keep it there."""
        if not self._job.quarantine.enabled:
            seen = Sighting("credentials", cause, error) if cause in CREDENTIALS else None
            self._observe("credentials", seen)
            return
        now = clock()
        quarantine = held(self.quarantine, reason, cause, error, now, self._job.quarantine)
        self._state.save_note(_QUARANTINE, quarantine.to_json())
        if reason == DELETES:
            return  # That is told of as the guard's incident.
        event = "credentials" if cause in CREDENTIALS else "quarantine"
        text = refusal(quarantine, self._job.path.name)
        self._observe(_QUARANTINE, Sighting(event, f"{reason}: {cause}", text))

    def _look_for_lies(self, result: Result) -> None:
        lies = [each for each in result.troubles if _is_lie(each)]
        if lies:
            text = " ".join(str(each.trouble) for each in lies[:3])
            self._observe("lying target", Sighting("lying target", INCOMPATIBLE, text))
        elif any(result.outcomes.number(verb=verb, status="done") for verb in _PROVEN):
            self._observe("lying target", None)

    def _look_at_the_clock(self) -> None:
        self._observe("heartbeat", self.silence())
        self._observe(EXPIRING, self.expiry())

    def expiry(self) -> Sighting | None:
        """Return what to say of it if the target's token expires soon."""
        return expiring(self._job.target, self._job.alerts.token_notice, clock())

    def silence(self) -> Sighting | None:
        """Return what to say of it if the last good cycle is too long ago."""
        last = self._state.last_good_cycle()
        born = self._state.note(_BORN)
        since = last.ended if last and last.ended else born["time"] if born else None
        limit = self._job.alerts.heartbeat
        if since is None:
            return None
        if since > clock() + _CLOCKS_DIFFER:
            text = f"The last good cycle ended {moment(since)}, which is still to come: the clock"
            return Sighting("heartbeat", "clock", f"{text} was wrong then, or is wrong now.")
        if clock() - since <= limit:
            return None
        text = f"The last good cycle ended {moment(since)}." if last else "There never was one."
        return Sighting(
            "heartbeat",
            "silence",
            f"{text} There should be one in {words(limit)} (alerts.heartbeat).",
        )

    def _observe(self, slot: str, seen: Sighting | None) -> None:
        self._desk.observe(slot, seen, clock())


def refusal(quarantine: Quarantine, file: str) -> str:
    """Say since when a job is in quarantine, why, when it is tried next, and how to go on."""
    since = f"The job is in quarantine since {moment(quarantine.began)}: {quarantine.error}"
    if quarantine.next_attempt is None:
        return (
            f"{since} It was given up after {quarantine.count + 1} attempts; when the cause is "
            f"gone, take it up again with `scim-provisioner resume {file}`."
        )
    return (
        f"{since} The next attempt is at {moment(quarantine.next_attempt)}; to go on at once: "
        f"`scim-provisioner run {file} --now`."
    )


def _fatal(result: Result) -> Trouble | None:
    if result.halted is None:
        return None
    found = (each.trouble for each in result.troubles if each.trouble is not None)
    return next((trouble for trouble in found if trouble.halts), None)


def _tripped(result: Result) -> Sighting | None:
    for outcome in result.outcomes.where(status="held back"):
        trouble = outcome.trouble
        if trouble is not None and trouble.code == TOO_MANY:
            return Sighting("guard", TOO_MANY, str(trouble))
    return None


def _is_lie(outcome: Outcome) -> bool:
    """Tell whether the target accepted what it was sent, and was then found not to have done it."""
    trouble = outcome.trouble
    is_silent = trouble is not None and trouble.code == INCOMPATIBLE and trouble.status is None
    return is_silent and outcome.action.verb in _PROVEN
