"""What nothing but an identity provider's form of request trips."""

import json
import re
from collections.abc import Callable, Iterator

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    asking,
    defect,
    showing,
    telling,
)


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"provider-{name}", "identity provider", what)(breakage)


def _refusing(test: Callable[[Asked], object], *, status: int = 400) -> Breakage:
    return lambda asked, server: Told.error(status) if test(asked) else server(asked)


def _operations(asked: Asked) -> list[Document]:
    document = asked.json if asked.method == "PATCH" else None
    listed = document.get("Operations") if isinstance(document, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _operation(test: Callable[[Document], object]) -> Callable[[Asked], object]:
    return lambda asked: any(test(one) for one in _operations(asked))


def _bending(change: Callable[[Document], object]) -> Breakage:
    """Carry out other operations; those that `change` answers with False are left out."""

    def edit(asked: Asked) -> None:
        if listed := _operations(asked):
            kept = [one for one in listed if change(one) is not False]
            asked.json = asked.json | {"Operations": kept}

    return asking(edit)


def _is_member_list(one: Document, op: str) -> bool:
    return str(one.get("op")).lower() == op and one.get("path") == "members" and "value" in one


def _sent(asked: Asked) -> Document:
    document = asked.json if asked.method in ("POST", "PUT") else None
    return document if isinstance(document, dict) else {}


def _is_manager(one: Document, kind: type) -> bool:
    return str(one.get("path")).endswith(":manager") and isinstance(one.get("value"), kind)


def _keys(one: Document) -> Iterator[str]:
    value = one.get("value")
    yield from value if "path" not in one and isinstance(value, dict) else ()


def _without_keys(one: Document, test: Callable[[str], object]) -> None:
    lost = [key for key in _keys(one) if test(key) and not isinstance(one["value"][key], dict)]
    for key in lost:
        del one["value"][key]


_define(
    "capitals-refused",
    "Capitalised operations are refused.",
    _refusing(_operation(lambda one: str(one.get("op"))[:1].isupper())),
)
_define(
    "text-is-true",
    'Any text is true, "False" too.',
    _bending(
        lambda one: (
            one.update(value=bool(one["value"]))
            if one.get("path") == "active" and isinstance(one.get("value"), str)
            else None
        )
    ),
)
_define(
    "dotted-keys-lost",
    "Dotted keys of a value without a path are ignored.",
    _bending(lambda one: _without_keys(one, lambda key: "." in key and "urn:" not in key)),
)
_define(
    "qualified-keys-lost",
    "Keys that begin with a URN are ignored.",
    _bending(lambda one: _without_keys(one, lambda key: key.startswith("urn:"))),
)
_define(
    "manager-text-refused",
    "A manager as text is refused.",
    _refusing(_operation(lambda one: _is_manager(one, str))),
)
_define(
    "manager-object-refused",
    "A manager as an object is refused.",
    _refusing(
        _operation(lambda one: _is_manager(one, dict) and bool(one["value"].get("value"))),
    ),
)
_define(
    "manager-at-the-top",
    "The manager is shown outside of the extension.",
    showing(lambda one: _lift_manager(one), type="User"),
)
_define(
    "first-of-list-removed",
    "Of members that are removed by a list only the first goes.",
    _bending(
        lambda one: (
            one.update(value=one["value"][:1])
            if _is_member_list(one, "remove") and isinstance(one["value"], list)
            else None
        )
    ),
)
_define(
    "emptying-ignored",
    "Members that are replaced by an empty list stay.",
    _bending(lambda one: not (_is_member_list(one, "replace") and one["value"] == [])),
)
_define(
    "members-shown-with-filter",
    "A list of groups shows members, though they are excluded.",
    asking(lambda asked: _include(asked), method="GET", path="/Groups"),
)
_define(
    "microsoft-schema-refused",
    "A group with a schema of Microsoft is refused.",
    _refusing(lambda asked: b"schemas.microsoft.com" in asked.body),
)
_define(
    "meta-refused",
    "A creation that holds `meta` is refused.",
    _refusing(lambda asked: asked.method == "POST" and "meta" in _sent(asked)),
)
_define(
    "nulls-refused",
    "A creation with members that are null is refused.",
    _refusing(lambda asked: asked.method == "POST" and None in _sent(asked).values()),
)
_define(
    "text-as-primary-refused",
    "A primary that is text is refused.",
    _refusing(lambda asked: re.search(rb'"primary": ?"', asked.body)),
)
_define(
    "undeclared-extension-lost",
    "Values of an extension whose URN is not in schemas are dropped.",
    lambda a, s: _undeclared(a, s),
)
_define(
    "groups-in-put-refused",
    "A PUT that holds the user's groups is refused.",
    _refusing(lambda asked: asked.method == "PUT" and bool(_sent(asked).get("groups"))),
)
_define(
    "id-in-value-refused",
    "A value without a path that holds the id is refused.",
    _refusing(_operation(lambda one: "id" in _keys(one))),
)
_define(
    "name-of-disabled-free",
    "The name of a disabled user can be given again.",
    lambda a, s: _second(a, s),
)
_define(
    "unquoted-finds-everybody",
    "A filter whose value has no quotes finds everybody.",
    lambda a, s: _everybody(a, s),
)
_define(
    "dangling-refused",
    "A query string that ends in & is refused.",
    _refusing(lambda asked: asked.environ.get("QUERY_STRING", "").endswith("&")),
)
_define(
    "accept-charset-refused",
    "A request with Accept-Charset is refused.",
    _refusing(lambda asked: asked.header("Accept-Charset"), status=406),
)
_define(
    "paging-is-text",
    "itemsPerPage is text.",
    telling(lambda asked, told: _as_text(told)),
)
_define(
    "addresses-in-small-letters",
    "Mail addresses are shown in small letters.",
    showing(lambda one: _small(one), type="User"),
)
_define(
    "null-refused",
    "A value cannot be replaced by null.",
    _refusing(_operation(lambda one: "value" in one and one["value"] is None)),
)
_define(
    "old-schemas-are-500",
    "Schemas of SCIM 1 are a 500.",
    _refusing(lambda asked: b'"urn:scim:schemas' in asked.body, status=500),
)


def _lift_manager(one: Document) -> None:
    extension = one.get(ENTERPRISE_USER) or {}
    if "manager" in extension:
        one["manager"] = extension.pop("manager")


def _include(asked: Asked) -> None:
    query = asked.query
    if "filter" in query:
        asked.query = {key: value for key, value in query.items() if key != "excludedAttributes"}


def _undeclared(asked: Asked, server: Server) -> Told:
    body = _sent(asked)
    if ENTERPRISE_USER in body and ENTERPRISE_USER not in body.get("schemas", []):
        asked.json = {key: value for key, value in body.items() if key != ENTERPRISE_USER}
    return server(asked)


def _second(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if told.status != 409 or not (name := _sent(asked).get("userName")):
        return told
    found = asked.other("GET", "/Users")
    found.query = {"filter": f"userName eq {json.dumps(name)}"}
    disabled = any(one.get("active") is False for one in server(found).document["Resources"])
    asked.json = _sent(asked) | {"userName": f"{name}-2"}
    return server(asked) if disabled else told


def _everybody(asked: Asked, server: Server) -> Told:
    query = asked.query
    if re.search(r' eq [^"\s]', query.get("filter", "")):
        asked.query = {key: value for key, value in query.items() if key != "filter"}
    return server(asked)


def _as_text(told: Told) -> None:
    if told.ok and "itemsPerPage" in told.document:
        told.json = told.document | {"itemsPerPage": str(told.document["itemsPerPage"])}


def _small(one: Document) -> None:
    for email in one.get("emails") or []:
        if isinstance(email.get("value"), str):
            email["value"] = email["value"].lower()
