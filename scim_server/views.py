"""From HTTP to an operation, and back: what answers a request whose route is known."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import parse_options_header
from werkzeug.wsgi import get_content_length, get_input_stream

from scim_protocol import errors
from scim_protocol.dialects import relax_media_type
from scim_protocol.etag import Preconditions
from scim_server.access.gate import wrong_token
from scim_server.access.refusals import Ambiguous, Challenge, InsufficientScope
from scim_server.answers import Sent, error_answer, sent
from scim_server.body import MEDIA_TYPES, check_encoding, check_media_type, parse_json
from scim_server.observe import path_of
from scim_server.parameters import read_parameters
from scim_server.routes import Route
from scim_server.service import UNCONDITIONAL, Call, Service
from scim_server.store.contract import Unavailable, UnknownTenant

log = logging.getLogger(__name__)

Environ = dict[str, Any]


@dataclass(slots=True)
class Visit:
    """What is known of a request on its way in."""

    tenant: str
    noted: set[str] = field(default_factory=set)
    origin: str = ""
    subject: str | None = None
    service: Service | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What answers a route, the same for all tenants.

    :param kind: the name of the type of the resources there, if it is about one.
    """

    route: Route
    kind: str | None

    def answer(self, environ: Environ, visit: Visit, parts: Mapping[str, str]) -> Sent:
        """Answer a request that was let in; `parts` are those of its path that are not fixed."""
        service = visit.service
        assert service is not None
        call = _call(environ, visit, service)
        kind = () if self.kind is None else (service.kind_of[self.kind],)
        return sent(self.route.operation(service, *kind, call, **parts), environ, visit.noted)


def _call(environ: Environ, visit: Visit, service: Service) -> Call:
    matches, differs = environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_NONE_MATCH")
    is_conditional = matches is not None or differs is not None
    return Call(
        visit.origin + service.config.base_path,
        read_parameters(environ.get("QUERY_STRING", "")),
        Preconditions(matches, differs) if is_conditional else UNCONDITIONAL,
        partial(_read_body, environ, visit.noted, service),
        visit.subject,
        visit.noted,
    )


def _read_body(
    environ: Environ, noted: set[str], service: Service, limit: int | None = None
) -> Any:
    check_encoding(environ.get("HTTP_CONTENT_ENCODING", ""))
    content_type = environ.get("CONTENT_TYPE", "")
    if content_type not in MEDIA_TYPES:
        media_type = parse_options_header(content_type)[0].lower()
        check_media_type(relax_media_type(media_type, noted, service.spoken))
    # What its length tells to be too large is not even read.
    if limit is None or (get_content_length(environ) or 0) <= limit:
        text = get_input_stream(environ, max_content_length=service.config.max_body).read()
        if limit is None or len(text) <= limit:
            return parse_json(text)
    raise errors.PayloadTooLarge(f"The body is larger than the {limit} bytes that are taken.")


# --- errors ------------------------------------------------------------------------------------


def answer_error(error: Exception, environ: Environ, visit: Visit) -> Sent:
    """Answer any error in the form of RFC 7644 §3.12."""
    told, headers = _told(error, environ)
    return sent(error_answer(told, headers), environ, visit.noted)


def _told(error: Exception, environ: Environ) -> tuple[errors.ScimError, Mapping[str, str]]:
    """Return what a client is told of an error."""
    if isinstance(error, Challenge | Ambiguous | InsufficientScope):
        return error, {"WWW-Authenticate": error.challenge}
    if isinstance(error, errors.ScimError):
        return error, {}
    method, path = environ["REQUEST_METHOD"], path_of(environ)
    if isinstance(error, HTTPException):
        return _told_of_http(error, method, path)
    if isinstance(error, UnknownTenant):  # It was removed a moment ago.
        return _told(wrong_token(), environ)
    if isinstance(error, Unavailable):
        log.warning("%s %s: %s", method, path, error)
        told = errors.error_from(503, {"detail": "The database cannot be used now; try again."})
        return told, {"Retry-After": str(error.retry_after)}
    # The path alone: a query may hold personal data.
    log.error("%s %s failed", method, path, exc_info=error)
    return errors.InternalError(), {}


def _told_of_http(
    error: HTTPException, method: str, path: str
) -> tuple[errors.ScimError, Mapping[str, str]]:
    code = error.code or 500
    detail = _DETAILS.get(code, "").format(path=path, method=method) or error.description
    told = errors.error_from(code, {"detail": detail})
    allowed = isinstance(error, MethodNotAllowed) and ", ".join(sorted(error.valid_methods or ()))
    return told, {"Allow": allowed} if isinstance(allowed, str) else {}


_DETAILS: Final = {
    404: "There is nothing at {path}.",
    405: "{path} does not take {method}.",
    413: "The body is larger than the server takes.",
}
