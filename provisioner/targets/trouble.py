"""What a target's refusal means: a cause class, the target's own words, and what to do.

The codes are those of Entra ID's provisioning log, so that what is known about them applies.
"""

from dataclasses import dataclass, replace
from typing import Final

from scim_client import (
    Busy,
    NotScim,
    OutcomeUnknown,
    ScimError,
    TokenRefused,
    Unreachable,
    UsageError,
)

# Everything that scim_client raises when a request did not do what it should.
RequestFailed = (NotScim, OutcomeUnknown, ScimError, TokenRefused, Unreachable, UsageError)

INCOMPATIBLE: Final = "SystemForCrossDomainIdentityManagementServiceIncompatible"
BAD_REQUEST: Final = "SystemForCrossDomainIdentityManagementBadRequest"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something did not go through; `fatal` is what concerns the target, not the object."""

    code: str
    reason: str
    hint: str = ""
    fatal: bool = False
    status: int | None = None

    def __str__(self) -> str:
        return f"{self.reason} {self.hint}".strip()

    @property
    def halts(self) -> bool:
        """Tell whether a run stops here: one page of HTML amid a run need not stop the others."""
        return self.fatal and self.code != INCOMPATIBLE


class TargetUnusable(Exception):
    """Nothing can be done with the target as things are; the message says why and what to do."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


_NOT_OFFERED: Final = "The target does not offer this; target.quirks says what it takes instead."

_BY_STATUS: Final[dict[int, tuple[str, str]]] = {
    400: (BAD_REQUEST, "Compare the mapping with what the target's schema allows."),
    401: ("Unauthorized", "Renew the token that target.token_env or target.token_file names."),
    403: ("InsufficientRights", "Give the token the right to manage users and groups."),
    404: ("InvalidAnchor", "It is matched again in the next cycle."),
    405: ("MethodNotAllowed", _NOT_OFFERED),
    409: ("Conflict", "Another object of the target has one of the unique values; change either."),
    413: ("PayloadTooLarge", "Shorten what is long, or lower target.quirks.members.chunk."),
    422: ("UnprocessableEntity", "Compare the mapping with what the target's schema allows."),
    429: (
        "TooManyRequests",
        "Set target.requests_per_second, or target.quirks.rate, to its limit.",
    ),
    501: ("NotImplemented", _NOT_OFFERED),
    503: ("TooManyRequests", "The target is overloaded or down; it is tried again."),
}
_SERVER_FAULT: Final = ("InternalServerError", "The target failed; it is tried again.")


def trouble_of(error: Exception) -> Trouble:
    """Classify what scim_client raised."""
    said = f"{str(error).rstrip('.?')}."
    match error:
        case Busy():
            code, hint = _BY_STATUS[429 if error.status == 429 else 503]
            return Trouble(code, f"The target answered {error.status}.", hint, True, error.status)
        case ScimError():
            return _of_status(error)
        case OutcomeUnknown():
            code = _SERVER_FAULT[0] if error.status else "Timeout"
            return Trouble(code, said, "It is tried again.", False, error.status)
        case Unreachable():
            hint = "Check target.url, the network and whether the target is up."
            return Trouble("WebExceptionProtocolError", said, hint, True)
        case NotScim():
            return Trouble(INCOMPATIBLE, said, _WRONG_ADDRESS, True, error.status)
        case TokenRefused():
            return Trouble("Unauthorized", said, _BY_STATUS[401][1], True)
    return Trouble("InternalError", said)


# What refuses a question refuses every question: it is about the target, not about one object.
_REFUSES_ALL: Final = frozenset({403, 404, 405, 501})
_WRONG_ADDRESS: Final = "Check target.url: it should be the SCIM base URL, such as …/scim/v2."


def trouble_of_question(error: Exception) -> Trouble:
    """Classify what scim_client raised when the target was asked for a list."""
    trouble = trouble_of(error)
    if trouble.status not in _REFUSES_ALL:
        return trouble
    hint = trouble.hint if trouble.status == 403 else _WRONG_ADDRESS
    return replace(trouble, hint=hint, fatal=True)


def _of_status(error: ScimError) -> Trouble:
    default = _SERVER_FAULT if error.status >= 500 else (BAD_REQUEST, "")
    code, hint = _BY_STATUS.get(error.status, default)
    said = f"The target answered {error.status}: {error.detail}"
    return Trouble(code, said, hint, fatal=error.status == 401, status=error.status)
