"""What the schemas say of attributes, and how the server keeps to it (RFC 7643 §2.2, §7)."""

import re
from typing import Any

from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    asking,
    showing,
    together,
)
from scim_server.testing.variants.table import editing, refusing, variant

_SENT = re.compile(r"[\w$-]+")


def _declaring(attribute: str, *, schema: str = "core:2.0:User", **said: Any) -> Breakage:
    """Say other things of an attribute in its schema; None leaves the attribute out."""
    name, _, sub = attribute.partition(".")

    def change(document: Document) -> None:
        for one in document.get("Resources", [document]):
            if str(one.get("id", "")).endswith(schema):
                _declare(one["attributes"], name, sub, said)

    return editing(change, method="GET", path="/Schemas")


def _declare(attributes: list[Document], name: str, sub: str, said: Document) -> None:
    found = next(one for one in attributes if one["name"] == name)
    if sub:
        _declare(found["subAttributes"], sub, "", said)
    elif said:
        found.update(said)
    else:
        attributes.remove(found)


def _paths(asked: Asked) -> list[str]:
    """Return the attributes that a PATCH names: in paths, and in values without one."""
    sent = asked.json if asked.method == "PATCH" and isinstance(asked.json, dict) else {}
    named: list[str] = []
    for operation in sent.get("Operations") or ():
        if isinstance(operation, dict):
            value = operation.get("value")
            path = operation.get("path")
            inner = list(value) if not path and isinstance(value, dict) else []
            named += [str(path)] if path else inner
    return [match[0].lower() for one in named if (match := _SENT.match(one))]


def _lacking(attribute: str) -> Breakage:
    """Serve users without an attribute: no schema has it, what is sent of it is left out."""

    def strip(asked: Asked) -> None:
        if asked.method in ("POST", "PUT") and isinstance(asked.json, dict):
            kept = {n: v for n, v in asked.json.items() if n.lower() != attribute.lower()}
            asked.json = kept

    return together(
        _declaring(attribute),
        asking(strip, path="/Users"),
        refusing(
            400,
            "invalidPath",
            lambda asked: asked.path.startswith("/Users") and attribute.lower() in _paths(asked),
        ),
        showing(lambda one: {n: v for n, v in one.items() if n != attribute}, type="User"),
    )


variant("no-emails", "RFC 7644 §3.1", "Users have no e-mail addresses.")(_lacking("emails"))
variant("no-name", "RFC 7644 §3.1", "Users have no name but userName and displayName.")(
    _lacking("name")
)
variant("no-password", "RFC 7644 §3.1", "Users have no password.")(_lacking("password"))
variant("no-active", "RFC 7644 §3.1", "Users are not disabled.")(_lacking("active"))


def _without_a_name(asked: Asked) -> bool:
    sent = asked.json if isinstance(asked.json, dict) else {}
    is_user = asked.method in ("POST", "PUT") and asked.path.startswith("/Users")
    return is_user and "userName" in sent and not sent.get("displayName")


variant("asks-for-a-display-name", "RFC 7643 §7", "A user must have a displayName.")(
    together(
        _declaring("displayName", required=True),
        refusing(400, "invalidValue", _without_a_name),
        refusing(
            400,
            "mutability",
            lambda asked: (
                asked.path.startswith("/Users")
                and isinstance(asked.json, dict)
                and any(
                    isinstance(one, dict)
                    and str(one.get("op")).lower() == "remove"
                    and str(one.get("path")).lower() == "displayname"
                    for one in asked.json.get("Operations") or ()
                )
            ),
        ),
    )
)


@variant("display-name-by-the-server", "RFC 7643 §7", "The server says how a user is called.")
def display_name_by_the_server(asked: Asked, server: Server) -> Told:
    """The schema says that displayName is read-only; what is sent of it is ignored."""
    if asked.path.startswith("/Users") and "displayname" in _paths(asked):
        return Told.error(400, "mutability", "displayName is read-only.")
    if asked.path.startswith("/Users") and asked.method in ("POST", "PUT"):
        _copy_name(asked)
    return _declaring("displayName", mutability="readOnly")(asked, server)


def _copy_name(asked: Asked) -> None:
    document = asked.json
    if isinstance(document, dict) and isinstance(document.get("userName"), str):
        kept = {n: v for n, v in document.items() if n.lower() != "displayname"}
        asked.json = kept | {"displayName": document["userName"]}


@variant("user-names-stay", "RFC 7643 §7", "A userName never changes.")
def user_names_stay(asked: Asked, server: Server) -> Told:
    """The schema says that it is immutable; RFC 7644 §3.5.1 has another value refused."""
    if asked.path.startswith("/Users/") and asked.method in ("PUT", "PATCH"):
        sent = asked.json if isinstance(asked.json, dict) else {}
        old = asked.read(server).get("userName")
        other = sent.get("userName", old) if asked.method == "PUT" else old
        if old and (other != old or "username" in _paths(asked)):
            return Told.error(400, "mutability", "userName is immutable.")
    return _declaring("userName", mutability="immutable")(asked, server)


def _lower_name(asked: Asked) -> None:
    document = asked.json
    if isinstance(document, dict) and isinstance(document.get("userName"), str):
        asked.json = document | {"userName": document["userName"].lower()}


