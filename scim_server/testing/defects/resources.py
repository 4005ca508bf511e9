"""Characteristics of attributes gone wrong (RFC 7643 §2.2)."""

import re
from typing import Any

from scim_server.testing.defects.bodies import (
    failing,
    is_one,
    repaired,
    storing,
)
from scim_server.testing.defects.mechanism import (
    Asked,
    Server,
    Told,
    asking,
    defect,
    telling,
)

# --- required, readOnly, immutable, unique -----------------------------------------------------

defect(
    "required-not-required", "resources", "A resource of one's own needs nothing that is required."
)(repaired(lambda one: one | {"displayName": "x", "serial": "y", "number": "1", "type": "role"}))
defect("user-name-not-required", "resources", "A user without userName is created.")(
    repaired(
        lambda one: (
            one | {"userName": f"made-up-{one.get('displayName', 'x')}"}
            if "userName" not in one
            else None
        )
    )
)
defect("null-counts-as-given", "resources", "A required attribute that is null counts as given.")(
    repaired(
        lambda one: (
            one | {"userName": "made-up-for-null"}
            if "userName" in one and not one["userName"]
            else None
        )
    )
)

_groups: dict[str, Any] = {}


@defect("read-only-is-stored", "resources", "What a client sends for readOnly groups is stored.")
def read_only_is_stored(asked: Asked, server: Server) -> Told:
    """Keep it beside the resource, and show it."""
    sent = asked.json if asked.method in ("POST", "PUT") else None
    told = server(asked)
    if isinstance(sent, dict) and "groups" in sent and told.ok:
        _groups[told.document.get("id", "")] = sent["groups"]
    if told.document.get("id") in _groups:
        told.json = told.document | {"groups": _groups[told.document["id"]]}
    return told


defect("read-only-is-refused", "resources", "readOnly attributes in a body are refused.")(
    failing(lambda asked: "groups" in (asked.json or {}), method="POST PUT", status=400)
)

_ids: dict[str, str] = {}


@defect("id-from-the-client", "resources", "The id that a client sends is taken.")
def with_the_clients_id(asked: Asked, server: Server) -> Told:
    """The id that a client sends is taken."""
    sent = asked.json if asked.method == "POST" else None
    told = server(asked)
    if isinstance(sent, dict) and "id" in sent and told.status == 201:
        told.json = told.document | {"id": sent["id"]}
    return told


@defect("meta-from-the-client", "resources", "The meta that a client sends is taken.")
def with_the_clients_meta(asked: Asked, server: Server) -> Told:
    """The meta that a client sends is taken."""
    sent = asked.json if asked.method in ("POST", "PUT") else None
    told = server(asked)
    if isinstance(sent, dict) and isinstance(sent.get("meta"), dict) and told.ok:
        told.json = told.document | {"meta": told.document["meta"] | sent["meta"]}
    return told


def _calm(scim_type: str, method: str) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if asked.method in method.split() and told.document.get("scimType") == scim_type:
            return server(asked.other("GET", asked.path)) if is_one(asked) else Told.of(201, {})
        return told

    return breakage


defect("put-changes-immutable", "resources", "A replacement of what is immutable is a success.")(
    _calm("mutability", "PUT")
)
defect("patch-changes-immutable", "resources", "A PATCH of what is immutable is a success.")(
    _calm("mutability", "PATCH")
)
defect(
    "put-refuses-immutable", "resources", "A replacement that names what is immutable is refused."
)(failing(lambda asked: "serial" in (asked.json or {}), method="PUT", status=400))
defect("unique-values-twice", "resources", "A unique value of a type of one's own is had twice.")(
    repaired(
        lambda one: one | {"serial": one["serial"] + "-2"} if "serial" in one else None, status=409
    )
)
defect("duplicates-allowed", "resources", "A second user of one userName is created.")(
    repaired(
        lambda one: one | {"userName": one["userName"] + "-2"} if "userName" in one else None,
        method="POST",
        status=409,
    )
)
defect("duplicates-by-case", "resources", "userNames that differ in case are two.")(
    repaired(
        lambda one: (
            one | {"userName": one["userName"] + "-2"}
            if one.get("userName", "").lower() != one.get("userName", "")
            else None
        ),
        method="POST",
        status=409,
    )
)

