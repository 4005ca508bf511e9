"""What a token lets its holder do."""

from dataclasses import dataclass
from typing import Final

from scim_server.store.contract import Scope

# Each may do what those before it may.
SCOPES: Final[tuple[Scope, ...]] = ("read", "write", "admin")


@dataclass(frozen=True, slots=True)
class Grant:
    """Who came in: the tenant and the scope of the token, and the userName that it stands for.

    `read` may GET and search, `write` all of SCIM, both in their own tenant alone; `admin` is for
    those who run the server: all of SCIM in every tenant.
    """

    name: str
    tenant: str
    scope: Scope
    subject: str | None = None

    def is_for(self, tenant: str) -> bool:
        """Tell whether it is good for a tenant."""
        return self.tenant == tenant or self.scope == "admin"

    def covers(self, needed: Scope) -> bool:
        """Tell whether it may do what needs a scope."""
        return SCOPES.index(self.scope) >= SCOPES.index(needed)
