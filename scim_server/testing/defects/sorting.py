"""Lists in a wrong order (RFC 7644 §3.4.2.3)."""

import re
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import (
    everything,
    is_query,
    page_of,
    parameter,
    reading,
    set_parameter,
)
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect

Order = Callable[[Asked, list[Document]], list[Document]]


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"sort-{name}", "sort", what)(breakage)


def _ordering(order: Order) -> Breakage:
    """Put the whole of a sorted result in another order, and then cut the page out of it."""

    def breakage(asked: Asked, server: Server) -> Told:
        if not is_query(asked) or not parameter(asked, "sortBy") or _has_cursor(asked):
            return server(asked)
        return page_of(asked, order(asked, everything(asked, server)))

    return breakage


def _has_cursor(asked: Asked) -> bool:
    return parameter(asked, "cursor") is not None


def _descending(asked: Asked) -> bool:
    return str(parameter(asked, "sortOrder")).lower() == "descending"


def _value(asked: Asked, one: Document, choose: Callable[[list[Any]], Any] | None = None) -> Any:
    """Return what a resource is sorted by; `choose` picks one of several."""
    place: Any = one
    for step in str(parameter(asked, "sortBy")).split("."):
        if isinstance(place, list):
            place = (choose or _primary)(place)
        place = place.get(step) if isinstance(place, dict) else None
    return place


def _primary(values: list[Any]) -> Any:
    return next((v for v in values if v.get("primary")), values[0] if values else None)


def _by_code_point(asked: Asked, found: list[Document]) -> list[Document]:
    there = [one for one in found if isinstance(_value(asked, one), str)]
    rest = [one for one in found if one not in there]
    there.sort(key=lambda one: str(_value(asked, one)), reverse=_descending(asked))
    return rest + there if _descending(asked) else there + rest


def _split(asked: Asked, found: list[Document]) -> tuple[list[Document], list[Document]]:
    there = [one for one in found if _value(asked, one) is not None]
    return there, [one for one in found if one not in there]


def _missing_first(asked: Asked, found: list[Document]) -> list[Document]:
    there, rest = _split(asked, found)
    return rest + there


def _missing_last(asked: Asked, found: list[Document]) -> list[Document]:
    there, rest = _split(asked, found)
    return there + rest


def _by_other_value(choose: Callable[[list[Any]], Any]) -> Order:
    def order(asked: Asked, found: list[Document]) -> list[Document]:
        if not str(parameter(asked, "sortBy")).startswith("emails"):
            return found
        there, rest = _split(asked, found)
        there.sort(key=lambda one: str(_value(asked, one, choose)), reverse=_descending(asked))
        return rest + there if _descending(asked) else there + rest

    return order


