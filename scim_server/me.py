"""`/Me`: the user that the token stands for, under another name (RFC 7644 §3.11).

Chosen where the text leaves a choice:

- A token stands for a userName, which the configuration gives it. One that stands for nobody gets
  501, as if there were no `/Me`; one whose user does not exist gets 404.
- Requests are answered directly, without a redirect. Every answer about a user that exists, errors
  included, has its permanent `Location`.
- POST creates that user and no other: a different userName is 403.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from scim_protocol import urns
from scim_protocol.errors import (
    Forbidden,
    NotFound,
    NotImplementedByServer,
    ScimError,
    Uniqueness,
)
from scim_protocol.filter import AttributePath, Comparison
from scim_protocol.matching import compile_filter
from scim_server import operations
from scim_server.representation import location
from scim_server.service import Answer, Call, Kind, Service
from scim_server.store.contract import Query, Selection

_USER_NAME = AttributePath(None, "userName")


def read(service: Service, call: Call) -> Answer:
    """GET /Me."""
    return _act(operations.read, service, call)


def replace_whole(service: Service, call: Call) -> Answer:
    """PUT /Me."""
    return _act(operations.replace, service, call)


def patch(service: Service, call: Call) -> Answer:
    """PATCH /Me."""
    return _act(operations.patch, service, call)


def delete(service: Service, call: Call) -> Answer:
    """DELETE /Me."""
    return _act(operations.delete, service, call)


def create(service: Service, call: Call) -> Answer:
    """POST /Me: create the user that the token stands for."""
    kind, subject = _kind(service), _subject(call)

    def read_body(limit: int | None = None) -> Any:
        body = call.read_body(limit)
        _require_own_name(body, subject, kind)
        return body

    try:
        return operations.create(service, kind, replace(call, read_body=read_body))
    except Uniqueness as error:  # There is such a user: its Location is told with the refusal.
        return _located(error, kind, _find(service, kind, subject, call.base_url), call)


# --- steps -------------------------------------------------------------------------------------


def _act(operation: Callable[..., Answer], service: Service, call: Call) -> Answer:
    kind = _kind(service)
    id = _find(service, kind, _subject(call), call.base_url)
    try:
        return _located(operation(service, kind, call, id), kind, id, call)
    except ScimError as error:
        return _located(error, kind, id, call)


def _located(outcome: Answer | ScimError, kind: Kind, id: str, call: Call) -> Answer:
    if isinstance(outcome, ScimError):
        outcome = Answer(outcome.status, orjson.dumps(outcome.to_json()))
    url = location(kind.model, id, call.base_url)
    return replace(outcome, headers={**outcome.headers, "Location": url})


def _kind(service: Service) -> Kind:
    return next(kind for kind in service.kinds if kind.model.endpoint == urns.USERS)


def _subject(call: Call) -> str:
    if call.subject is None:
        raise NotImplementedByServer("The token stands for no user: the server has no /Me for it.")
    return call.subject


def _find(service: Service, kind: Kind, subject: str, base_url: str) -> str:
    selection = Selection(kind.model, Comparison(_USER_NAME, "eq", subject))
    with service.store.read() as tx:
        found = tx.query(Query([selection], base_url, limit=1)).records
    if not found:
        raise NotFound(f"The token stands for {subject!r}, but there is no such user.")
    return found[0].id


def _require_own_name(body: Any, subject: str, kind: Kind) -> None:
    own = compile_filter(Comparison(_USER_NAME, "eq", subject), kind.model)
    names = body.items() if isinstance(body, dict) else ()
    for name, value in names:
        if name.lower() == "username" and isinstance(value, str) and not own({"userName": value}):
            raise Forbidden(f"The token stands for {subject!r}, and may create that user only.")
