"""Access tokens of OAuth clients: sealed, so that every worker can read them and none is stored.

One holds its client's hash, scope and end. The client is looked up for each request (in a cache of
seconds), so that a token ends with its client.
"""

import time
from collections.abc import Callable
from typing import Final

import orjson

from scim_server.access.grants import SCOPES, Grant
from scim_server.access.known import KnownTokens
from scim_server.access.refusals import Challenge
from scim_server.sealing import Broken, derived_key, opened, sealed
from scim_server.store.contract import Scope, Token

LIFE_SECONDS: Final = 3600
_PREFIX: Final = "scim_at_"


def is_access_token(text: str) -> bool:
    """Tell whether a token looks like one that a client was given."""
    return text.startswith(_PREFIX)


class AccessTokens:
    """Makes access tokens, and reads them."""

    def __init__(
        self, secret: bytes, known: KnownTokens, clock: Callable[[], float] = time.time
    ) -> None:
        self._key = derived_key(secret, b"access tokens")
        self._known = known
        self._clock = clock

    def new(self, client: Token, scope: Scope) -> str:
        """Return an access token for a client."""
        content = [client.digest.hex(), scope, int(self._clock()) + LIFE_SECONDS]
        return _PREFIX + sealed(self._key, orjson.dumps(content))

    def grant(self, text: str, tenant: str) -> Grant | None:
        """Return what an access token grants, while its client is there.

        :raises Challenge: it has expired; only who is of its tenant is told.
        """
        try:
            digest, scope, end = orjson.loads(opened(self._key, text.removeprefix(_PREFIX)))
        except Broken:
            return None
        client = self._known.client(bytes.fromhex(digest))
        if client is None:
            return None
        # The client may have been made again with less.
        least: Scope = min(scope, client.scope, key=SCOPES.index)
        grant = Grant(client.name, client.tenant, least, client.subject)
        if self._clock() >= end and grant.is_for(tenant):
            raise Challenge("The access token has expired.", "invalid_token")
        return grant if self._clock() < end else None