_define("ignored", "sortBy is ignored.", reading("sortBy", lambda _: None))
_define(
    "reversed",
    "Ascending and descending are exchanged.",
    _ordering(lambda asked, found: found[::-1]),
)
_define("order-ignored", "sortOrder is ignored.", reading("sortOrder", lambda _: None))
_define(
    "descending-by-default",
    "Without sortOrder it is descending.",
    _ordering(lambda asked, found: found if parameter(asked, "sortOrder") else found[::-1]),
)
_define("by-code-point", "Capitals come before small letters.", _ordering(_by_code_point))
_define("missing-first", "What has no value always comes first.", _ordering(_missing_first))
_define("missing-last", "What has no value always comes last.", _ordering(_missing_last))
_define(
    "missing-left-out",
    "What has no value is not listed.",
    _ordering(lambda asked, found: _split(asked, found)[0]),
)
_define(
    "by-first-value",
    "Of several values the first counts, though another is primary.",
    _ordering(_by_other_value(lambda values: values[0])),
)
_define(
    "by-last-value",
    "Of several values the last counts.",
    _ordering(_by_other_value(lambda values: values[-1])),
)
_define(
    "by-least-value",
    "Of several values the least counts.",
    _ordering(_by_other_value(lambda values: min(values, key=lambda v: str(v["value"])))),
)
_define(
    "by-another-part",
    "name.familyName is read as name.givenName.",
    reading("sortBy", lambda name: name.replace("familyName", "givenName")),
)
_define(
    "parts-ignored",
    "Parts of complex attributes are not sorted by.",
    reading("sortBy", lambda name: None if name.startswith("name.") else name),
)
_define(
    "many-ignored",
    "Multi-valued attributes are not sorted by.",
    reading("sortBy", lambda name: None if name.startswith("emails") else name),
)
_define(
    "dates-ignored",
    "Dates are not sorted by.",
    _ordering(
        lambda asked, found: found[::-1] if str(parameter(asked, "sortBy"))[:4] == "meta" else found
    ),
)
_define(
    "names-are-case-sensitive",
    "sortBy in another case is ignored.",
    reading("sortBy", lambda name: None if name.isupper() else name),
)
_define(
    "urn-ignored",
    "sortBy with the URN of the core schema is ignored.",
    reading(
        "sortBy",
        lambda name: None if name.startswith("urn:ietf:params:scim:schemas:core") else name,
    ),
)
_define(
    "extension-ignored",
    "Attributes of extensions are not sorted by.",
    reading("sortBy", lambda name: None if ":extension:" in name else name),
)
_define(
    "groups-ignored", "Groups are not sorted.", reading("sortBy", lambda _: None, path="/Groups")
)
_define(
    "only-user-name",
    "Only userName can be sorted by.",
    reading("sortBy", lambda name: name if re.search("(?i)userName", name) else None),
)


_define(
    "is-not-there",
    "Whatever is to be sorted is refused, though sort is claimed.",
    lambda asked, server: (
        Told.error(400, "invalidValue")
        if is_query(asked) and parameter(asked, "sortBy")
        else server(asked)
    ),
)
_define(
    "by-the-unknown-is-500",
    "An unknown sortBy is a 500.",
    lambda asked, server: Told.error(500) if _is_unknown(asked) else server(asked),
)
_define(
    "by-the-unknown-finds-nobody",
    "With an unknown sortBy the list is empty.",
    lambda asked, server: page_of(asked, []) if _is_unknown(asked) else server(asked),
)
_define(
    "by-external-id-ignored",
    "externalId is not sorted by.",
    reading("sortBy", lambda name: None if name == "externalId" else name),
)
_define(
    "user-names-by-code-point",
    "Of userNames capitals come before small letters.",
    _ordering(
        lambda asked, found: (
            _by_code_point(asked, found) if parameter(asked, "sortBy") == "userName" else found
        )
    ),
)
_define(
    "folds-ascii-alone",
    "Letters beyond ASCII are sorted by case.",
    _ordering(
        lambda asked, found: (
            sorted(found, key=lambda one: _ascii_lower(_value(asked, one)))
            if parameter(asked, "sortBy") == "displayName" and not _descending(asked)
            else found
        )
    ),
)


def _is_unknown(asked: Asked) -> bool:
    return is_query(asked) and "noSuch" in str(parameter(asked, "sortBy"))


def _ascii_lower(value: Any) -> str:
    return "".join(c.lower() if c.isascii() else c for c in str(value or "~"))


@defect("sort-by-what-is-shown-alone", "sort", "What is not shown is not sorted by.")
def by_what_is_shown(asked: Asked, server: Server) -> Told:
    """Ignore sortBy where `attributes` does not name it too."""
    shown = parameter(asked, "attributes") if is_query(asked) else None
    if shown is not None and parameter(asked, "sortBy") not in shown:
        set_parameter(asked, "sortBy", None)
    return server(asked)


@defect("sort-after-paging", "sort", "Each page is sorted for itself.")
def after_paging(asked: Asked, server: Server) -> Told:
    """Take the page from the unsorted result, and sort what is on it."""
    if not is_query(asked) or not parameter(asked, "sortBy"):
        return server(asked)
    order = [one["id"] for one in everything(asked, server)]
    set_parameter(asked, "sortBy", None)
    told = server(asked)
    shown = told.document.get("Resources") or []
    told.json = told.document | {"Resources": sorted(shown, key=lambda one: order.index(one["id"]))}
    return told
