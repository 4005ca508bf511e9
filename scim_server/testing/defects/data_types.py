"""Data types, texts, lists and what has no value gone wrong (RFC 7643 §2.3 to §2.5)."""

import json
import re
from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bodies import (
    each_text,
    failing,
    is_one,
    read,
    repaired,
    storing,
    without,
)
from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    asking,
    defect,
    showing,
    telling,
)

# --- types -------------------------------------------------------------------------------------


def _shown_as(kind: type, change: Any) -> Any:
    def bent(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bent(one) for name, one in value.items()}
        if isinstance(value, list):
            return [bent(one) for one in value]
        return change(value) if type(value) is kind else value

    return lambda one: {k: v if k in ("meta", "schemas") else bent(v) for k, v in one.items()}


defect("booleans-as-text", "resources", 'A boolean is shown as the text "true".')(
    read(_shown_as(bool, lambda value: str(value).lower()))
)
defect("numbers-as-text", "resources", "A number is shown as a text.")(read(_shown_as(int, str)))
defect("dates-as-text", "resources", "A date is shown as day/month/year.")(
    read(_shown_as(str, lambda text: "01/01/2024" if re.match(r"\d{4}-\d\d-\d\dT", text) else text))
)
defect("lists-of-one-as-objects", "resources", "A list of one value is shown as the value.")(
    read(
        lambda one: {
            k: v[0] if isinstance(v, list) and len(v) == 1 and k != "schemas" else v
            for k, v in one.items()
        }
    )
)
defect("complex-as-text", "resources", "A name is shown as a text.")(
    read(lambda one: one | ({"name": str(one["name"])} if "name" in one else {}))
)
defect("extensions-are-shown-in-core", "resources", "An extension's values are shown in the core.")(
    showing(
        lambda one: (
            {k: v for k, v in one.items() if k != ENTERPRISE_USER} | one.get(ENTERPRISE_USER, {})
        ),
        type="User",
    )
)

_odd: dict[str, Any] = {}


def _nonsense(body: Any) -> Document:
    return {
        k: v
        for k, v in body.items()
        if "nonsense" in str(v) and k not in ("userName", "schemas", "id")
    }


def _storing_any(method: str) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method in method.split() else None
        strange = _nonsense(body) if isinstance(body, dict) and "Operations" not in body else {}
        if strange:
            asked.json = {k: v for k, v in (body or {}).items() if k not in strange}
        told = server(asked)
        key = told.document.get("id", "")
        if strange and told.ok:
            _odd[key] = strange
        if key in _odd and asked.method in ("GET", "PUT", "POST"):
            told.json = told.document | _odd[key]
        return told

    return breakage


defect("stores-any-type", "resources", "A creation stores values of any type.")(
    _storing_any("POST")
)
defect("put-stores-wrong-types", "put", "A replacement stores values of any type.")(
    _storing_any("PUT")
)
defect("fails-on-wrong-types", "resources", "A value of a wrong type is answered 500.")(
    failing(lambda asked: "nonsense" in asked.body.decode("utf-8", "replace"), method="POST")
)
defect("ignores-wrong-types", "resources", "A value of a wrong type is left out in silence.")(
    repaired(without("active", "displayName", "emails"), method="POST")
)
defect("wrong-types-are-invalid-paths", "error", "A value of a wrong type is called invalidPath.")(
    telling(
        lambda asked, told: setattr(told, "json", told.document | {"scimType": "invalidPath"}),
        method="POST",
        status=400,
    )
)

# --- texts -------------------------------------------------------------------------------------

for name, what, change in (
    (
        "texts-lose-unicode",
        "Of texts what is not ASCII is lost.",
        lambda t: t.encode("ascii", "ignore").decode(),
    ),
    (
        "texts-lose-astral-planes",
        "Characters beyond the first plane are lost.",
        lambda t: re.sub("[\U00010000-\U0010ffff]", "?", t),
    ),
    (
        "texts-are-escaped",
        "Texts are stored escaped for HTML.",
        lambda t: t.replace("&", "&amp;").replace("<", "&lt;"),
    ),
    ("texts-are-unquoted", "Percent signs in texts are decoded.", lambda t: t.replace("%41", "A")),
    ("texts-are-cut", "Texts are cut after 255 characters.", lambda t: t[:255]),
):
    defect(name, "unicode", what)(storing(each_text(change)))
