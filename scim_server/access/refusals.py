"""Refusals that tell in WWW-Authenticate what is missing (RFC 7644 §2, RFC 6750 §3)."""

from typing import Final

from scim_protocol.errors import BadRequest, Forbidden, Unauthorized
from scim_server.store.contract import Scope

REALM: Final = "scim"


def challenge(error: str | None = None, **parameters: str) -> str:
    """Return a challenge for a bearer token; `error` is one of the codes of RFC 6750 §3.1."""
    given = {"error": error} if error else {}
    named = "".join(f', {name}="{value}"' for name, value in (given | parameters).items())
    return f'Bearer realm="{REALM}"{named}'


class Challenge(Unauthorized):
    """The request has no token that lets it in (401)."""

    def __init__(self, detail: str, error: str | None = None) -> None:
        super().__init__(detail)
        self.challenge = challenge(error)


class Ambiguous(BadRequest):
    """The request has more than one token (400; RFC 6750 §3.1, invalid_request)."""

    challenge = challenge("invalid_request")


class InsufficientScope(Forbidden):
    """The token is a right one, but not good for this (403; RFC 6750 §3.1)."""

    def __init__(self, needed: Scope) -> None:
        super().__init__(f"The token may not do this: it needs the scope {needed}.")
        self.challenge = challenge("insufficient_scope", scope=needed)
