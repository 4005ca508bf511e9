"""A database that tells how long writes had to wait until they could begin."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scim_server.store.contract import DEFAULT_TENANT, Database, Store, Tokens, Transaction

Waited = Callable[[float], None]


class TimedStore:
    """A store whose writes are timed; see `contract.Store`."""

    def __init__(self, inner: Store, waited: Waited) -> None:
        self.inner = inner
        self.read = inner.read
        self.close = inner.close
        self._waited = waited

    @property
    def types_with_more(self) -> frozenset[str]:
        """What the store says."""
        return self.inner.types_with_more

    @property
    def secret(self) -> bytes:
        """What the store says."""
        return self.inner.secret

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Begin a transaction that may write, and tell how long that took."""
        began = time.perf_counter()
        with self.inner.write() as transaction:
            self._waited(time.perf_counter() - began)
            yield transaction


class TimedDatabase:
    """A database of such stores; see `contract.Database`."""

    def __init__(self, inner: Database, waited: Waited) -> None:
        self._inner = inner
        self._waited = waited
        self._stores: dict[str, TimedStore] = {}
        self.tenants = inner.tenants
        self.add_tenant = inner.add_tenant
        self.remove_tenant = inner.remove_tenant
        self.check = inner.check
        self.close = inner.close

    @property
    def tokens(self) -> Tokens:
        """What the database says."""
        return self._inner.tokens

    @property
    def secret(self) -> bytes:
        """What the database says."""
        return self._inner.secret

    def store(self, tenant: str = DEFAULT_TENANT) -> Store:
        """Return the store of a tenant, the same one as long as the database does."""
        inner = self._inner.store(tenant)
        known = self._stores.get(tenant)
        if known is None or known.inner is not inner:
            # One at a time: whoever comes second has made the same.
            known = self._stores[tenant] = TimedStore(inner, self._waited)
        return known