defect("escapes-are-kept", "unicode", "Escapes of JSON are stored as they are written.")(
    asking(
        lambda asked: setattr(asked, "body", asked.body.replace(b"\\u", b"\\\\u")),
        method="POST",
    )
)
defect("user-names-are-cut", "resources", "A userName is cut after 40 characters.")(
    storing(
        lambda one: (
            one
            | ({"userName": one["userName"][:40]} if isinstance(one.get("userName"), str) else {})
        )
    )
)
defect("user-names-are-trimmed-to-the-at", "resources", "A userName ends at its at sign.")(
    storing(
        lambda one: (
            one
            | (
                {"userName": one["userName"].split("@")[0]}
                if isinstance(one.get("userName"), str)
                else {}
            )
        )
    )
)
defect("external-ids-are-folded", "resources", "An externalId is stored in lower case.")(
    storing(
        lambda one: one | ({"externalId": one["externalId"].lower()} if "externalId" in one else {})
    )
)
defect("external-ids-are-dropped", "resources", "An externalId is not stored.")(
    storing(without("externalId"))
)

# --- lists and nothing -------------------------------------------------------------------------


def _emails(change: Any) -> Any:
    def bend(one: Document) -> Document:
        found = one.get("emails")
        return one | {"emails": change(found)} if isinstance(found, list) and found else one

    return bend


def _two_primaries(method: str) -> Any:
    kept: dict[str, Any] = {}

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == method else None
        emails = body.get("emails") if isinstance(body, dict) else None
        both = [one for one in emails or () if isinstance(one, dict) and one.get("primary")]
        if len(both) > 1:
            asked.json = {**(body or {}), "emails": list(map(without("primary"), emails or []))}
        told = server(asked)
        if len(both) > 1 and told.ok:
            kept[told.document["id"]] = emails
        if told.document.get("id") in kept:
            told.json = told.document | {"emails": kept[told.document["id"]]}
        return told

    return breakage


defect("keeps-two-primaries", "resources", "A creation keeps two primary values.")(
    _two_primaries("POST")
)
defect("put-keeps-two-primaries", "put", "A replacement keeps two primary values.")(
    _two_primaries("PUT")
)
defect("makes-the-first-primary", "resources", "The first value is made the primary one.")(
    storing(
        _emails(
            lambda found: (
                [
                    one | {"primary": True} if isinstance(one, dict) and place == 0 else one
                    for place, one in enumerate(found)
                ]
                if not any(isinstance(one, dict) and one.get("primary") for one in found)
                else found
            )
        )
    )
)


@defect("keeps-duplicates", "resources", "A value that is sent twice is shown twice.")
def keeps_duplicates(asked: Asked, server: Server) -> Told:
    """Show the first e-mail of who sent it twice a second time."""
    told = server(asked)
    found = told.document.get("emails") or []
    if is_one(asked) and asked.method == "GET" and len(found) == 1:
        told.json = told.document | {"emails": found * 2}
    return told


defect("keeps-one-value-a-type", "resources", "Of the values of one type the last is kept.")(
    storing(
        _emails(
            lambda found: (
                list({json.dumps(one.get("type")): one for one in found}.values())
                if all(isinstance(one, dict) for one in found)
                else found
            )
        )
    )
)
defect("keeps-the-first-value", "resources", "Of several values the first is kept.")(
    storing(_emails(lambda found: found[:1]))
)
defect("null-is-refused", "resources", "An attribute that is null is refused.")(
    failing(lambda asked: b"null" in asked.body, method="POST", status=400)
)
defect("null-is-text", "resources", 'null is stored as the text "null".')(
    storing(lambda one: {k: "null" if v is None and k == "title" else v for k, v in one.items()})
)
defect("empty-lists-are-refused", "resources", "A list that is empty is refused.")(
    failing(lambda asked: b"[]" in asked.body, method="POST", status=400)
)