variant("names-in-lower-case", "RFC 7643 §4.1.1", "User names are kept in lower case.")(
    asking(_lower_name, method="POST PUT", path="/Users")
)


def _weak_password(asked: Asked) -> bool:
    sent = asked.json if isinstance(asked.json, dict) else {}
    given = sent.get("password")
    is_weak = isinstance(given, str) and not re.search(
        r"^(?=.*[A-Z])(?=.*[a-z])(?=.*\d).{8,}$", given
    )
    return asked.path.startswith("/Users") and is_weak


variant("passwords-of-a-policy", "RFC 7644 §3.12", "Weak passwords are refused.")(
    refusing(400, "invalidValue", _weak_password, "Too weak.")
)


def _too_long(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_too_long, value.values()))
    if isinstance(value, list):
        return any(map(_too_long, value))
    return isinstance(value, str) and len(value) > 200


variant("short-values", "RFC 7644 §3.12", "Values of more than 200 characters are refused.")(
    refusing(
        400,
        "invalidValue",
        lambda asked: (
            asked.method in ("POST", "PUT", "PATCH")
            and asked.path.startswith(("/Users", "/Groups"))
            and not asked.path.endswith("/.search")
            and _too_long(asked.json)
        ),
    )
)


def _many_addresses(asked: Asked) -> bool:
    sent = asked.json if isinstance(asked.json, dict) else {}
    emails = sent.get("emails")
    return asked.path.startswith("/Users") and isinstance(emails, list) and len(emails) > 1


variant("one-address", "RFC 7644 §3.12", "A user is created with one e-mail address at most.")(
    refusing(400, "invalidValue", _many_addresses, "One address at most.")
)


@variant("addresses-are-unique", "RFC 7643 §7", "No two users have the same e-mail address.")
def addresses_are_unique(asked: Asked, server: Server) -> Told:
    """The schema says so; RFC 7644 §3.3 has it refused with 409."""
    sent = asked.json if isinstance(asked.json, dict) else {}
    emails = sent.get("emails") if asked.path.startswith("/Users") else None
    for email in emails if isinstance(emails, list) else ():
        value = email.get("value") if isinstance(email, dict) else None
        if isinstance(value, str) and value.isascii() and '"' not in value:
            query = asked.other("GET", "/Users")
            query.query = {"filter": f'emails.value eq "{value}"'}
            found = server(query).document.get("Resources", [])
            if any(not asked.path.endswith(one["id"]) for one in found):
                return Told.error(409, "uniqueness", f"{value} is in use.")
    return _declaring("emails.value", uniqueness="server")(asked, server)


def _nests(asked: Asked, server: Server) -> Told:
    sent = asked.json if asked.path.startswith("/Groups") else None
    values = re.findall(r'"value": "([0-9a-f-]{36})"', str(sent).replace("'", '"'))
    if any(asked.read(server, f"/Groups/{value}") for value in values):
        return Told.error(400, "invalidValue", "Groups have users alone.")
    return server(asked)


variant("no-groups-in-groups", "RFC 7643 §4.2", "A member is a user.")(
    together(
        _declaring("members.type", schema="core:2.0:Group", canonicalValues=["User"]),
        _declaring("members.$ref", schema="core:2.0:Group", referenceTypes=["User"]),
        _nests,
    )
)


def _with_primary(asked: Asked) -> None:
    document = asked.json
    emails = document.get("emails") if isinstance(document, dict) else None
    if not isinstance(emails, list) or not all(isinstance(one, dict) for one in emails):
        return
    if emails and not any(one.get("primary") for one in emails):
        emails[0]["primary"] = True
        asked.json = document


variant(
    "primary-by-the-server", "RFC 7643 §2.4", "The first address is primary if none is said to be."
)(asking(_with_primary, method="POST PUT", path="/Users"))


def _empty_lists(one: Document) -> Document:
    return {"phoneNumbers": [], "ims": [], "addresses": [], "emails": []} | one


variant("unassigned-is-empty", "RFC 7643 §2.5", "Lists without values are shown as empty.")(
    showing(_empty_lists, type="User")
)


def _kinds(asked: Asked) -> bool:
    sent = asked.json if isinstance(asked.json, dict) else {}
    emails = sent.get("emails")
    listed = emails if isinstance(emails, list) else ()
    kinds = {
        str(one.get("type")).lower() for one in listed if isinstance(one, dict) and "type" in one
    }
    return asked.path.startswith("/Users") and not kinds <= {"work", "home", "other"}


variant("kinds-of-addresses", "RFC 7643 §7", "Types are the canonical ones alone.")(
    together(
        _declaring("emails.type", canonicalValues=["work", "home", "other"]),
        refusing(400, "invalidValue", _kinds),
    )
)


def _plain_name(asked: Asked) -> bool:
    sent = asked.json if isinstance(asked.json, dict) else {}
    name = sent.get("userName") if asked.method in ("POST", "PUT") else None
    return asked.path.startswith("/Users") and isinstance(name, str) and "@" not in name


variant("names-are-addresses", "RFC 7644 §3.12", "A userName is an e-mail address.")(
    refusing(400, "invalidValue", _plain_name)
)
