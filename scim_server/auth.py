"""Who may come in: bearer tokens (RFC 6750), compared by their hashes in constant time."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

from scim_protocol.errors import Unauthorized

REALM: Final = "scim"


class Challenge(Unauthorized):
    """A refusal that tells, in WWW-Authenticate, how to come in (RFC 7644 §2, RFC 6750 §3)."""

    def __init__(self, detail: str, error: str | None = None) -> None:
        super().__init__(detail)
        suffix = f', error="{error}"' if error else ""
        self.challenge = f'Bearer realm="{REALM}"{suffix}'


class Tokens:
    """The tokens that are let in, and the userNames they stand for. Only their hashes are kept."""

    def __init__(self, tokens: Iterable[str], subjects: Mapping[str, str]) -> None:
        self._subjects = [(_hash(token), subjects.get(token)) for token in tokens]

    def check(self, header: str | None) -> str | None:
        """Let a request in that has a right token in its Authorization header.

        Returns the userName that the token stands for, if any.

        :raises Challenge: it has none, or a wrong one.
        """
        if not header:
            raise Challenge("The request needs the header `Authorization: Bearer <token>`.")
        scheme, _, token = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise Challenge("The Authorization header must be `Bearer <token>`.")
        presented = _hash(token.strip())
        # Every hash is compared, so that the time taken tells nothing of which one was near.
        found = [who for known, who in self._subjects if hmac.compare_digest(presented, known)]
        if not found:
            raise Challenge("The bearer token is not valid here.", "invalid_token")
        return found[0]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
