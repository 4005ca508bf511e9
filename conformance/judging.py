"""Runs one check and comes to its verdict."""

from dataclasses import replace

import requests

from conformance.check import UNMET, Check, Status
from conformance.expect import Unmet, Unready
from conformance.problems import CannotRun
from conformance.profiles import Step
from conformance.report import Result
from conformance.scim import Scim
from conformance.wire.endpoint import Unanswered
from scim_protocol.urns import SERVICE_PROVIDER_CONFIGS


def judge(check: Check, scim: Scim) -> Result:
    """Run one check and come to its verdict; whatever it raises, it is a verdict.

    An answer may hold our own secrets: what is said of it does not.
    """
    result = _judged(check, scim)
    mask = scim.endpoint.mask
    return replace(
        result,
        message=mask(result.message),
        expected=result.expected and mask(result.expected),
        actual=result.actual and mask(result.actual),
    )


def _judged(check: Check, scim: Scim, *, again: bool = False) -> Result:
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
        is_its_fault = _hangs_up(check, scim, problem)
        if is_its_fault and not again:
            return _judged(check, scim, again=True)
        status = UNMET[check.level] if is_its_fault else Status.ERROR
        found = Result(check, status, str(problem), exchange=problem.exchange)
    except CannotRun as problem:  # no new access token is to be had
        found = Result(check, Status.ERROR, str(problem))
    except Exception as crash:
        message = f"the check itself crashed ({type(crash).__name__}: {crash}); please report it"
        found = Result(check, Status.ERROR, message)
    else:
        found = Result(check, Status.PASS)
    return Result(
        check, found.status, found.message, exchange=found.exchange, exchanges=tuple(scim.exchanges)
    )


def _hangs_up(check: Check, scim: Scim, problem: Unanswered) -> bool:
    """Whether the endpoint hangs up on this, or redirects for ever, and answers other requests.

    A network that fails, or an endpoint that is down, is not its fault; a crash on a request is. A
    step is not repeated: it may have been done.
    """
    return not isinstance(check, Step) and _is_dropped(problem) and _answers(scim)


def _is_dropped(problem: Unanswered) -> bool:
    cause = problem.__cause__
    is_broken = isinstance(cause, requests.ConnectionError | requests.TooManyRedirects)
    return is_broken and not isinstance(cause, requests.Timeout)


def _answers(scim: Scim) -> bool:
    try:
        scim.endpoint.send("GET", SERVICE_PROVIDER_CONFIGS)
    except Unanswered:
        return False
    return True


def _unmet(check: Check, scim: Scim, unmet: Unmet) -> Result:
    exchange = unmet.exchange or (scim.exchanges[-1] if scim.exchanges else None)
    if _unsupported(check, scim, exchange.status if exchange else None):
        reason = "the endpoint answers 501: it does not support this, nor says so in discovery"
        return Result(check, Status.SKIP, reason, exchanges=tuple(scim.exchanges))
    return Result(
        check,
        UNMET[check.level],
        f"{unmet}; {check.consequence}" if isinstance(check, Step) else str(unmet),
        unmet.expected,
        unmet.actual,
        exchange,
        tuple(scim.exchanges),
    )


def _unsupported(check: Check, scim: Scim, status: int | None) -> bool:
    """Whether a 501 answers a feature that discovery neither claims nor denies."""
    features = [need for need in check.needs if need[:1].islower() and "." not in need]
    return status == 501 and any(scim.claims.claims(feature) is None for feature in features)
