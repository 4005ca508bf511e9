"""Runs checks and profiles, one after the other or many at a time, and removes what they made."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain

from conformance.check import Check, Status
from conformance.choosing import Choice, choose
from conformance.claims import KNOWN_TYPES
from conformance.crew import at_once
from conformance.judging import judge
from conformance.ledger import removed
from conformance.material.samples import Names
from conformance.problems import CannotRun
from conformance.profiles import Life, Profile
from conformance.report import Report, Result
from conformance.requirements import Requirements
from conformance.scim import Scim
from conformance.scope import DemandingScim, ScopedClaims, SharedCohort
from conformance.ways_in import DEFAULT_TIMEOUT
from conformance.wire.access import Access, Bearer
from conformance.wire.endpoint import Endpoint

_SILENT_CHECKS = 3
"""An endpoint that leaves so many checks in a row unanswered is taken to be down."""

Listener = Callable[[Check | Result], None]
"""Is told each check before it runs, and its result after."""


def run(
    url: str,
    *,
    token: str | None = None,
    access: Access | None = None,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    profiles: Iterable[str] = (),
    leave_out: Iterable[str] = (),
    require: Iterable[str] = (),
    parallel: int = 1,
    time_limit: float | None = None,
    seed: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    listener: Listener | None = None,
) -> Report:
    """Judge a SCIM endpoint.

    :param url: the base URL, such as https://app.example/scim/v2.
    :param token: a bearer token, if the endpoint wants one.
    :param access: everything else about the connection, instead of `token` and `timeout`.
    :param only: ids, sections or patterns ("rfc7644/3.5.2", "*/location"); empty: all checks.
    :param skip: those that are not run.
    :param profiles: identity providers whose traffic is replayed, too; "all" is each of them.
    :param leave_out: resource types that are not touched, such as "Group".
    :param require: values that the endpoint demands, as PLACE=VALUE, or names of TOML files.
    :param parallel: how many checks run at a time.
    :param time_limit: seconds after which no further check is begun.
    :param seed: makes the random names of an earlier run again; the report holds it.
    :param timeout: seconds to wait for each answer, to its end.
    :raises CannotRun: when the endpoint cannot be judged, or nothing is left to run.
    :raises UnknownCheck: when `only` or `skip` names nothing, UnknownProfile when `profiles` does.
    """
    if parallel < 1:
        raise CannotRun("parallel is 1 or more")
    choice = choose(_listed(only), _listed(skip), _listed(profiles))
    way, left_out, required = _way(token, access, timeout), _listed(leave_out), _listed(require)
    with opened_run(
        url, way, seed=seed, leave_out=left_out, require=required, listener=listener
    ) as this:
        return this.all(choice, parallel, time_limit)


def _way(token: str | None, access: Access | None, timeout: float) -> Access:
    if token and access:
        raise CannotRun("give a token or an access, not both")
    return access or Access(Bearer(token) if token else None, timeout=timeout)


def _listed(given: Iterable[str]) -> list[str]:
    """Take one text for a list of one, rather than for its letters."""
    return [given] if isinstance(given, str) else list(given)


@contextmanager
def opened_run(
    url: str,
    access: Access,
    *,
    seed: int | None = None,
    leave_out: Iterable[str] = (),
    require: Iterable[str] = (),
    listener: Listener | None = None,
) -> Iterator["Run"]:
    """Open an endpoint to run checks on; leaving removes what was made.

    :raises CannotRun: when there is nothing to judge.
    """
    requirements = Requirements.read(require)
    endpoint = Endpoint(url, access)
    try:
        endpoint.probe()
        claims = ScopedClaims(endpoint, leave_out)
        claims.leave_out()
        requirements.check([*KNOWN_TYPES, *claims.type_names])
        this = Run(endpoint, claims, requirements, _seed(seed), listener or _ignore)
        try:
            yield this
        finally:
            this.clean()
    finally:
        endpoint.close()


def _seed(given: int | None) -> int:
    return secrets.randbits(32) if given is None else given


def _ignore(_: Check | Result) -> None:
    """Be told, and do nothing."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """Checks that are run in order on one thread: a single one, or a profile's steps."""

    checks: tuple[Check, ...]
    profile: Profile | None = None


