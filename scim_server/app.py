"""The WSGI app: request -> authenticate -> operation -> store -> answer."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import orjson
from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter

from scim_protocol import errors, urns
from scim_protocol.dialects import relax_media_type, relax_path
from scim_protocol.etag import Preconditions
from scim_protocol.messages import PARAMETERS
from scim_server.auth import Challenge, Tokens
from scim_server.body import check_encoding, check_media_type, parse_json
from scim_server.catalog import catalog_for
from scim_server.config import Config
from scim_server.host import check_host
from scim_server.routes import OF_RESOURCES, OF_SERVER, Route, bound_to
from scim_server.service import Answer, Call, Service
from scim_server.store.contract import Store
from scim_server.store.sqlite import SqliteStore

# Sent with any value, it asks which dialects were needed: what a strict server would have refused.
LENIENCY: Final = "SCIM-Leniency"

View = Callable[..., Response]
WsgiApp = Callable[..., Any]

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
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = _Id
    app.wsgi_app = _with_plain_path(app.wsgi_app, config)  # type: ignore[method-assign]
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
        rule = path.replace("{id}", "<id:id>")
        app.add_url_rule(
            rule,
            name,
            _view(service, route),
            methods=[route.method],
        )
        if route.public:
            public.add(name)

    for kind in service.kinds:
        for route in OF_RESOURCES:
            add(replace(route, operation=bound_to(kind, route.operation)), kind.model.endpoint)
    for route in OF_SERVER:
        add(route)

    @app.before_request
    def authenticate() -> None:
        g.origin = _origin(request)
        header = request.headers.get("Authorization")
        if header is not None or request.endpoint not in public:
            g.subject = tokens.check(header)


def _view(service: Service, route: Route) -> View:
    def view(**parts: str) -> Response:
        return _respond(route.operation(service, _call(request, service.config), **parts))

    return view


def _with_plain_path(app: WsgiApp, config: Config) -> WsgiApp:
    """Let the app see a path as it is routed, and which dialects that needed."""

    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        noted = set[str]()
        path, root = environ.get("PATH_INFO", ""), config.base_path + "/"
        if not path.startswith(root) and (rest := _without_version(path, config.base_path)):
            path = config.base_path + rest
        # The base URL is one, with a slash at its end or without.
        is_root = path in (root, config.base_path)
        plain = root if is_root else relax_path(path, noted, config.spoken)
        # A copy: who wrote the request down is to have it as it came. An upgrade may be passed over
        # (RFC 9110 §7.8), but werkzeug routes one to a websocket elsewhere.
        kept = {name: value for name, value in environ.items() if name != "HTTP_UPGRADE"}
        return app(kept | {"PATH_INFO": plain, _NOTED: noted}, start_response)

    return wrapped


def _without_version(path: str, base_path: str) -> str | None:
    """Return what follows the base URL where the version is left out: the latest is meant.

    RFC 7644 §3.13; another version is not served.
    """
    stem, _, version = base_path.rpartition("/")
    if not stem or not _VERSION.fullmatch(version) or not path.startswith(stem + "/"):
        return None
    rest = path.removeprefix(stem)
    return None if _VERSION.fullmatch(rest.split("/")[1]) else rest


_VERSION: Final = re.compile(r"v\d+")
_NOTED: Final = "scim_server.noted"


class _Id(BaseConverter):
    """An id in a path: any part of it, but what is an endpoint of its own."""

    regex = rf"(?!{re.escape(urns.SEARCH.strip('/'))}$)[^/]+"
    part_isolating = True


def _origin(request: Request) -> str:
    """Return what the URLs of an answer begin with, as the request names the server.

    :raises BadRequest: its Host is none that a URL could be made of, or is missing.
    """
    header = request.environ.get("HTTP_HOST")
    if header is None and request.environ["SERVER_PROTOCOL"] == "HTTP/1.0":
        header = request.host
    root = quote(request.root_path.rstrip("/"), safe="/!$&'()*+,;=:@")
    return f"{request.scheme}://{check_host(header or '', request.scheme)}{root}"


def _call(request: Request, config: Config) -> Call:
    noted = request.environ[_NOTED]
    return Call(
        base_url=g.origin + config.base_path,
        parameters=_parameters(request),
        preconditions=Preconditions(
            request.headers.get("If-Match"), request.headers.get("If-None-Match")
        ),
        read_body=partial(_read_body, request, noted, config),
        subject=g.get("subject"),
        noted=noted,
    )


def _parameters(request: Request) -> Mapping[str, str]:
    """Return the parameters of the URL.

    :raises InvalidValue: one of SCIM's is given twice, so that it cannot be told what is meant; or
        the query is not UTF-8, of which the same is true.
    """
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        raise errors.InvalidValue("The query of the URL is not UTF-8, percent-encoded.") from None
    for name in PARAMETERS:
        if len(request.args.getlist(name)) > 1:
            raise errors.InvalidValue(f"The parameter {name} is given more than once.")
    return request.args


def _read_body(request: Request, noted: set[str], config: Config, limit: int | None = None) -> Any:
    check_encoding(request.headers.get("Content-Encoding", ""))
    check_media_type(relax_media_type(request.mimetype, noted, config.spoken))
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
    """Give every answer its media type: SCIM's, or JSON's to who would rather have that (§3.8)."""
    if LENIENCY in request.headers:
        response.headers[LENIENCY] = ", ".join(sorted(request.environ[_NOTED])) or "none"
    is_bare = request.method == "OPTIONS" and response.status_code < 400
    if is_bare or "Content-Type" not in response.headers:
        response.headers.pop("Content-Type", None)
        return response
    ranked = _wanted(request, urns.JSON) > _wanted(request, urns.SCIM_JSON)
    response.headers["Content-Type"] = urns.JSON if ranked else urns.SCIM_JSON
    return response


def _wanted(request: Request, media_type: str) -> float:
    """Return how much a client wants a media type: the closest range tells (RFC 9110 §12.5.1)."""
    given = dict[str, float]()
    for kind, quality in request.accept_mimetypes:
        name = kind.partition(";")[0].strip().lower()
        given[name] = max(quality, given.get(name, 0))
    ranges = (media_type, "application/*", "*/*")
    return next((given[name] for name in ranges if name in given), 0)


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
