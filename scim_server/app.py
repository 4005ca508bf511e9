"""The WSGI app: request -> authenticate -> operation -> store -> answer."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from flask import Flask, Request, Response
from flask.globals import request_ctx
from flask.sessions import SessionInterface
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import parse_options_header
from werkzeug.routing import BaseConverter, MapAdapter

from scim_protocol import errors, urns
from scim_protocol.dialects import relax_media_type
from scim_protocol.etag import Preconditions
from scim_server.access.gate import Gate, wrong_token
from scim_server.access.oauth import LONGEST_FORM, TOKEN_ENDPOINT, issue_token
from scim_server.access.refusals import Ambiguous, Challenge, InsufficientScope
from scim_server.addresses import address_of, origin_of
from scim_server.answers import LENIENCY, Sent, error_answer, leniency, sent
from scim_server.body import MEDIA_TYPES, check_encoding, check_media_type, parse_json
from scim_server.catalog import catalog_for
from scim_server.config import Config
from scim_server.observe import SEEN
from scim_server.parameters import read_parameters
from scim_server.routes import Route, every_route
from scim_server.service import Call, Service
from scim_server.store.contract import DEFAULT_TENANT, Database, Scope, Unavailable, UnknownTenant
from scim_server.store.databases import open_database
from scim_server.tenants import Tenants

log = logging.getLogger(__name__)


def create_app(config: Config, database: Database | None = None) -> Flask:
    """Return the server as a WSGI app; `app.extensions["scim_server"]` is its `Service`.

    That is the one of the default tenant; `app.extensions["scim_tenants"]` has those of all.

    :param database: where resources are kept, if not in the one that the configuration names.
    :raises ConfigError: the configuration names an attribute that cannot be indexed.
    :raises StoreError: the database cannot be used.
    """
    catalog = catalog_for(config)
    kept = database or open_database(
        config.database,
        catalog,
        config.indexed,
        skip_unknown_members=config.skip_unknown_members,
    )
    tenants = Tenants(config, catalog, kept)
    app = _App(config, tenants, Gate(kept, config.tokens, config.subjects))
    app.extensions["scim_server"] = tenants.default
    app.extensions["scim_tenants"] = tenants
    return app


@dataclass(slots=True)
class _Visit:
    """What is known of a request on its way in."""

    tenant: str
    noted: set[str] = field(default_factory=set)
    origin: str = ""
    subject: str | None = None
    service: Service | None = None


_VISIT: Final = "scim_server.visit"


class _NoSessions(SessionInterface):
    """A client is known by its token alone."""

    def open_session(self, app: Flask, request: Request) -> Any:
        return _NO_SESSION


_NO_SESSION: Final = SessionInterface().make_null_session(Flask(__name__, static_folder=None))


class _Id(BaseConverter):
    """An id in a path: any part of it, but what is an endpoint of its own."""

    regex = rf"(?!{re.escape(urns.SEARCH.strip('/'))}$)[^/]+"
    part_isolating = True


class _App(Flask):
    """Flask, without what a protocol of tokens and JSON has no use for."""

    session_interface = _NoSessions()

    def __init__(self, config: Config, tenants: Tenants, gate: Gate) -> None:
        super().__init__("scim_server", static_folder=None)
        self.settings = config
        self.tenants = tenants
        self.gate = gate
        self.routes: dict[str, Route] = {}
        self.config["MAX_CONTENT_LENGTH"] = config.max_body
        self.url_map.merge_slashes = False
        self.url_map.converters["id"] = _Id
        for path, kind, route in every_route(tenants.default.catalog):
            self._add(config.base_path + path, kind, route)
        self.add_url_rule(TOKEN_ENDPOINT, TOKEN_ENDPOINT, self._issue_token, methods=["POST"])

    def _add(self, path: str, kind: str | None, route: Route) -> None:
        endpoint = f"{route.method} {path}"
        self.routes[endpoint] = route
        rule = path.replace("{id}", "<id:id>")
        self.add_url_rule(rule, endpoint, _view(route, kind), methods=[route.method])

    def wsgi_app(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request, whose path is brought to the form that is routed."""
        noted = set[str]()
        config, path = self.settings, environ.get("PATH_INFO", "")
        tenant, mount, plain = address_of(
            path, config.base_path, noted, self.tenants.default.spoken
        )
        # A copy: who wrote the request down is to have it as it came. An upgrade may be passed over
        # (RFC 9110 §7.8), but werkzeug routes one to a websocket elsewhere.
        inner = dict(environ)
        inner.pop("HTTP_UPGRADE", None)
        inner["PATH_INFO"] = plain
        inner[_VISIT] = _Visit(tenant, noted)
        if mount:
            inner["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mount
        return super().wsgi_app(inner, start_response)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what finds the route of a path: no route names a host."""
        if request is None:
            return None
        environ = request.environ
        return MapAdapter(
            self.url_map,
            "localhost",
            "/",
            "",
            environ["wsgi.url_scheme"],
            request.path,
            environ["REQUEST_METHOD"],
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: none of ours is asynchronous."""
        return func

    def full_dispatch_request(self) -> Response:
        """Answer the request of the context; what Flask would ask of hooks and signals is here."""
        try:
            self._enter()
            return _finish(self.make_response(self.dispatch_request()))
        except Exception as error:
            return _answer_error(error)

    def _enter(self) -> None:
        """Let a request in that has the right token, before it is told even what there is."""
        request = request_ctx.request
        environ = request.environ
        visit: _Visit = environ[_VISIT]
        visit.origin = origin_of(environ)
        if request.endpoint == TOKEN_ENDPOINT and request.routing_exception is None:
            return
        header, route = environ.get("HTTP_AUTHORIZATION"), self.routes.get(request.endpoint or "")
        is_public = route is not None and route.public and visit.tenant == DEFAULT_TENANT
        if header is not None or not is_public:
            is_options = environ["REQUEST_METHOD"] == "OPTIONS"
            needed: Scope = "read" if route is None or is_options else route.scope
            grant = self.gate.check(header, visit.tenant, needed)
            # Who comes from another tenant is nobody's user here.
            visit.subject = grant.subject if grant.tenant == visit.tenant else None
            if SEEN in environ:  # Somebody keeps a log.
                environ[SEEN].tenant, environ[SEEN].token = visit.tenant, grant.name
        try:
            visit.service = self.tenants.service(visit.tenant)
        except UnknownTenant:
            raise wrong_token() from None

    def _issue_token(self) -> Response:
        request = request_ctx.request
        visit: _Visit = request.environ[_VISIT]
        is_long = (request.content_length or 0) > LONGEST_FORM
        form = None if is_long else request.get_data(cache=False)
        answer = issue_token(self.gate, visit.tenant, request.environ, form)
        return sent(answer, request.environ, visit.noted)


# --- from HTTP to an operation, and back --------------------------------------------------------


def _view(route: Route, kind_name: str | None) -> Callable[..., Response]:
    """Return the view of a route, which is the same for all tenants."""

    def view(**parts: str) -> Response:
        request = request_ctx.request
        environ = request.environ
        visit: _Visit = environ[_VISIT]
        service = visit.service
        assert service is not None
        call = _call(request, visit, service)
        kind = () if kind_name is None else (service.kind_of[kind_name],)
        return sent(route.operation(service, *kind, call, **parts), environ, visit.noted)

    return view


def _call(request: Request, visit: _Visit, service: Service) -> Call:
    environ = request.environ
    return Call(
        visit.origin + service.config.base_path,
        read_parameters(environ.get("QUERY_STRING", "")),
        Preconditions(environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_NONE_MATCH")),
        partial(_read_body, request, visit.noted, service),
        visit.subject,
        visit.noted,
    )


def _read_body(
    request: Request, noted: set[str], service: Service, limit: int | None = None
) -> Any:
    check_encoding(request.environ.get("HTTP_CONTENT_ENCODING", ""))
    content_type = request.environ.get("CONTENT_TYPE", "")
    if content_type not in MEDIA_TYPES:
        media_type = parse_options_header(content_type)[0].lower()
        check_media_type(relax_media_type(media_type, noted, service.spoken))
    # What its length tells to be too large is not even read.
    if limit is None or (request.content_length or 0) <= limit:
        text = request.get_data(cache=False)
        if limit is None or len(text) <= limit:
            return parse_json(text)
    raise errors.PayloadTooLarge(f"The body is larger than the {limit} bytes that are taken.")


def _finish(response: Response) -> Response:
    """Finish what Flask answers of itself: OPTIONS, without a body."""
    if not isinstance(response, Sent):
        environ = request_ctx.request.environ
        response.headers.pop("Content-Type", None)
        if "HTTP_SCIM_LENIENCY" in environ:
            response.headers[LENIENCY] = leniency(environ[_VISIT].noted)
    return response


# --- errors ------------------------------------------------------------------------------------


def _answer_error(error: Exception) -> Response:
    """Answer any error in the form of RFC 7644 §3.12."""
    request = request_ctx.request
    told, headers = _told(error, request)
    environ = request.environ
    return sent(error_answer(told, headers), environ, environ[_VISIT].noted)


def _told(error: Exception, request: Request) -> tuple[errors.ScimError, Mapping[str, str]]:
    """Return what a client is told of an error."""
    if isinstance(error, Challenge | Ambiguous | InsufficientScope):
        return error, {"WWW-Authenticate": error.challenge}
    if isinstance(error, errors.ScimError):
        return error, {}
    if isinstance(error, HTTPException):
        return _told_of_http(error, request)
    if isinstance(error, UnknownTenant):  # It was removed a moment ago.
        return _told(wrong_token(), request)
    if isinstance(error, Unavailable):
        log.warning("%s %s: %s", request.method, request.path, error)
        told = errors.error_from(503, {"detail": "The database cannot be used now; try again."})
        return told, {"Retry-After": str(error.retry_after)}
    # The path alone: a query may hold personal data.
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return errors.InternalError(), {}


def _told_of_http(
    error: HTTPException, request: Request
) -> tuple[errors.ScimError, Mapping[str, str]]:
    path, code = request.root_path.rstrip("/") + request.path, error.code or 500
    detail = _DETAILS.get(code, "").format(path=path, method=request.method) or error.description
    told = errors.error_from(code, {"detail": detail})
    allowed = isinstance(error, MethodNotAllowed) and ", ".join(sorted(error.valid_methods or ()))
    return told, {"Allow": allowed} if isinstance(allowed, str) else {}


_DETAILS: Final = {
    404: "There is nothing at {path}.",
    405: "{path} does not take {method}.",
    413: "The body is larger than the server takes.",
}
