"""How resources are written and shown (RFC 7643 §2, §3, §4; RFC 7644 §3.3, §3.5)."""

import gzip
import re

from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    asking,
    showing,
    telling,
)
from scim_server.testing.variants.table import editing, refusing, variant


@variant("patch-answers-204", "RFC 7644 §3.5.2", "A PATCH is answered without a body.")
def patch_answers_204(asked: Asked, server: Server) -> Told:
    """Unless it asks for attributes."""
    told = server(asked)
    if asked.method == "PATCH" and told.status == 200 and "attributes" not in asked.query:
        told.status, told.body = 204, b""
        told.headers.pop("Content-Type", None)
    return told


@variant("group-patch-answers-200", "RFC 7644 §3.5.2", "The PATCH of a group shows the group.")
def group_patch_answers_200(asked: Asked, server: Server) -> Told:
    """Ours answers 204."""
    told = server(asked)
    if asked.method == "PATCH" and asked.path.startswith("/Groups/") and told.status == 204:
        return server(asked.other("GET", asked.path))
    return told


variant("deletions-forbidden", "RFC 7644 §3.12", "Nobody may delete over SCIM.")(
    refusing(403, None, lambda asked: asked.method == "DELETE", "Deactivate the user instead.")
)


@variant("creations-have-no-body", "RFC 7644 §3.3", "A creation is answered without a body.")
def creations_have_no_body(asked: Asked, server: Server) -> Told:
    """That it has one is a SHOULD."""
    told = server(asked)
    if asked.method == "POST" and told.status == 201:
        told.body = b""
        told.headers.pop("Content-Type", None)
    return told


@variant("put-keeps-what-is-omitted", "RFC 7644 §3.5.1", "PUT keeps attributes that it lacks.")
def put_keeps_what_is_omitted(asked: Asked, server: Server) -> Told:
    """Only what is null or empty is taken away."""
    if asked.method == "PUT" and isinstance(asked.json, dict):
        sent = {name.lower() for name in asked.json}
        before = {
            name: value
            for name, value in asked.read(server).items()
            if name not in ("id", "meta", "groups", "schemas") and name.lower() not in sent
        }
        asked.json = before | asked.json
    return server(asked)


def _timeless(one: Document) -> None:
    for name in ("created", "lastModified"):
        one.get("meta", {}).pop(name, None)


variant("shows-no-dates", "RFC 7643 §3.1", "meta tells no dates.")(showing(_timeless))


def _offset(asked: Asked, told: Told) -> None:
    told.body = re.sub(rb'(T\d\d:\d\d:\d\d(?:\.\d+)?)Z"', rb'\1+00:00"', told.body)


variant("dates-with-an-offset", "RFC 7643 §2.3.5", "Dates end in +00:00 rather than in Z.")(
    telling(_offset)
)


def _whole_seconds(asked: Asked, told: Told) -> None:
    told.body = re.sub(rb'(T\d\d:\d\d:\d\d)\.\d+Z"', rb'\1Z"', told.body)


variant("dates-of-whole-seconds", "RFC 7643 §2.3.5", "Dates have no fractions of a second.")(
    telling(_whole_seconds)
)
variant("attributes-of-its-own", "RFC 7643 §3.3", "Users have values that nobody sent.")(
    showing(
        lambda one: {"timezone": "Europe/Berlin", "roles": [{"value": "member"}]} | one,
        type="User",
    )
)
variant("active-by-default", "RFC 7643 §4.1.1", "Who is not said to be inactive is active.")(
    showing(lambda one: {"active": True} | one, type="User")
)


def _plain_members(one: Document) -> None:
    for member in one.get("members", ()):
        member.pop("display", None)
        member.pop("type", None)
        member.pop("$ref", None)


variant("members-are-values-alone", "RFC 7643 §4.2", "Of a member its value is told, no more.")(
    showing(_plain_members, type="Group")
)


@variant("no-groups-on-users", "RFC 7643 §4.1.2", "A user does not show its groups.")
def no_groups_on_users(asked: Asked, server: Server) -> Told:
    """The schema has no such attribute either."""

    def change(one: Document) -> None:
        one.pop("groups", None)
        if str(one.get("id", "")).endswith("core:2.0:User"):
            one["attributes"] = [a for a in one["attributes"] if a["name"] != "groups"]

    return showing(change)(asked, server)


def _make_relative(asked: Asked, told: Told) -> None:
    if location := told.headers.get("Location"):
        told.headers["Location"] = "/" + location.split("/", 3)[3]


