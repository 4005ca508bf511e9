"""What one worker serves: the app over its database, with all that stands around it."""

import gc
import os
from pathlib import Path
from typing import Any, Final

from scim_server.app import create_app
from scim_server.catalog import catalog_for
from scim_server.observe import Environ, Observer, WsgiApp
from scim_server.serving.access_log import AccessLog
from scim_server.serving.health import alive, for_named, readiness
from scim_server.serving.metrics import Metrics
from scim_server.serving.production import HEALTH, METRICS, READY, Surroundings, production
from scim_server.serving.proxies import Networks
from scim_server.serving.timed import TimedDatabase
from scim_server.settings.checking import Settings
from scim_server.store.connections import MEMORY
from scim_server.store.contract import StoreError
from scim_server.store.databases import is_url, open_database

DRAINING: Final = "draining"


def make_worker(settings: Settings, folder: Path) -> WsgiApp:
    """Open the database and return what a worker serves; in the process that is to serve it.

    :param folder: what the workers of one server share: counts, and the sign that it is stopping.
    :raises ConfigError, StoreError, OSError: it cannot be served.
    """
    config = settings.config
    metrics_folder = folder / "metrics"
    metrics_folder.mkdir(exist_ok=True)
    catalog = catalog_for(config)
    metrics = Metrics(metrics_folder, config.base_path, endpoints_of(catalog))
    _must_be_there(config.database)
    database = open_database(
        config.database, catalog, config.indexed, skip_unknown_members=config.skip_unknown_members
    )
    app = create_app(config, TimedDatabase(database, metrics.waited))
    observers: list[Observer] = [metrics]
    if settings.values["access_log"] is not None:
        observers.append(AccessLog(settings.values["access_log"]))
    pages = {
        HEALTH: alive,
        READY: readiness(database, folder / DRAINING),
        METRICS: for_named(metrics.page, Networks(settings.metrics_allow)),
    }
    around = Surroundings(
        settings.values["threads"],
        config.max_body,
        pages,
        tuple(observers),
        settings.trusted,
        metrics,
    )
    _hide_headers_of_the_environment()
    gc.freeze()  # What is there for good is not gone through again.
    return of_granian(production(app, around))


def _must_be_there(database: str) -> None:
    """Let no worker that takes another's place begin anew, as if nobody was there.

    :raises StoreError: the file that was there when the server started is gone.
    """
    if not is_url(database) and database != MEMORY and not Path(database).exists():
        raise StoreError(f"{database} was there when the server started, and is gone.")


def check_app(settings: Settings) -> bool:
    """See that what is to be served can be, before any worker tries.

    Tells whether the database has tokens of its own, that let clients in.

    :raises ConfigError, StoreError, OSError: it cannot.
    """
    config = settings.config
    database = open_database(
        config.database,
        catalog_for(config),
        config.indexed,
        skip_unknown_members=config.skip_unknown_members,
    )
    try:
        create_app(config, database)
        has_tokens = any(token.revoked is None for token in database.tokens.list())
    finally:
        database.close()
    if settings.values["access_log"] is not None:
        AccessLog(settings.values["access_log"]).close()
    return has_tokens


def endpoints_of(catalog: Any) -> list[str]:
    """Return the first parts of all paths below the base URL."""
    own = ["/Me", "/Bulk", "/.search", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas"]
    return [*own, *(model.endpoint for model in catalog.models.values())]


def of_granian(app: WsgiApp) -> WsgiApp:
    """Wrap a WSGI app so that it sees the requests of granian as WSGI has them."""

    def wrapped(environ: Environ, start_response: Any) -> Any:
        if environ["SERVER_PROTOCOL"] == "HTTP/1":
            environ["SERVER_PROTOCOL"] = "HTTP/1.0"
        host = environ.get("HTTP_HOST", "")
        if not host:
            environ.pop("HTTP_HOST", None)  # It was not sent.
        elif "," in host:
            environ["HTTP_HOST"] = ""  # Several were, which is as good as none (RFC 9112 §3.2).
        return app(environ, start_response)

    return wrapped


def _hide_headers_of_the_environment() -> None:
    # Granian puts the process's environment under each request: `HTTP_X` would be a header of it.
    for name in list(os.environ):
        if name.startswith(("HTTP_", "CONTENT_", "wsgi.")):
            del os.environ[name]
