"""Versions that do not change with everything, and tags compared carelessly (RFC 7644 §3.14)."""

from collections.abc import Callable

from scim_server.testing.defects.bending import is_listing
from scim_server.testing.defects.mechanism import Asked, Breakage, Server, Told, defect

_ODD = ("x", '"', "W/", ",", "**", "7")


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"etag-{name}", "etag", what)(breakage)


def _matching(test: Callable[[str, str], object]) -> Breakage:
    """Take what passes a test, which sees what was sent and the current tag, for the right one."""

    def breakage(asked: Asked, server: Server) -> Told:
        given = asked.header("If-Match")
        if given and given != "*":
            tag = server(asked.other("GET", asked.path)).headers.get("ETag")
            if tag and test(_inside(given), _inside(tag)):
                asked.set_header("If-Match", tag)
        return server(asked)

    return breakage


def _inside(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')


_define(
    "match-by-beginning",
    "A tag that begins as the right one matches.",
    _matching(lambda given, tag: given.startswith(tag[:3])),
)
_define(
    "match-within",
    "A tag that contains the right one matches.",
    _matching(lambda given, tag: tag in given),
)
_define(
    "match-in-any-case",
    "The case of a tag's letters does not count.",
    _matching(lambda given, tag: given.lower() == tag.lower() or given == tag[:-1]),
)
_define(
    "match-star-refused-on-delete",
    "A DELETE with If-Match: * is refused.",
    lambda a, s: Told.error(412) if a.method == "DELETE" and a.header("If-Match") == "*" else s(a),
)
_define(
    "match-refused-of-groups",
    "If-Match is always refused of groups.",
    lambda a, s: Told.error(412) if a.header("If-Match") and a.path.startswith("/Groups") else s(a),
)
_define(
    "odd-tag-is-500",
    "What is no tag is a 500.",
    lambda a, s: (
        Told.error(500)
        if a.header("If-Match") in _ODD or a.header("If-None-Match") in _ODD
        else s(a)
    ),
)
_define("version-missing-in-lists", "In lists there is no meta.version.", lambda a, s: _bare(a, s))
_define("none-of-groups", "Groups have no ETag.", lambda a, s: _without(a, s))
_define(
    "groups-always-modified",
    "If-None-Match is ignored of groups.",
    lambda a, s: _unconditional(a, s),
)
_define("new-when-refused", "A refused change gives a new version.", lambda a, s: _counting(a, s))

_kept: dict[str, str] = {}
_refusals: dict[str, int] = {}


def _unchanged(test: Callable[[str], object]) -> Breakage:
    """Let a PATCH whose path passes a test leave the version as it was."""

    def breakage(asked: Asked, server: Server) -> Told:
        document = asked.json if asked.method == "PATCH" else None
        listed = document.get("Operations") if isinstance(document, dict) else None
        if listed and test(f"{asked.path} {listed[0].get('path')}"):
            tag = server(asked.other("GET", asked.path)).headers.get("ETag")
            _kept.setdefault(asked.path, tag or "")
        told = server(asked)
        if _kept.get(asked.path) and "ETag" in told.headers:
            told.headers["ETag"] = _kept[asked.path]
        return told

    return breakage


_define(
    "extension-is-no-change",
    "A change of an extension gives no new version.",
    _unchanged(lambda change: " urn:" in change and "enterprise" in change),
)
_define(
    "lists-are-no-change",
    "A change of several values gives no new version.",
    _unchanged(lambda change: " emails" in change),
)
_define(
    "parts-are-no-change",
    "A change of a part gives no new version.",
    _unchanged(lambda change: " name." in change),
)
_define(
    "groups-keep-theirs",
    "A group that is renamed keeps its version.",
    _unchanged(lambda change: change.startswith("/Groups") and change.endswith("displayName")),
)


def _bare(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if is_listing(told):
        document = told.document
        for one in document["Resources"]:
            one.get("meta", {}).pop("version", None)
        told.json = document
    return told


def _without(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.path.startswith("/Groups"):
        told.headers.pop("ETag", None)
    return told


def _unconditional(asked: Asked, server: Server) -> Told:
    if asked.path.startswith("/Groups"):
        asked.set_header("If-None-Match", None)
    return server(asked)


def _counting(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.method == "PATCH" and told.status == 400:
        _refusals[asked.path] = _refusals.get(asked.path, 0) + 1
    if asked.path in _refusals and "ETag" in told.headers:
        told.headers["ETag"] = f'W/"refused-{_refusals[asked.path]}"'
    return told
