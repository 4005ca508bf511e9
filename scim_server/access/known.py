"""Tokens that were looked up a moment ago, so that a request need not ask the database again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scim_server.access.grants import Grant
from scim_server.access.lifetimes import seconds_of, text_of
from scim_server.access.refusals import Challenge
from scim_server.store.contract import Token, Tokens

# A token that another process has revoked is let in no longer than this.
FRESH_SECONDS: Final = 3.0
_MOST: Final = 4096


@dataclass(frozen=True, slots=True)
class _Known:
    token: Token
    grant: Grant
    expires: float
    until: float


class KnownTokens:
    """Finds tokens by their hash. What is found is believed for a few seconds; nothing else is."""

    def __init__(
        self,
        tokens: Tokens,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tokens = tokens
        self._monotonic = monotonic
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def grant(self, digest: bytes, tenant: str) -> Grant | None:
        """Return what a bearer token grants, if there is one that was not revoked.

        :raises Challenge: it has expired; only who is of its tenant is told.
        """
        known = self._find(digest)
        if known is None or known.token.kind != "token":
            return None
        if self._clock() < known.expires:
            return known.grant
        if known.grant.is_for(tenant):
            raise Challenge("The bearer token has expired.", "invalid_token")
        return None

    def client(self, digest: bytes) -> Token | None:
        """Return the OAuth client with that secret, if it was not revoked and has not expired."""
        known = self._find(digest)
        if known is None or known.token.kind != "client" or self._clock() >= known.expires:
            return None
        return known.token

    def _find(self, digest: bytes) -> _Known | None:
        now = self._monotonic()
        known = self._known.get(digest)
        if known is not None and now < known.until:
            return known
        token = self._tokens.find(digest)
        if token is None or token.revoked is not None:
            self._known.pop(digest, None)
            return None
        self._tokens.used(digest, text_of(datetime.fromtimestamp(self._clock(), UTC)))
        return self._keep(digest, token, now + FRESH_SECONDS)

    def _keep(self, digest: bytes, token: Token, until: float) -> _Known:
        grant = Grant(token.name, token.tenant, token.scope, token.subject)
        known = _Known(token, grant, seconds_of(token.expires), until)
        with self._lock:
            self._known[digest] = known
            self._known.move_to_end(digest)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return known
