"""The WSGI app: request -> authenticate -> operation -> store -> answer."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask import Flask, Request, Response
from flask.globals import request_ctx
from werkzeug.routing import BaseConverter, MapAdapter

from scim_protocol import urns
from scim_server.access.gate import Gate, wrong_token
from scim_server.access.oauth import LONGEST_FORM, TOKEN_ENDPOINT, issue_token
from scim_server.addresses import address_of, origin_of
from scim_server.answers import LENIENCY, Sent, leniency, sent
from scim_server.catalog import catalog_for
from scim_server.config import Config
from scim_server.observe import SEEN
from scim_server.routes import Route, every_route
from scim_server.store.contract import DEFAULT_TENANT, Database, Scope, UnknownTenant
from scim_server.store.databases import open_database
from scim_server.tenants import Tenants
from scim_server.views import Environ, View, Visit, answer_error
from scim_server.ways import Ways


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


_VISIT: Final = "scim_server.visit"


class _Id(BaseConverter):
    """An id in a path: any part of it, but what is an endpoint of its own."""

    regex = rf"(?!{re.escape(urns.SEARCH.strip('/'))}$)[^/]+"
    part_isolating = True


class _App(Flask):
    """Flask, without what a protocol of tokens and JSON has no use for: hooks and signals.

    What answers SCIM's requests needs no context of Flask's, which costs more than most of them do.
    All others have it: what is nowhere, is not taken, or asks for the methods that are.
    """

    def __init__(self, config: Config, tenants: Tenants, gate: Gate) -> None:
        super().__init__("scim_server", static_folder=None)
        self.settings = config
        self.tenants = tenants
        self.gate = gate
        self.ways = Ways()
        self.routes: dict[str, Route] = {}
        self.config["MAX_CONTENT_LENGTH"] = config.max_body
        self.url_map.merge_slashes = False
        self.url_map.converters["id"] = _Id
        for path, kind, route in every_route(tenants.default.catalog):
            self._add(config.base_path + path, View(route, kind))
        self.add_url_rule(TOKEN_ENDPOINT, TOKEN_ENDPOINT, self._issue_token, methods=["POST"])

    def _add(self, path: str, view: View) -> None:
        method = view.route.method
        endpoint = f"{method} {path}"
        self.routes[endpoint] = view.route
        self.ways.add(path, view)
        rule = path.replace("{id}", "<id:id>")
        self.add_url_rule(rule, endpoint, _in_context(view), methods=[method])

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
        inner[_VISIT] = visit = Visit(tenant, noted)
        if mount:
            inner["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + mount
        found = self.ways.find(environ["REQUEST_METHOD"], plain)
        if found is None:
            return super().wsgi_app(inner, start_response)
        return self._answer(*found, inner, visit)(environ, start_response)

    def _answer(self, view: View, parts: Mapping[str, str], environ: Environ, visit: Visit) -> Sent:
        try:
            self._enter(environ, visit, view.route)
            return view.answer(environ, visit, parts)
        except Exception as error:
            return answer_error(error, environ, visit)

    def _enter(self, environ: Environ, visit: Visit, route: Route | None) -> None:
        """Let a request in that has the right token, before it is told even what there is."""
        visit.origin = origin_of(environ)
        header = environ.get("HTTP_AUTHORIZATION")
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

    # --- what is answered in Flask's context ---

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

    def full_dispatch_request(self) -> Response:
        """Answer the request of the context; what Flask would ask of hooks and signals is here."""
        request = request_ctx.request
        visit: Visit = request.environ[_VISIT]
        try:
            if request.endpoint != TOKEN_ENDPOINT or request.routing_exception is not None:
                self._enter(request.environ, visit, self.routes.get(request.endpoint or ""))
            return _finish(self.make_response(self.dispatch_request()))
        except Exception as error:
            return answer_error(error, request.environ, visit)

    def _issue_token(self) -> Response:
        request = request_ctx.request
        visit: Visit = request.environ[_VISIT]
        visit.origin = origin_of(request.environ)
        is_long = (request.content_length or 0) > LONGEST_FORM
        form = None if is_long else request.get_data(cache=False)
        answer = issue_token(self.gate, visit.tenant, request.environ, form)
        return sent(answer, request.environ, visit.noted)


def _in_context(view: View) -> Callable[..., Response]:
    """Return a view as Flask has them."""

    def answer(**parts: str) -> Response:
        environ = request_ctx.request.environ
        return view.answer(environ, environ[_VISIT], parts)

    return answer


def _finish(response: Response) -> Response:
    """Finish what Flask answers of itself: OPTIONS, without a body."""
    if not isinstance(response, Sent):
        environ = request_ctx.request.environ
        response.headers.pop("Content-Type", None)
        if "HTTP_SCIM_LENIENCY" in environ:
            response.headers[LENIENCY] = leniency(environ[_VISIT].noted)
    return response
