"""The tokens of all tenants, in the database that their resources are in."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from scim_server.store.contract import NameTaken, StoreError, Token, UnknownTenant
from scim_server.store.dialect import Engine

log = logging.getLogger(__name__)

# In the order of the fields of `Token`.
_SELECT: Final = (
    "SELECT k.name, t.name, k.scope, k.digest, k.created, k.expires, k.last_used, k.revoked,"
    " k.subject, k.kind, k.client FROM tokens k JOIN tenants t ON t.number = k.tenant"
)
_ADD: Final = (
    "INSERT INTO tokens (name, tenant, scope, digest, created, expires, last_used, revoked,"
    " subject, kind, client) SELECT ?, number, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM tenants"
    " WHERE name = ? ON CONFLICT DO NOTHING"
)
_OF_TENANT: Final = "tenant = (SELECT number FROM tenants WHERE name = ?)"
# The last use of a token is written so seldom.
_SELDOM: Final = timedelta(minutes=1)
_MOST_REMEMBERED: Final = 10_000


class SqlTokens:
    """The tokens of all tenants; see `contract.Tokens`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._told: dict[bytes, datetime] = {}
        self._teller = ThreadPoolExecutor(1, "scim-server-tokens")

    def add(self, token: Token) -> None:
        """Keep a token."""
        times = token.created, token.expires, token.last_used, token.revoked
        of_whom = token.subject, token.kind, token.client
        values = (token.name, token.scope, token.digest, *times, *of_whom, token.tenant)
        with self._engine.alone() as connection:
            if connection.execute(_ADD, values).rowcount:
                return
            sql = "SELECT 1 FROM tenants WHERE name = ?"
            if connection.execute(sql, (token.tenant,)).fetchone():
                raise NameTaken(f"{token.tenant} has a token {token.name!r} already: revoke it.")
        raise UnknownTenant(f"There is no tenant {token.tenant!r}.")

    def find(self, digest: bytes) -> Token | None:
        """Return the token with that hash, expired and revoked ones too."""
        with self._engine.alone() as connection:
            row = connection.execute(f"{_SELECT} WHERE k.digest = ?", (digest,)).fetchone()
        return Token(*row) if row else None

    def list(self, tenant: str | None = None) -> Sequence[Token]:
        """Return the tokens of a tenant, or of all, by tenant and age."""
        where, values = ("", ()) if tenant is None else ("WHERE t.name = ?", (tenant,))
        sql = f"{_SELECT} {where} ORDER BY k.tenant, k.created, k.name"
        with self._engine.alone() as connection:
            return [Token(*row) for row in connection.execute(sql, values).fetchall()]

    def revoke(self, tenant: str, name: str, now: str) -> bool:
        """Revoke a token; of a client also those issued to it. Tell whether there was one."""
        sql = (
            f"UPDATE tokens SET revoked = ? WHERE {_OF_TENANT} AND revoked IS NULL"
            " AND (name = ? OR client = ?)"
        )
        with self._engine.alone() as connection:
            return connection.execute(sql, (now, tenant, name, name)).rowcount > 0

    def used(self, digest: bytes, when: str) -> None:
        """Note that a token was used: later, and once a minute at most."""
        moment = datetime.fromisoformat(when)
        told = self._told.get(digest)
        if told is not None and moment - told < _SELDOM:
            return
        if len(self._told) > _MOST_REMEMBERED:
            self._told.clear()
        self._told[digest] = moment
        self._teller.submit(self._tell, digest, when)

    def _tell(self, digest: bytes, when: str) -> None:
        # Other workers tell too: what is there may be as new.
        sql = "UPDATE tokens SET last_used = ? WHERE digest = ? AND coalesce(last_used, '') <= ?"
        try:
            with self._engine.alone() as connection:
                connection.execute(sql, (when, digest, _a_minute_before(when)))
        except StoreError as error:
            log.warning("The last use of a token could not be noted: %s", error)

    def purge(self, before: str) -> int:
        """Forget the tokens that were revoked or expired before that time; return how many."""
        with self._engine.alone() as connection:
            sql = "DELETE FROM tokens WHERE revoked < ? OR expires < ?"
            return connection.execute(sql, (before, before)).rowcount

    def close(self) -> None:
        """Write down the last uses that are not written yet."""
        self._teller.shutdown()


def _a_minute_before(when: str) -> str:
    before = datetime.fromisoformat(when) - _SELDOM
    return before.isoformat(timespec="milliseconds").replace("+00:00", "Z")
