"""The services of all tenants: they share configuration, types and database, and nothing else."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from scim_protocol.catalog import Catalog
from scim_server.config import Config
from scim_server.service import Service
from scim_server.store.contract import DEFAULT_TENANT, Database, UnknownTenant

# A tenant that another process has removed answers no longer than this.
FRESH_SECONDS: Final = 3.0


class Tenants:
    """Finds the service of a tenant."""

    def __init__(
        self,
        config: Config,
        catalog: Catalog,
        database: Database,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = database
        self.default = Service(config, catalog, database.store())
        self._monotonic = monotonic
        self._others: dict[str, tuple[Service, float]] = {}

    def service(self, tenant: str) -> Service:
        """Return the service of a tenant.

        :raises UnknownTenant: there is no such tenant, or none any more.
        """
        if tenant == DEFAULT_TENANT:
            return self.default
        now = self._monotonic()
        known = self._others.get(tenant)
        if known is not None and now < known[1]:
            return known[0]
        self._others.pop(tenant, None)
        if not tenant.isprintable():  # No database need be asked for it, and not each can be.
            raise UnknownTenant("There is no tenant of that name.")
        service = replace(self.default, store=self.database.store(tenant), tenant=tenant)
        self._others[tenant] = service, now + FRESH_SECONDS
        return service
