"""A real server on a thread and a free port, for tests that need one to talk to."""

import secrets
import threading
from types import TracebackType
from typing import Any, NamedTuple, Self

import orjson

from scim_protocol.projection import Projection
from scim_server.app import create_app
from scim_server.config import Config
from scim_server.observe import Exchange, observed
from scim_server.service import Kind, Service
from scim_server.serving.threaded import ThreadedServer
from scim_server.store.contract import Query, Selection
from scim_server.testing.faults import Fault, Faults

_PAGE = 500


class RequestSeen(NamedTuple):
    """A request that the server answered; the path is relative to the base URL."""

    method: str
    path: str
    status: int


class LiveServer:
    """A server that a test can talk to, look into and make fail; used as a context manager.

    Settings are those of `scim_server.Config`; without `tokens` there is a random one.
    """

    def __init__(self, **settings: Any) -> None:
        self.token: str = settings.setdefault("tokens", [secrets.token_urlsafe(16)])[0]
        self._config = Config.load(settings)
        self._app = create_app(self._config)
        self._service: Service = self._app.extensions["scim_server"]
        self._faults = Faults(self._app, self._config.base_path)
        self._server = ThreadedServer(
            observed(self._faults, self._note), max_body=self._config.max_body
        )
        self._thread = threading.Thread(target=self._server.run, name="scim-server", daemon=True)
        self.url = self._server.origin + self._config.base_path
        self.requests: list[RequestSeen] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering, and let the database go."""
        if self._thread.is_alive():
            self._server.stop()
            self._thread.join()
            self._service.store.close()

    def users(self) -> list[dict[str, Any]]:
        """Return every user as stored, in the order of creation, without a request."""
        return self._resources("User")

    def groups(self) -> list[dict[str, Any]]:
        """Return every group as stored, in the order of creation, without a request."""
        return self._resources("Group")

    def fault(
        self,
        path: str,
        *,
        status: int,
        method: str | None = None,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """Answer the next requests to a path, such as "/Users", with an error instead.

        :param method: only requests of this method; all, when left out.
        :param retry_after: seconds to put in the header Retry-After.
        :param times: how many requests are answered so.
        """
        self._faults.add(Fault(path, method, status, retry_after, times))

    def _note(self, exchange: Exchange) -> None:
        path = exchange.path.removeprefix(self._config.base_path)
        self.requests.append(RequestSeen(exchange.method, path, exchange.status))

    def _resources(self, type_name: str) -> list[dict[str, Any]]:
        kind = next(kind for kind in self._service.kinds if kind.model.name == type_name)
        resources: list[dict[str, Any]] = []
        while page := self._page(kind, len(resources)):
            resources += page
        return resources

    def _page(self, kind: Kind, offset: int) -> list[dict[str, Any]]:
        query = Query([Selection(kind.model)], self.url, offset=offset, limit=_PAGE)
        everything = Projection.parse(None, None, kind.model)
        with self._service.store.read() as tx:
            records = tx.query(query).records
            texts = self._service.show(tx, kind, records, everything, self.url)
        return [orjson.loads(text) for text in texts]
