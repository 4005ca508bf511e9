"""Values that are not what was given, one value where a list belongs (RFC 7643 §2.3, §2.4)."""

import re
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bodies import each_text, storing
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect
from scim_server.testing.defects.patching import (
    bending,
    dropping,
    is_op,
    operations_of,
    path_of,
    without_path,
)


def each_value(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Change every value that is no text, no list and no object."""

    def bent(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bent(one) for name, one in value.items()}
        if isinstance(value, list):
            return [bent(one) for one in value]
        return value if isinstance(value, str) else change(value)

    return bent


def beside(method: str, take: Callable[[Document], Document]) -> Breakage:
    """Store a part of what is sent as it came, and show it from then on.

    :param take: tells which members of a body are kept so; an empty object for none.
    """
    kept: dict[str, Document] = {}

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method in method.split() else None
        taken = take(body) if isinstance(body, dict) and "Operations" not in body else {}
        if taken:
            asked.json = {name: one for name, one in (body or {}).items() if name not in taken}
        told = server(asked)
        key = str(told.document.get("id", ""))
        if taken and told.ok:
            kept[key] = taken
        if key in kept and told.ok:
            told.json = told.document | kept[key]
        return told

    return breakage


for name, what, change in (
    (
        "decimals-are-rounded",
        "A decimal keeps one digit after the point.",
        each_value(lambda value: round(value, 1) if isinstance(value, float) else value),
    ),
    (
        "integers-take-fractions",
        "A fraction is cut from what should be an integer.",
        lambda one: (
            one | {"assetNumber": int(one["assetNumber"])}
            if isinstance(one.get("assetNumber"), float)
            else one
        ),
    ),
    (
        "zero-is-nothing",
        "What is 0 or false is taken for nothing.",
        lambda one: {k: v for k, v in one.items() if v is not False and v != 0},
    ),
    (
        "dates-lose-their-offset",
        "The offset of a date is replaced by a Z.",
        each_text(lambda text: re.sub(r"(T\d\d:\d\d:\d\d)[+-]\d\d:\d\d$", r"\1Z", text)),
    ),
    (
        "references-in-lower-case",
        "A URL is stored in lower case.",
        each_text(lambda text: text.lower() if text.startswith("https://") else text),
    ),
    (
        "binaries-lose-their-signs",
        "A plus in a binary value is read as a blank.",
        each_text(lambda text: text.replace("+/", "A/")),
    ),
    (
        "texts-lose-their-lines",
        "The lines of a text are joined.",
        each_text(lambda text: text.replace("\n", " ")),
    ),
):
    defect(name, "resources", what)(storing(change))


def _odd_dates(body: Document) -> Document:
    sent = str(body.get("purchased", ""))
    is_odd = "T" not in sent or "-13-" in sent
    return {"purchased": sent} if "purchased" in body and is_odd else {}


defect("dates-without-times-are-stored", "resources", "Any text is stored as a date.")(
    beside("PUT", _odd_dates)
)


def _one_email(body: Document) -> Document:
    return {"emails": body["emails"]} if isinstance(body.get("emails"), dict) else {}


defect("stores-one-for-a-list", "resources", "A creation stores an object in place of a list.")(
    beside("POST", _one_email)
)
defect("put-stores-one-for-a-list", "put", "A replacement stores an object in place of a list.")(
    beside("PUT", _one_email)
)


def _adds_one(one: Document) -> bool:
    value = one.get("value")
    by_path = path_of(one) == "emails" and isinstance(value, dict)
    return is_op("add", one) and (by_path or (without_path(one) and bool(_one_email(one["value"]))))


_one_stored: dict[str, Any] = {}


@defect("patch-stores-one-for-a-list", "patch", "An object that is added replaces the list.")
def patch_stores_one(asked: Asked, server: Server) -> Told:
    """Keep it as it came."""
    odd = [one for one in operations_of(asked) if isinstance(one, dict) and _adds_one(one)]
    told = dropping(_adds_one)(asked, server)
    if asked.method == "PATCH" and odd and told.ok:
        value = odd[0]["value"]
        _one_stored[asked.path] = value.get("emails", value)
    if asked.path in _one_stored and "userName" in told.document:
        told.json = told.document | {"emails": _one_stored[asked.path]}
    return told


defect("patch-adds-one-by-replacing", "patch", "An object that is added replaces the values.")(
    bending(lambda one: one | {"op": "replace"} if _adds_one(one) else one)
)
defect("patch-stores-wrong-numbers", "patch", "A PATCH stores any text as a number.")(
    lambda asked, server: _wrong_numbers(asked, server)
)
_texts: dict[str, Any] = {}


def _wrong_numbers(asked: Asked, server: Server) -> Told:
    def is_odd(one: Document) -> bool:
        return path_of(one) == "assetNumber" and isinstance(one.get("value"), str)

    odd = [one for one in operations_of(asked) if isinstance(one, dict) and is_odd(one)]
    told = dropping(is_odd)(asked, server)
    if asked.method == "PATCH" and odd:
        _texts[asked.path] = odd[-1]["value"]
    if asked.path in _texts and told.ok and "id" in told.document:
        told.json = told.document | {"assetNumber": _texts[asked.path]}
    return told