_mails: set[str] = set()


@defect("mail-is-unique", "resources", "A second user of one e-mail is refused.")
def mail_is_unique(asked: Asked, server: Server) -> Told:
    """Though the schema does not say so."""
    body = asked.json if asked.method == "POST" and asked.path == "/Users" else None
    emails = body.get("emails") if isinstance(body, dict) else None
    sent = {one.get("value") for one in emails or () if isinstance(one, dict)}
    if sent & _mails:
        return Told.error(409, "uniqueness")
    _mails.update(str(value) for value in sent)
    return server(asked)


# --- returned ----------------------------------------------------------------------------------

_secrets: dict[str, str] = {}


def _secret(shown: Any) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        sent = asked.json if asked.method in ("POST", "PUT") else None
        told = server(asked)
        key = told.document.get("id", "")
        if isinstance(sent, dict) and "password" in sent and told.ok:
            _secrets[key] = sent["password"]
        if key in _secrets and shown(asked):
            told.json = told.document | {"password": _secrets[key]}
        return told

    return breakage


defect("shows-passwords", "security", "A user shows the password.")(
    _secret(lambda asked: asked.method == "GET")
)
defect("shows-passwords-when-created", "security", "The answer to a creation shows the password.")(
    _secret(lambda asked: asked.method == "POST")
)
defect("shows-passwords-when-replaced", "security", "The answer to a PUT shows the password.")(
    _secret(lambda asked: asked.method == "PUT")
)
defect("shows-passwords-when-asked", "security", "Who asks for the password is shown it.")(
    _secret(lambda asked: "password" in asked.query.get("attributes", ""))
)


def _losing(parameter: str) -> Any:
    def edit(asked: Asked, told: Told) -> None:
        if parameter in asked.query and told.ok and "id" in told.document:
            named = asked.query[parameter].split(",")
            is_kept = parameter == "attributes"
            told.json = {n: v for n, v in told.document.items() if (n in named) == is_kept}

    return telling(edit, method="GET")


defect(
    "excludes-what-is-always-returned", "resources", "id can be left out by excludedAttributes."
)(_losing("excludedAttributes"))
defect("attributes-lose-what-is-always-returned", "resources", "Who asks for others gets no id.")(
    _losing("attributes")
)
_notes: dict[str, str] = {}


@defect("shows-what-is-on-request", "resources", "What is returned on request is always shown.")
def shows_what_is_on_request(asked: Asked, server: Server) -> Told:
    """Ask for the notes oneself."""
    if asked.method == "GET" and is_one(asked) and asked.path.startswith("/Devices"):
        asked.query = asked.query | {"attributes": "displayName,serial,notes,interfaces"}
    return server(asked)


# --- case --------------------------------------------------------------------------------------


def _cased(change: Any) -> Any:
    def bend(asked: Asked) -> None:
        if "filter" in asked.query:
            asked.query = asked.query | {"filter": change(asked.query["filter"])}

    return asking(bend, method="GET")


defect(
    "filters-fold-all-case", "resources", "Texts that are case-exact are compared without case."
)(_cased(lambda text: re.sub('"[^"]*"', lambda found: found[0].lower(), text)))
defect(
    "filters-compare-exactly", "resources", "Texts that are not case-exact are compared by case."
)(_cased(lambda text: re.sub('"[^"]*[A-Z][^"]*"', '"nobody"', text)))
defect("bodies-take-names-by-case", "resources", "Names of a body are known in one case only.")(
    storing(
        lambda one: (
            {k: v for k, v in one.items() if not k.isupper()}
            | {"userName": one.get("userName") or one.get("USERNAME")}
            if "USERNAME" in one
            else one
        )
    )
)
