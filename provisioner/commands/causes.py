"""Whose a failure is: who has to mend what a code of the provisioning log tells of."""

from collections.abc import Mapping
from typing import Final

_CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "credentials": ("Unauthorized", "InsufficientRights"),
    "source": ("ImportSkipped", "DuplicateSourceEntries"),
    "job": (
        *("InvalidMapping", "InvalidScope", "UnprocessableEntity", "PayloadTooLarge"),
        "SystemForCrossDomainIdentityManagementBadRequest",
    ),
    "target data": ("DuplicateTargetEntries", "Conflict", "InvalidAnchor", "ImmutableAtTarget"),
    "target": (
        *("InternalServerError", "TooManyRequests", "Timeout", "WebExceptionProtocolError"),
        *("NotImplemented", "MethodNotAllowed", "NotOfferedByTarget"),
        "SystemForCrossDomainIdentityManagementServiceIncompatible",
        "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse",
    ),
    "policy": ("TooManyDeletes", "Protected"),
    "plan": ("StalePlan",),
    "provisioner": ("InternalError",),
}
_CATEGORIES: Final = {code: category for category, codes in _CODES.items() for code in codes}


def category_of(code: str) -> str:
    """Return the class of a cause: the part of the chain where it is mended."""
    return _CATEGORIES.get(code, "other")
