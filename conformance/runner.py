"""Runs checks in the order of the RFCs, and removes everything that they made."""

import secrets
import time
from collections.abc import Callable, Iterable, Sequence

from conformance.check import UNMET, Check, Status, select
from conformance.claims import Claims
from conformance.cohort import Cohort
from conformance.endpoint import DEFAULT_TIMEOUT, Endpoint, Unanswered
from conformance.expect import Unmet, Unready
from conformance.report import Report, Result
from conformance.samples import Names
from conformance.scim import Scim

_SILENT_CHECKS = 3
"""An endpoint that leaves so many checks in a row unanswered is taken to be down."""

Listener = Callable[[Check | Result], None]
"""Is told each check before it runs, and its result after."""


def run(
    url: str,
    *,
    token: str | None = None,
    only: Iterable[str] = (),
    seed: int | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    listener: Listener | None = None,
) -> Report:
    """Judge a SCIM endpoint.

    :param url: the base URL, such as https://app.example/scim/v2.
    :param token: a bearer token, if the endpoint wants one.
    :param only: ids or sections of checks ("rfc7644/3.5.2"); all when it is empty.
    :param seed: makes the random names of an earlier run again; the report holds it.
    :param timeout: seconds to wait for each answer.
    :raises CannotRun: when the endpoint cannot be reached, is no SCIM or refuses the token.
    :raises UnknownCheck: when `only` names nothing.
    """
    checks = select(only)
    endpoint = Endpoint(url, token, timeout=timeout)
    try:
        endpoint.probe()
        chosen = secrets.randbits(32) if seed is None else seed
        return _Run(endpoint, chosen, listener or _ignore).all(checks)
    finally:
        endpoint.close()


def _ignore(_: Check | Result) -> None:
    """Be told, and do nothing."""


class _Run:
    """One pass over an endpoint."""

    def __init__(self, endpoint: Endpoint, seed: int, listener: Listener) -> None:
        self._endpoint = endpoint
        self._listener = listener
        self._claims = Claims(endpoint)
        self._preparer = Scim(endpoint, self._claims, Names(seed, "cohort"))
        self._cohort = Cohort(self._preparer)
        self._open = [self._preparer]
        self._report = Report(endpoint.url, seed)

    def all(self, checks: Sequence[Check]) -> Report:
        """Run the checks; an interruption ends the run, but not its clean-up."""
        report = self._report
        started = time.monotonic()
        try:
            self._each(checks)
        except KeyboardInterrupt:
            report.stopped = "interrupted"
        finally:
            while self._open:
                self._remove(self._open[-1])
        report.requests = self._endpoint.requests_sent
        report.seconds = time.monotonic() - started
        return report

    def _each(self, checks: Sequence[Check]) -> None:
        silent = 0
        for check in checks:
            self._listener(check)
            result = self._one(check)
            self._report.results.append(result)
            self._listener(result)
            silent = silent + 1 if _unanswered(result) else 0
            if silent == _SILENT_CHECKS:
                self._report.stopped = f"the endpoint stopped answering: {result.message}"
                return

    def _one(self, check: Check) -> Result:
        scim = Scim(self._endpoint, self._claims, Names(self._report.seed, check.id), self._cohort)
        self._open.append(scim)
        result = judge(check, scim)
        self._remove(scim)
        return result

    def _remove(self, scim: Scim) -> None:
        self._report.left_behind += scim.ledger.clean()
        self._open.remove(scim)


def judge(check: Check, scim: Scim) -> Result:
    """Run one check and come to its verdict; whatever it raises, it is a verdict."""
    missing = next((reason for need in check.needs if (reason := scim.claims.missing(need))), None)
    if missing:
        return Result(check, Status.SKIP, missing)
    try:
        check.body(scim)
    except Unmet as unmet:
        return _unmet(check, scim, unmet)
    except Unready as unready:
        return Result(check, Status.SKIP, str(unready), exchanges=tuple(scim.exchanges))
    except Unanswered as problem:
        found = Result(check, Status.ERROR, str(problem), exchange=problem.exchange)
    except Exception as crash:
        message = f"the check itself crashed ({type(crash).__name__}: {crash}); please report it"
        found = Result(check, Status.ERROR, message)
    else:
        found = Result(check, Status.PASS)
    return Result(
        check, found.status, found.message, exchange=found.exchange, exchanges=tuple(scim.exchanges)
    )


def _unmet(check: Check, scim: Scim, unmet: Unmet) -> Result:
    exchange = unmet.exchange or (scim.exchanges[-1] if scim.exchanges else None)
    if _unsupported(check, scim, exchange.status if exchange else None):
        reason = "the endpoint answers 501: it does not support this, nor says so in discovery"
        return Result(check, Status.SKIP, reason, exchanges=tuple(scim.exchanges))
    return Result(
        check,
        UNMET[check.level],
        str(unmet),
        unmet.expected,
        unmet.actual,
        exchange,
        tuple(scim.exchanges),
    )


def _unsupported(check: Check, scim: Scim, status: int | None) -> bool:
    """Whether a 501 answers a feature that discovery neither claims nor denies."""
    features = [need for need in check.needs if need[:1].islower() and "." not in need]
    return status == 501 and any(scim.claims.claims(feature) is None for feature in features)


def _unanswered(result: Result) -> bool:
    return result.exchange is not None and result.exchange.failure is not None
