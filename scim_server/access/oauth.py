"""The token endpoint of OAuth 2.0 for client credentials (RFC 6749 §4.4).

POST /oauth/token                   for clients of the default tenant
POST /tenants/acme/oauth/token      for those of another one
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

import orjson
from werkzeug.http import parse_options_header

from scim_server.access.access_tokens import LIFE_SECONDS
from scim_server.access.gate import Gate
from scim_server.access.grants import SCOPES
from scim_server.access.refusals import REALM
from scim_server.access.secrets import digest_of
from scim_server.service import Answer
from scim_server.store.contract import Scope, Token

TOKEN_ENDPOINT: Final = "/oauth/token"
_FORM: Final = "application/x-www-form-urlencoded"
LONGEST_FORM: Final = 16 * 1024
_HEADERS: Final = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
}


class _Refused(Exception):
    """The request gets no token; `code` is one of RFC 6749 §5.2."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


def issue_token(gate: Gate, tenant: str, environ: Mapping[str, Any], body: bytes | None) -> Answer:
    """Answer a request for an access token (RFC 6749 §4.4.2, §5).

    :param body: the form; None if it is longer than any can be.
    """
    try:
        form = _form(environ.get("CONTENT_TYPE", ""), body)
        client = _client(gate, tenant, environ.get("HTTP_AUTHORIZATION"), form)
        if form.get("grant_type") != "client_credentials":
            missing = "grant_type" not in form
            raise _Refused(
                "invalid_request" if missing else "unsupported_grant_type",
                "grant_type must be client_credentials.",
            )
        scope = _scope(form.get("scope"), client)
    except _Refused as refusal:
        return _refusal(refusal)
    answer = {
        "access_token": gate.access_tokens.new(client, scope),
        "token_type": "Bearer",
        "expires_in": LIFE_SECONDS,
        "scope": scope,
    }
    return Answer(200, orjson.dumps(answer), _HEADERS)


def _refusal(refusal: _Refused) -> Answer:
    answer = {"error": refusal.code, "error_description": refusal.description}
    # RFC 6749 §5.2 asks for the scheme that the client used; it is told of to all alike.
    told = {"WWW-Authenticate": f'Basic realm="{REALM}"'} if refusal.status == 401 else {}
    return Answer(refusal.status, orjson.dumps(answer), _HEADERS | told)


def _form(content_type: str, body: bytes | None) -> dict[str, str]:
    """Read the form; a parameter without a value counts as left out (RFC 6749 §3.2)."""
    if parse_options_header(content_type)[0].lower() != _FORM:
        raise _Refused("invalid_request", f"The body must be a form: {_FORM}.")
    if body is None or len(body) > LONGEST_FORM:
        raise _Refused("invalid_request", f"The form is longer than {LONGEST_FORM} bytes.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise _Refused("invalid_request", "The form is not UTF-8, percent-encoded.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _Refused("invalid_request", "A parameter is given more than once.")
    return {name: value for name, value in form.items() if value}


def _client(gate: Gate, tenant: str, header: str | None, form: Mapping[str, str]) -> Token:
    """Return the client that the request comes from, by either way of RFC 6749 §2.3.1."""
    if header is not None and "client_secret" in form:
        raise _Refused("invalid_request", "Give the secret in the header or in the form, not both.")
    name, secret = _of_header(header) if header is not None else _of_form(form)
    client = gate.known.client(digest_of(secret)) if secret else None
    if client is None or client.name != name or client.tenant != tenant:
        raise _Refused("invalid_client", "There is no such client, or its secret is wrong.", 401)
    if form.get("client_id", name) != name:
        raise _Refused("invalid_request", "client_id is another one than in the header.")
    return client


def _of_form(form: Mapping[str, str]) -> tuple[str, str]:
    return form.get("client_id", ""), form.get("client_secret", "")


def _of_header(header: str) -> tuple[str, str]:
    scheme, _, given = header.strip().partition(" ")
    try:
        text = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    name, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise _Refused("invalid_client", "The header must be Basic, of client_id and secret.", 401)
    return unquote_plus(name), unquote_plus(secret)


def _scope(asked: str | None, client: Token) -> Scope:
    """Return the scope that is granted: the client's, or the highest of those asked for."""
    if asked is None:
        return client.scope
    names = set(asked.split(" "))
    known = [scope for scope in SCOPES[: SCOPES.index(client.scope) + 1] if scope in names]
    if not known or len(known) < len(names):
        raise _Refused("invalid_scope", f"The client may have {client.scope}, and what is below.")
    return known[-1]