variant("relative-locations", "RFC 9110 §10.2.2", "The header Location is a path.")(
    telling(_make_relative)
)


def _sends_unknown(asked: Asked) -> bool:
    known = _KNOWN.get(asked.path.strip("/").split("/")[0])
    if known is None or asked.method not in ("POST", "PUT") or asked.path.endswith(".search"):
        return False
    sent = asked.json if isinstance(asked.json, dict) else {}
    return any(not name.lower().startswith(("urn:", *known)) for name in sent)


_COMMON = ("schemas", "id", "externalid", "meta")
_KNOWN = {
    "Users": (
        *_COMMON,
        *("username", "name", "displayname", "nickname", "profileurl", "title", "usertype"),
        *("preferredlanguage", "locale", "timezone", "active", "password", "emails"),
        *("phonenumbers", "ims", "photos", "addresses", "groups", "entitlements", "roles"),
        "x509certificates",
    ),
    "Groups": (*_COMMON, "displayname", "members"),
}
variant("unknown-attributes-refused", "RFC 7644 §3.3", "What no schema defines is refused.")(
    refusing(400, "invalidSyntax", _sends_unknown)
)


def _lower_mail(asked: Asked) -> None:
    document = asked.json
    if isinstance(document, dict):
        for email in document.get("emails") or ():
            if isinstance(email, dict) and isinstance(email.get("value"), str):
                email["value"] = email["value"].lower()
        asked.json = document


variant("mail-in-lower-case", "RFC 7643 §4.1.2", "Addresses are kept in their canonical form.")(
    asking(_lower_mail, method="POST PUT", path="/Users")
)


@variant("unassigned-is-null", "RFC 7643 §2.5", "Attributes without a value are shown as null.")
def unassigned_is_null(asked: Asked, server: Server) -> Told:
    """Where all are shown."""

    def change(one: Document) -> Document:
        return {"nickName": None, "title": None} | one

    if {"attributes", "excludedAttributes"} & set(asked.query):
        return server(asked)
    return showing(change, type="User", path="/Users")(asked, server)


def _terse(asked: Asked, told: Told) -> None:
    if told.status >= 400 and told.document:
        told.json = {name: value for name, value in told.document.items() if name != "detail"}


variant("errors-say-little", "RFC 7644 §3.12", "Errors have no detail.")(telling(_terse))


def _wordy(asked: Asked, told: Told) -> None:
    if told.status >= 400 and told.document:
        told.json = told.document | {"requestId": "7d1f", "timestamp": "2026-01-01T00:00:00Z"}


variant("errors-say-more", "RFC 7644 §3.12", "Errors have members of the server's own.")(
    telling(_wordy)
)


def _charset(asked: Asked, told: Told) -> None:
    if told.body:
        told.headers["Content-Type"] = "application/scim+json; charset=utf-8"


variant("names-its-charset", "RFC 7644 §3.1", "The media type comes with a charset.")(
    telling(_charset)
)


def _squeezed(asked: Asked, told: Told) -> None:
    if told.body and "gzip" in (asked.header("Accept-Encoding") or ""):
        told.body = gzip.compress(told.body)
        told.headers["Content-Encoding"] = "gzip"


variant("answers-compressed", "RFC 9110 §8.4", "Who takes gzip is answered in it.")(
    telling(_squeezed)
)


def _unversion(document: Document) -> None:
    for one in [document, *document.get("Resources", ())]:
        one.get("meta", {}).pop("version", None)


variant("versions-in-the-header-alone", "RFC 7644 §3.14", "meta has no version, ETag has it.")(
    editing(_unversion)
)


_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@variant("ids-of-another-form", "RFC 7643 §3.1", "Ids hold characters other than of a UUID.")
def ids_of_another_form(asked: Asked, server: Server) -> Told:
    """They are opaque: `u:7@…` may stand in a path as it is."""
    asked.path = asked.path.replace(_PREFIX, "")
    asked.body = asked.body.replace(_PREFIX.encode(), b"")
    asked.query = {name: value.replace(_PREFIX, "") for name, value in asked.query.items()}
    told = server(asked)
    told.body = _ID.sub(lambda found: _PREFIX + found[0], told.body.decode()).encode()
    if "Location" in told.headers:
        told.headers["Location"] = _ID.sub(
            lambda found: _PREFIX + found[0], told.headers["Location"]
        )
    return told


_PREFIX = "u:7@"
