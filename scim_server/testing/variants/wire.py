"""How requests are let in and answers are sent (RFC 7644 §2, §3.1, §3.12; RFC 9110)."""

import base64
import re
from itertools import count

from werkzeug.datastructures import Headers

from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    asking,
    telling,
    together,
)
from scim_server.testing.variants.table import editing, refusing, variant

_requests = count(1)


@variant("too-fast", "RFC 6585 §4", "Now and then a client is too fast: 429.")
def too_fast(asked: Asked, server: Server) -> Told:
    """With Retry-After; what is refused so is not done."""
    if next(_requests) % 40:
        return server(asked)
    told = Told.error(429, None, "Slow down.")
    told.headers["Retry-After"] = "0"
    return told


def _lower_headers(asked: Asked, told: Told) -> None:
    told.headers = Headers([(name.lower(), value) for name, value in told.headers])


variant("headers-in-lower-case", "RFC 9110 §5.1", "Header names are in lower case.")(
    telling(_lower_headers)
)


@variant("slashes-redirect", "RFC 9110 §15.4.9", "A path with a slash at its end is sent on.")
def slashes_redirect(asked: Asked, server: Server) -> Told:
    """308, as some frameworks do."""
    if asked.path.endswith("/") and asked.path != "/":
        return Told.of(308, None, Location=asked.base_url + asked.path.rstrip("/"))
    return server(asked)


@variant("groups-are-read-alone", "RFC 7644 §3.12", "Nobody makes or changes groups over SCIM.")
def groups_are_read_alone(asked: Asked, server: Server) -> Told:
    """403, once it is known who asks."""
    if _writes_groups(asked):
        seen = server(asked.other("GET", "/Groups", query="count=0"))
        return seen if seen.status == 401 else Told.error(403, None, "Groups are read alone.")
    return server(asked)


def _writes_groups(asked: Asked) -> bool:
    is_writing = asked.method in ("POST", "PUT", "PATCH", "DELETE")
    return is_writing and asked.path.startswith("/Groups") and not asked.path.endswith("/.search")


variant("groups-have-no-writing", "RFC 7644 §3.2", "Groups take GET alone: 405.")(
    refusing(405, None, _writes_groups)
)


@variant("me-is-not-there", "RFC 7644 §3.11", "/Me is 404.")
def me_is_not_there(asked: Asked, server: Server) -> Told:
    """For those with a token; it stands for no user."""
    told = server(asked)
    return told if asked.path != "/Me" or told.status == 401 else Told.error(404)


def _forget_meta(document: Document) -> None:
    for one in document.get("Resources", [document]):
        one.pop("meta", None)


variant("discovery-without-meta", "RFC 7643 §7", "Schemas and types have no meta.")(
    together(
        editing(_forget_meta, method="GET", path="/Schemas"),
        editing(_forget_meta, method="GET", path="/ResourceTypes"),
    )
)
variant("config-says-more", "RFC 7643 §5", "The configuration has members of the server's own.")(
    editing(
        lambda document: document.update(
            {"urn:example:rate": {"perMinute": 600}, "documentationUri": "https://example.com/"}
        ),
        path="/ServiceProviderConfig",
    )
)

_numbers: dict[str, str] = {}
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_NUMBER = re.compile(r"\b7700\d{6}\b")


def _number(found: re.Match[str]) -> str:
    return _numbers.setdefault(found[0], f"7700{len(_numbers):06}")


@variant("ids-are-numbers", "RFC 7643 §3.1", "Ids are strings of digits.")
def ids_are_numbers(asked: Asked, server: Server) -> Told:
    """As the keys of a database."""
    known = {number: id for id, number in _numbers.items()}

    def back(text: str) -> str:
        return _NUMBER.sub(lambda found: known.get(found[0], found[0]), text)

    asked.path = back(asked.path)
    asked.body = back(asked.body.decode("latin-1")).encode("latin-1")
    asked.query = {name: back(value) for name, value in asked.query.items()}
    told = server(asked)
    told.body = _ID.sub(_number, told.body.decode()).encode()
    if "Location" in told.headers:
        told.headers["Location"] = _ID.sub(_number, told.headers["Location"])
    return told


_kept: dict[str, Document] = {}
_OWN = re.compile(r"[a-z][A-Za-z0-9]*")


@variant("unknown-attributes-kept", "RFC 7644 §3.3", "What no schema defines is kept and shown.")
def unknown_attributes_kept(asked: Asked, server: Server) -> Told:
    """Of users, as they were created or replaced."""
    sent = asked.json if asked.method in ("POST", "PUT") and isinstance(asked.json, dict) else {}
    told = server(asked)
    document = told.document
    is_user = asked.path.startswith("/Users") and document.get("id")
    if told.ok and is_user:
        lower = {name.lower() for name in (*document, *_CORE)}
        if sent:
            _kept[document["id"]] = {
                name: value
                for name, value in sent.items()
                if name.lower() not in lower and _OWN.fullmatch(name)
            }
        if not {"attributes", "excludedAttributes"} & set(asked.query):
            told.json = _kept.get(document["id"], {}) | document
    return told


_CORE = (
    *("userName", "password", "active", "emails", "groups", "name", "title", "displayName"),
    *("nickName", "profileUrl", "userType", "preferredLanguage", "locale", "timezone", "roles"),
    *("phoneNumbers", "ims", "photos", "addresses", "entitlements", "x509Certificates"),
    *("id", "externalId", "meta", "schemas"),
)


def _basic_alone(asked: Asked) -> None:
    kind, _, given = (asked.header("Authorization") or "").partition(" ")
    try:
        name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        name, password = "", ""
    is_basic = kind.lower() == "basic" and name == "admin"
    asked.set_header("Authorization", f"Bearer {password}" if is_basic else None)


def _basic_scheme(document: Document) -> None:
    document["authenticationSchemes"] = [
        {"type": "httpbasic", "name": "Basic", "description": "A name and a password"}
    ]


variant("basic-alone", "RFC 7644 §2", "Who asks signs in with a name and a password.")(
    together(
        asking(_basic_alone),
        editing(_basic_scheme, path="/ServiceProviderConfig"),
        telling(
            lambda asked, told: told.headers.set("WWW-Authenticate", 'Basic realm="scim"'),
            status=401,
        ),
    )
)