class Run:
    """One pass over an endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        claims: ScopedClaims,
        requirements: Requirements,
        seed: int,
        listener: Listener,
    ) -> None:
        self.report = Report(endpoint.url, seed)
        self._endpoint = endpoint
        self._claims = claims
        self._requirements = requirements
        self._listener = listener
        self._open: list[Scim] = []
        self._left: list[str] = []
        self._lock = threading.Lock()
        self._silent = 0
        self._started = time.monotonic()
        self._cohort: SharedCohort | None = None
        self._cohort = SharedCohort(self._scim("cohort"))

    def all(self, choice: Choice, parallel: int = 1, time_limit: float | None = None) -> Report:
        """Run what was chosen; an interruption ends the run, but not its clean-up."""
        units = [_Unit((check,)) for check in choice.checks]
        units += [_Unit(_shown(profile, choice), profile) for profile in choice.profiles]
        found: dict[int, list[Result]] = {}
        doubtful: dict[str, Result] = {}
        try:
            self._claims.read()
            untried = self._first_look(units, found, parallel, time_limit)
            if parallel > 1 and not self.report.stopped:
                doubtful |= {r.check.id: r for r in chain(*found.values()) if _is_doubtful(r)}
                self._second_look(units, found, doubtful)
            if untried and not self.report.stopped:
                self.report.stopped = (
                    f"the time limit of {time_limit:g} s is over; {untried} checks were not tried"
                )
        except KeyboardInterrupt:
            self.report.stopped = "interrupted"
        finally:
            listed = [result for place in sorted(found) for result in found[place]]
            self.report.results += [r for r in listed if doubtful.get(r.check.id) is not r]
            self.clean()
        return self.report

    def one(self, check: Check) -> Result:
        """Run one check for itself, and remove what it made."""
        scim = self._scim(check.id)
        result = judge(check, scim)
        self._remove(scim)
        return result

    def live(self, profile: Profile) -> list[Result]:
        """Run all steps of a profile, and remove what they made."""
        life = Life(profile, Names(self.report.seed, profile.name), self._requirements)
        opened, results = [], []
        for step in life.steps():
            opened.append(self._scim(step.id))
            results.append(judge(step, opened[-1]))
        for scim in reversed(opened):
            self._remove(scim)
        return results

    def clean(self) -> None:
        """Remove what is left of everything that was made, and count what the run took."""
        while self._open:
            self._remove(self._open[-1])
        while self._left:
            # Once more, alone: a request beside it may have been in the way.
            if self.report.stopped or not removed(self._endpoint, self._left[0]):
                self.report.left_behind.append(self._left[0])
            self._left.pop(0)
        self.report.requests = self._endpoint.requests_sent
        self.report.seconds = time.monotonic() - self._started

    def _first_look(
        self,
        units: Sequence[_Unit],
        found: dict[int, list[Result]],
        parallel: int,
        time_limit: float | None,
    ) -> int:
        """Run units until the time is over; return how many checks were not tried."""

        def work(unit: _Unit) -> list[Result] | None:
            passed = time.monotonic() - self._started
            return None if time_limit is not None and passed > time_limit else self._unit(unit)

        untried = 0
        with closing(at_once(units, work, parallel, self._endpoint)) as finished:
            for place, results in finished:
                if results is None:
                    untried += len(units[place].checks)
                    continue
                found[place] = results
                self._hear(r for r in results if parallel == 1 or not _is_doubtful(r))
                if self.report.stopped:
                    break
        return untried

    def _second_look(
        self,
        units: Sequence[_Unit],
        found: dict[int, list[Result]],
        doubtful: dict[str, Result],
    ) -> None:
        """Run what was not well again, alone: checks beside it may have been in its way."""
        for place in sorted(found):
            again = [result for result in found[place] if result.check.id in doubtful]
            if again and not self.report.stopped:
                found[place] = self._unit(units[place])
                ids = {result.check.id for result in again}
                self._hear(result for result in found[place] if result.check.id in ids)

    def _unit(self, unit: _Unit) -> list[Result]:
        with self._lock:
            self._listener(unit.checks[0])
        if unit.profile is None:
            return [self.one(unit.checks[0])]
        shown = {step.id for step in unit.checks}
        return [result for result in self.live(unit.profile) if result.check.id in shown]

    def _hear(self, results: Iterable[Result]) -> None:
        """Tell of results, and notice when the endpoint has gone."""
        for result in results:
            with self._lock:
                self._listener(result)
            if result.exchanges:  # what asked nothing tells nothing
                self._silent = self._silent + 1 if _unanswered(result) else 0
            if self._silent == _SILENT_CHECKS:
                self.report.stopped = f"the endpoint stopped answering: {result.message}"

    def _scim(self, check_id: str) -> Scim:
        scim = DemandingScim(
            self._endpoint,
            self._claims,
            Names(self.report.seed, check_id, self._requirements.ending),
            self._cohort,
            requirements=self._requirements,
        )
        with self._lock:
            self._open.append(scim)
        return scim

    def _remove(self, scim: Scim) -> None:
        left = scim.ledger.clean()
        with self._lock:
            self._left += left
            self._open.remove(scim)


def _shown(profile: Profile, choice: Choice) -> tuple[Check, ...]:
    return tuple(step for step in profile.steps if step.id in choice.steps)


def _is_doubtful(result: Result) -> bool:
    """Whether a check that had company is to be tried again."""
    return result.status not in (Status.PASS, Status.SKIP)


def _unanswered(result: Result) -> bool:
    failed = result.exchange is not None and result.exchange.failure is not None
    return failed and result.status == Status.ERROR
