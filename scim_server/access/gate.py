"""The gate: from the header Authorization to what its token lets the request do (RFC 6750 §2.1).

Tokens of the configuration are compared by their hashes in constant time. All others are looked up
by their hash, which tells nothing of the token to who measures how long that takes.
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final

from scim_server.access.access_tokens import AccessTokens, is_access_token
from scim_server.access.grants import Grant
from scim_server.access.known import KnownTokens
from scim_server.access.refusals import Ambiguous, Challenge, InsufficientScope
from scim_server.access.secrets import digest_of
from scim_server.store.contract import DEFAULT_TENANT, Database, Scope

# WSGI servers join headers of the same name with a comma.
_SEVERAL: Final = re.compile(r",\s*(?:bearer|basic)\s", re.IGNORECASE)
_CONFIGURED: Final = "configuration"


class Gate:
    """Lets requests in.

    :param configured: tokens of the configuration; they may do all of SCIM in the default tenant.
    :param subjects: the userName that one of them stands for, by token.
    """

    def __init__(
        self, database: Database, configured: Iterable[str], subjects: Mapping[str, str]
    ) -> None:
        self._configured = [
            (digest_of(token), Grant(_CONFIGURED, DEFAULT_TENANT, "write", subjects.get(token)))
            for token in configured
        ]
        self.known = KnownTokens(database.tokens)
        self.access_tokens = AccessTokens(database.secret, self.known)

    def check(self, header: str | None, tenant: str, needed: Scope) -> Grant:
        """Return what the token in an Authorization header grants.

        :raises Challenge: there is none, or none that is good for the tenant.
        :raises Ambiguous: there are several.
        :raises InsufficientScope: it is not good for what is needed.
        """
        grant = self._grant(_token_in(header), tenant)
        if grant is None or not grant.is_for(tenant):
            raise wrong_token()
        if not grant.covers(needed):
            raise InsufficientScope(needed)
        return grant

    def _grant(self, token: str, tenant: str) -> Grant | None:
        if is_access_token(token):
            return self.access_tokens.grant(token, tenant)
        digest = digest_of(token)
        # Every hash is compared, so that the time taken tells nothing of which one was near.
        found = [who for known, who in self._configured if hmac.compare_digest(digest, known)]
        return found[0] if found else self.known.grant(digest, tenant)


def wrong_token() -> Challenge:
    """Return the refusal of a token: in the same words for whatever is wrong with it."""
    return Challenge("The bearer token is not valid here.", "invalid_token")


def _token_in(header: str | None) -> str:
    if not header:
        raise Challenge("The request needs the header `Authorization: Bearer <token>`.")
    scheme, _, token = header.strip().partition(" ")
    if _SEVERAL.search(header):
        raise Ambiguous("The request has several Authorization headers; send one.")
    if scheme.lower() != "bearer":
        raise Challenge("The Authorization header must be `Bearer <token>`.")
    return token.strip()
