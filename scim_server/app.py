"""The WSGI app: request -> authenticate -> operation -> store -> answer."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson
from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from scim_protocol import errors, urns
from scim_protocol.etag import Preconditions
from scim_server.auth import Challenge, Tokens
from scim_server.body import check_media_type, parse_json
from scim_server.catalog import catalog_for
from scim_server.config import Config
from scim_server.routes import OF_RESOURCES, OF_SERVER, Route, bound_to
from scim_server.service import Answer, Call, Service
from scim_server.store.contract import Store
from scim_server.store.sqlite import SqliteStore

# Sent with any value, it asks which dialects were needed: what a strict server would have refused.
LENIENCY: Final = "SCIM-Leniency"

View = Callable[..., Response]

log = logging.getLogger(__name__)


def create_app(config: Config, store: Store | None = None) -> Flask:
    """Return the server as a WSGI app; `app.extensions["scim_server"]` is its `Service`.

    :param store: where resources are kept, if not in the database that the configuration names.
    :raises ConfigError: the configuration names an attribute that cannot be indexed.
    :raises StoreError: the database cannot be used.
    """
    catalog = catalog_for(config)
    kept = store or SqliteStore(
        config.database,
        catalog,
        config.indexed,
        skip_unknown_members=config.skip_unknown_members,
    )
    service = Service(config, catalog, kept)
    app = Flask("scim_server", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.max_body
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.extensions["scim_server"] = service
    _add_routes(app, service)
    app.register_error_handler(Exception, _answer_error)
    app.after_request(_finish)
    return app


def _add_routes(app: Flask, service: Service) -> None:
    tokens = Tokens(service.config.tokens, service.config.subjects)
    public: set[str] = set()

    def add(route: Route, endpoint: str = "") -> None:
        path = service.config.base_path + endpoint + route.pattern
        name = f"{route.method} {endpoint}{route.pattern}"
        rule = path.replace("{id}", "<id>")
        app.add_url_rule(rule, name, _view(service, route), methods=[route.method])
        if route.public:
            public.add(name)

    for kind in service.kinds:
        for route in OF_RESOURCES:
            add(replace(route, operation=bound_to(kind, route.operation)), kind.model.endpoint)
    for route in OF_SERVER:
        add(route)

    @app.before_request
    def authenticate() -> None:
        header = request.headers.get("Authorization")
        if header is not None or request.endpoint not in public:
            g.subject = tokens.check(header)


def _view(service: Service, route: Route) -> View:
    base_path, operation = service.config.base_path, route.operation

    def view(**parts: str) -> Response:
        call = _call(request, base_path)
        response = _respond(operation(service, call, **parts))
        if LENIENCY in request.headers:
            response.headers[LENIENCY] = ", ".join(sorted(call.noted)) or "none"
        return response

    return view


def _call(request: Request, base_path: str) -> Call:
    return Call(
        base_url=request.root_url.rstrip("/") + base_path,
        parameters=request.args,
        preconditions=Preconditions(
            request.headers.get("If-Match"), request.headers.get("If-None-Match")
        ),
        read_body=partial(_read_body, request),
        subject=g.get("subject"),
    )


def _read_body(request: Request, limit: int | None = None) -> Any:
    check_media_type(request.mimetype)
    # What its length tells to be too large is not even read.
    if limit is None or (request.content_length or 0) <= limit:
        text = request.get_data(cache=False)
        if limit is None or len(text) <= limit:
            return parse_json(text)
    raise errors.PayloadTooLarge(f"The body is larger than the {limit} bytes that are taken.")


def _respond(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, answer.headers)
    if not answer.body:
        del response.headers["Content-Type"]
    return response


def _finish(response: Response) -> Response:
    """Give every answer its media type: SCIM's, or JSON's to who takes no other (§3.8)."""
    is_bare = request.method == "OPTIONS" and response.status_code < 400
    if is_bare or "Content-Type" not in response.headers:
        response.headers.pop("Content-Type", None)
        return response
    accept = request.headers.get("Accept", "").lower()
    plain = urns.JSON in accept and not any(kind in accept for kind in _TAKE_SCIM)
    response.headers["Content-Type"] = urns.JSON if plain else urns.SCIM_JSON
    return response


_TAKE_SCIM: Final = (urns.SCIM_JSON, "*/*", "application/*")


# --- errors ------------------------------------------------------------------------------------


def _answer_error(error: Exception) -> Response:
    """Answer any error in the form of RFC 7644 §3.12."""
    if isinstance(error, errors.ScimError):
        return _error_response(error)
    if isinstance(error, HTTPException):
        return _answer_http_error(error)
    # The path alone: a query may hold personal data.
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _error_response(errors.InternalError())


def _answer_http_error(error: HTTPException) -> Response:
    detail = _DETAILS.get(error.code or 500, "").format(request=request) or error.description
    response = _error_response(errors.error_from(error.code or 500, {"detail": detail}))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


_DETAILS: Final = {
    404: "There is nothing at {request.path}.",
    405: "{request.path} does not take {request.method}.",
    413: "The body is larger than the server takes.",
}


def _error_response(error: errors.ScimError) -> Response:
    response = Response(orjson.dumps(error.to_json()), error.status)
    if isinstance(error, Challenge):
        response.headers["WWW-Authenticate"] = error.challenge
    return response
