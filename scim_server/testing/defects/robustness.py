"""Servers that fail where a client is at fault (RFC 7644 §3.12, table 8)."""

import re
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import is_query, parameter
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"robust-{name}", "robustness", what)(breakage)


def _failing(test: Callable[[Asked], object]) -> Breakage:
    """Answer some requests with a 500."""
    return lambda asked, server: Told.error(500) if test(asked) else server(asked)


def _when_refused(test: Callable[[Asked], object], answer: Callable[[], Told]) -> Breakage:
    """Answer what is refused otherwise."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        return answer() if told.status == 400 and test(asked) else told

    return breakage


def _of(method: str) -> Callable[[Asked], object]:
    return lambda asked: asked.method == method and asked.path.startswith(("/Users", "/Groups"))


def _sent(asked: Asked) -> Document:
    return asked.json if isinstance(asked.json, dict) else {}


def _first(asked: Asked) -> Any:
    listed = _sent(asked).get("Operations")
    return listed[0] if isinstance(listed, list) and listed else None


def _500() -> Told:
    return Told.error(500)


def _without_json(method: str) -> Callable[[Asked], object]:
    return lambda asked: asked.method == method and asked.json is None


def _is_patch_without(name: str) -> Callable[[Asked], object]:
    return lambda asked: (
        asked.method == "PATCH" and isinstance(_first(asked), dict) and name not in _first(asked)
    )


for _verb in ("POST", "PUT", "PATCH"):
    _define(
        f"malformed-{_verb.lower()}-is-500",
        f"A malformed {_verb} is a 500.",
        _when_refused(_of(_verb), _500),
    )
    _define(
        f"no-json-in-{_verb.lower()}-is-500",
        f"A {_verb} whose body is no JSON is a 500.",
        _when_refused(_without_json(_verb), _500),
    )
_define(
    "no-json-is-ignored",
    "A PUT whose body is no JSON is a success.",
    _when_refused(lambda a: a.method == "PUT" and a.json is None, lambda: Told.of(200, {})),
)
_define(
    "patch-of-nothing-succeeds",
    "A PATCH without Operations is a success.",
    _when_refused(
        lambda a: a.method == "PATCH" and "Operations" not in _sent(a), lambda: Told.of(204)
    ),
)
_define(
    "operations-object-succeeds",
    "Operations that are no list are a success.",
    _when_refused(
        lambda a: a.method == "PATCH" and isinstance(_sent(a).get("Operations"), dict | str),
        lambda: Told.of(204),
    ),
)
_define(
    "operations-null-is-500",
    "Operations that are null are a 500.",
    _failing(
        lambda a: (
            a.method == "PATCH" and "Operations" in _sent(a) and _sent(a)["Operations"] is None
        )
    ),
)
_define(
    "operation-null-is-500",
    "An operation that is null is a 500.",
    _failing(lambda a: a.method == "PATCH" and _sent(a).get("Operations") in ([None], ["replace"])),
)
_define(
    "without-op-succeeds",
    "An operation without op is a success.",
    _when_refused(_is_patch_without("op"), lambda: Told.of(204)),
)
_define(
    "unknown-op-succeeds",
    "An unknown op is a success.",
    _when_refused(
        lambda a: isinstance(_first(a), dict) and _first(a).get("op") == "move",
        lambda: Told.of(204),
    ),
)
_define(
    "op-number-is-500",
    "An op that is a number is a 500.",
    _failing(lambda a: isinstance(_first(a), dict) and isinstance(_first(a).get("op", ""), int)),
)
_define(
    "path-number-is-500",
    "A path that is a number is a 500.",
    _failing(
        lambda a: isinstance(_first(a), dict) and isinstance(_first(a).get("path", ""), int | list)
    ),
)
_define(
    "value-without-path-is-500",
    "A value that is no object, without a path, is a 500.",
    _failing(
        lambda a: _is_patch_without("path")(a) and isinstance(_first(a).get("value"), str | list)
    ),
)
_define(
    "empty-body-is-500",
    "An empty body is a 500.",
    _failing(
        lambda a: a.method in ("POST", "PUT") and not a.body.strip() and a.path.startswith("/Users")
    ),
)
_define(
    "empty-object-succeeds",
    "An empty object is a user.",
    _when_refused(lambda a: a.method == "POST" and a.json == {}, lambda: Told.of(201, {"id": "x"})),
)
_define(
    "array-is-500",
    "A body that is an array is a 500.",
    _failing(lambda a: isinstance(a.json, list) and a.path.startswith("/Users")),
)
_define(
    "null-is-500", "A body that is null is a 500.", _failing(lambda a: a.body.strip() == b"null")
)
_define(
    "user-name-object-is-500",
    "A userName that is an object is a 500.",
    _failing(lambda a: isinstance(_sent(a).get("userName"), dict | list)),
)
_define(
    "user-name-null-succeeds",
    "A userName that is null is taken.",
    _when_refused(
        lambda a: a.method == "POST" and "userName" in _sent(a) and _sent(a)["userName"] is None,
        lambda: Told.of(201, {"id": "x"}),
    ),
)
_define(
    "user-name-list-succeeds",
    "A userName that is a list is taken.",
    _when_refused(
        lambda a: isinstance(_sent(a).get("userName"), list), lambda: Told.of(201, {"id": "x"})
    ),
)
_define(
    "emails-text-is-500",
    "E-mails that are text are a 500.",
    _failing(lambda a: isinstance(_sent(a).get("emails"), str)),
)
_define(
    "emails-null-is-500",
    "An e-mail that is null is a 500.",
    _failing(lambda a: _sent(a).get("emails") == [None]),
)
_define(
    "name-text-is-500",
    "A name that is text is a 500.",
    _failing(lambda a: isinstance(_sent(a).get("name"), str)),
)
_define(
    "active-object-is-500",
    "`active` that is an object is a 500.",
    _failing(lambda a: isinstance(_sent(a).get("active"), dict)),
)
_define(
    "display-name-number-is-500",
    "A displayName that is a number is a 500.",
    _failing(lambda a: isinstance(_sent(a).get("displayName"), int)),
)
_define(
    "schemas-text-is-500",
    "`schemas` that is text is a 500.",
    _failing(lambda a: isinstance(_sent(a).get("schemas"), str)),
)
_define(
    "schemas-empty-is-500",
    "`schemas` that is empty is a 500.",
    _failing(lambda a: _sent(a).get("schemas") == []),
)
_define(
    "members-text-is-500",
    "Members that are text are a 500.",
    _failing(lambda a: isinstance(_sent(a).get("members"), str)),
)
_define(
    "members-without-value-is-500",
    "A member without value is a 500.",
    _failing(lambda a: _sent(a).get("members") == [{}]),
)
_define(
    "added-member-null-is-500",
    "A member that is null is a 500 in a PATCH.",
    _failing(lambda a: isinstance(_first(a), dict) and _first(a).get("value") == [None]),
)
_define(
    "deep-is-500", "A body that is nested deep is a 500.", _failing(lambda a: b"[[[[[[[[" in a.body)
)
_define(
    "deep-objects-are-500",
    "Objects that are nested deep are a 500.",
    _failing(lambda a: b'{"a":{"a":{"a":' in a.body),
)
_define("long-is-500", "A long value is a 500.", _failing(lambda a: len(a.body) > 100_000))
_define(
    "many-values-are-500",
    "Very many values are a 500.",
    _failing(lambda a: len(_sent(a).get("emails") or []) > 500),
)
_define("nul-is-500", "NUL in a text is a 500.", _failing(lambda a: b"\\u0000" in a.body))
_define(
    "half-pairs-are-500",
    "Half of a surrogate pair is a 500.",
    _failing(lambda a: re.search(rb'"\\ud800"', a.body)),
)
_define(
    "bytes-are-500", "A body that is not UTF-8 is a 500.", _failing(lambda a: b"\xff" in a.body)
)
_define("bytes-are-taken", "A body that is not UTF-8 is taken.", lambda a, s: _mended(a, s))
_define(
    "twice-is-500",
    "A member that is there twice is a 500.",
    _failing(lambda a: a.body.lower().count(b'"username"') > 1),
)
_define("huge-number-is-500", "A huge number is a 500.", _failing(lambda a: b"1e400" in a.body))
_define("nan-is-500", "NaN is a 500.", _failing(lambda a: b"NaN" in a.body))
_define(
    "huge-start-is-500",
    "A huge startIndex is a 500.",
    _failing(lambda a: len(a.query.get("startIndex", "")) > 20),
)
_define(
    "huge-count-is-500",
    "A huge count is a 500.",
    _failing(lambda a: len(a.query.get("count", "")) > 20),
)
_define(
    "fraction-is-500",
    "A startIndex of 1.5 is a 500.",
    _failing(lambda a: a.query.get("startIndex") == "1.5"),
)
_define(
    "empty-count-is-500", "An empty count is a 500.", _failing(lambda a: a.query.get("count") == "")
)
_define(
    "unknown-sort-is-500",
    "An unknown sortBy is a 500.",
    _failing(lambda a: "noSuch" in str(parameter(a, "sortBy"))),
)
_define(
    "sort-by-complex-is-500",
    "A sortBy of a complex attribute is a 500.",
    _failing(lambda a: is_query(a) and parameter(a, "sortBy") == "name"),
)
_define(
    "odd-sort-order-is-500",
    "An odd sortOrder is a 500.",
    _failing(lambda a: is_query(a) and parameter(a, "sortOrder") == "sideways"),
)
_define(
    "order-without-sort-is-500",
    "sortOrder without sortBy is a 500.",
    _failing(lambda a: "sortOrder" in a.query and "sortBy" not in a.query),
)
_define(
    "both-projections-are-500",
    "`attributes` with `excludedAttributes` is a 500.",
    _failing(lambda a: "attributes" in a.query and "excludedAttributes" in a.query),
)
_define(
    "odd-attributes-are-500",
    "Odd `attributes` are a 500.",
    _failing(lambda a: "[" in a.query.get("attributes", "")),
)
_define(
    "unknown-parameter-is-500",
    "An unknown parameter is a 500.",
    _failing(lambda a: "noSuchParameter" in a.query),
)
_define(
    "empty-filter-is-500",
    "An empty filter is a 500.",
    _failing(lambda a: a.query.get("filter", "x").strip() == ""),
)
_define(
    "deep-filter-is-500",
    "A filter that is nested deep is a 500.",
    _failing(lambda a: "((((((" in a.query.get("filter", "")),
)
_define(
    "long-filter-is-500",
    "A long filter is a 500.",
    _failing(lambda a: len(a.query.get("filter", "")) > 5000),
)
_define(
    "odd-date-is-500",
    "A date that is none is a 500 in a filter.",
    _failing(lambda a: "9999-99" in a.query.get("filter", "")),
)
_define(
    "odd-escape-is-500",
    "An escape that is none is a 500 in a filter.",
    _failing(lambda a: '\\u"' in a.query.get("filter", "")),
)
_define(
    "nul-in-filter-is-500",
    "NUL in a filter is a 500.",
    _failing(lambda a: "\x00" in a.query.get("filter", "")),
)
_define("nul-in-id-is-500", "NUL in an id is a 500.", _failing(lambda a: "\x00" in a.path))
_define("long-id-is-500", "A long id is a 500.", _failing(lambda a: len(a.path) > 1000))
_define(
    "id-that-is-no-uuid-is-500",
    "An id of another form is a 500.",
    _failing(lambda a: a.path.endswith("/-1")),
)
_define(
    "unknown-attribute-is-500",
    "An unknown attribute is a 500.",
    _failing(lambda a: "noSuchAttribute" in _sent(a)),
)
_define(
    "unknown-schema-is-500",
    "An unknown schema is a 500.",
    _failing(
        lambda a: (
            a.method == "POST" and "urn:example:scim:schemas:none" in str(_sent(a).get("schemas"))
        )
    ),
)


def _mended(asked: Asked, server: Server) -> Told:
    asked.body = asked.body.decode("utf-8", "replace").encode() if asked.body else asked.body
    return server(asked)
