"""Servers that fail on values and messages of an odd shape (RFC 7644 §3.12)."""

import re
from collections.abc import Callable
from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bending import parameter
from scim_server.testing.defects.mechanism import Asked, Document, Server, Told, defect


def _fails(name: str, what: str, test: Callable[[Asked], object]) -> None:
    """Register a server that answers some requests with a 500."""

    def breakage(asked: Asked, server: Server) -> Told:
        return Told.error(500) if test(asked) else server(asked)

    defect(f"robust-{name}-500", "robustness", f"{what} a 500.")(breakage)


def _sent(asked: Asked) -> Document:
    return asked.json if isinstance(asked.json, dict) else {}


def _value(name: str, kind: type, *, method: str = "POST") -> Callable[[Asked], object]:
    return lambda asked: asked.method == method and type(_sent(asked).get(name)) is kind


def _operations(asked: Asked) -> list[Document]:
    listed = _sent(asked).get("Operations") if asked.method == "PATCH" else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _operation(test: Callable[[Document], object]) -> Callable[[Asked], object]:
    return lambda asked: any(test(one) for one in _operations(asked))


def _path(test: Callable[[str], object]) -> Callable[[Asked], object]:
    return _operation(lambda one: isinstance(one.get("path"), str) and test(one["path"]))


def _text_at(path: str) -> Callable[[Asked], object]:
    return _operation(lambda one: one.get("path") == path and isinstance(one.get("value"), str))


def _without_path(one: Document) -> bool:
    value = one.get("value")
    return "path" not in one and isinstance(value, dict) and isinstance(value.get("emails"), str)


def _first_email(asked: Asked) -> Any:
    listed = _sent(asked).get("emails")
    first = listed[0] if isinstance(listed, list) and listed else None
    return first.get("value") if isinstance(first, dict) else None


def _malformed(path: str) -> Callable[[Asked], object]:
    return lambda asked: (
        asked.path.endswith(path) and asked.body[:1] in (b"{", b"[") and not _sent(asked)
    )


def _search(test: Callable[[Document], object]) -> Callable[[Asked], object]:
    return lambda asked: asked.path.endswith("/.search") and test(_sent(asked))


def _filter(pattern: str) -> Callable[[Asked], object]:
    return lambda asked: re.search(pattern, str(parameter(asked, "filter") or ""))


def _below(path: str, parts: int) -> Callable[[Asked], object]:
    return lambda asked: asked.path.startswith(path) and asked.path.count("/") > parts


_fails("user-name-number-is", "A userName that is a number is", _value("userName", int))
_fails("active-text-is", "`active` that is text is", _value("active", str))
_fails("extension-text-is", "An extension that is text is", _value(ENTERPRISE_USER, str))
_fails(
    "manager-text-is",
    "A manager that is text is",
    lambda a: (
        isinstance(_sent(a).get(ENTERPRISE_USER), dict)
        and isinstance(_sent(a)[ENTERPRISE_USER].get("manager"), str)
    ),
)
_fails(
    "email-number-is", "An e-mail that is a number is", lambda a: isinstance(_first_email(a), int)
)
_fails(
    "group-name-number-is",
    "A group whose displayName is a number is",
    lambda a: a.path == "/Groups" and _value("displayName", int)(a),
)
_fails("put-of-list-as-text-is", "A PUT of e-mails as text is", _value("emails", str, method="PUT"))
_fails("put-of-object-as-text-is", "A PUT of a name as text is", _value("name", str, method="PUT"))
_fails("patch-of-list-as-text-is", "A PATCH of e-mails to text is", _text_at("emails"))
_fails("patch-of-object-as-text-is", "A PATCH of a name to text is", _text_at("name"))
_fails(
    "patch-of-whole-with-wrong-types-is",
    "A PATCH without a path, of e-mails to text, is",
    _operation(_without_path),
)
_fails(
    "patch-without-value-is",
    "An operation that lacks its value is",
    _operation(lambda one: one.get("op") in ("add", "replace") and "value" not in one),
)
_fails("empty-path-is", "An empty path is", _path(lambda path: not path.strip()))
_fails("long-path-is", "A long path is", _path(lambda path: len(path) > 1000))
_fails("open-bracket-is", "A bracket that is not closed is", _path(lambda path: path[-1:] == "["))
_fails(
    "unknown-path-is",
    "A path that no schema has is",
    _path(lambda path: path.startswith("noSuch")),
)
_fails("many-operations-are", "A thousand operations are", lambda a: len(_operations(a)) >= 1000)
_fails(
    "patch-without-schemas-is",
    "A PATCH without schemas is",
    lambda a: a.method == "PATCH" and "Operations" in _sent(a) and "schemas" not in _sent(a),
)
_fails(
    "deep-in-patch-is",
    "A value that is nested deep is, in a PATCH,",
    lambda a: a.method == "PATCH" and b"[[[[[[[[" in a.body,
)
_fails(
    "long-user-name-is",
    "A long userName is",
    lambda a: isinstance(_sent(a).get("userName"), str) and len(_sent(a)["userName"]) > 1000,
)
_fails("odd-name-is", "A member without a name is", lambda a: "" in _sent(a))
_fails("utf-16-is", "A body in UTF-16 is", lambda a: a.body[:2] in (b"\xff\xfe", b"\xfe\xff"))
_fails("malformed-group-is", "A group that is no object is", _malformed("/Groups"))
_fails("malformed-search-is", "A search that is no object is", _malformed("/.search"))
_fails(
    "odd-search-is",
    "A search whose filter is a number is",
    _search(lambda body: isinstance(body.get("filter"), int)),
)
_fails(
    "search-without-schemas-is",
    "A search without schemas is",
    _search(lambda body: body and "schemas" not in body),
)
_fails("head-is", "A HEAD is", lambda a: a.method == "HEAD")
_fails("odd-method-is", "An unknown method is", lambda a: a.method in ("FOO", "QUERY"))
_fails(
    "long-attributes-are",
    "Long `attributes` are",
    lambda a: len(a.query.get("attributes", "")) > 1000,
)
_fails(
    "parameter-twice-is",
    "A parameter that is there twice is",
    lambda a: a.environ.get("QUERY_STRING", "").count("count=") > 1,
)
_fails(
    "comparison-of-wrong-type-is",
    "A comparison of a boolean with text is, in a filter,",
    _filter(r'active eq "'),
)
_fails(
    "filter-that-ends-early-is",
    "A filter that ends early is",
    _filter(r"^userName( eq)?$"),
)
_fails("id-number-is", "An id that is a number is", lambda a: a.path.rpartition("/")[2].isdecimal())
_fails("path-below-a-user-is", "A path below a user is", _below("/Users/", 2))
_fails(
    "unknown-schema-id-is",
    "A schema that nobody has is",
    lambda a: a.path.startswith("/Schemas/") and "ietf" not in a.path,
)
