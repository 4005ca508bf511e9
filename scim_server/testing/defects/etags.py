"""Versions and preconditions gone wrong (RFC 7644 §3.14)."""

import secrets
from collections.abc import Callable

from scim_server.testing.defects.bending import is_listing
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Server,
    Told,
    asking,
    defect,
    telling,
)


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"etag-{name}", "etag", what)(breakage)


def _tag(
    change: Callable[[str], str | None], *, method: str = "", version: bool = True
) -> Breakage:
    """Show another ETag, in the header and in meta.version."""

    def edit(asked: Asked, told: Told) -> None:
        given = told.headers.get("ETag")
        if given is None:
            return
        changed = change(given)
        told.headers.pop("ETag", None)
        if changed is not None:
            told.headers["ETag"] = changed
        if version and changed is not None and isinstance(told.document.get("meta"), dict):
            told.json = told.document | {"meta": told.document["meta"] | {"version": changed}}

    return telling(edit, method=method)


def _version(change: Callable[[str], str]) -> Callable[[Asked, Told], None]:
    def edit(asked: Asked, told: Told) -> None:
        meta = told.document.get("meta")
        if isinstance(meta, dict) and "version" in meta:
            told.json = told.document | {"meta": meta | {"version": change(meta["version"])}}

    return edit


def _without(header: str, method: str, path: str = "/") -> Breakage:
    return asking(lambda asked: asked.set_header(header, None), method=method, path=path)


def _reading(header: str, change: Callable[[str], str | None]) -> Breakage:
    def edit(asked: Asked) -> None:
        given = asked.header(header)
        if given is not None:
            asked.set_header(header, change(given))

    return asking(edit)


def _refused(instead: Callable[[Asked, Server], Told]) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        return instead(asked, server) if told.status == 412 else told

    return breakage


def _done_all_the_same(asked: Asked, server: Server) -> Told:
    asked.set_header("If-Match", None)
    server(asked)
    return Told.error(412)


_define("without-header", "No answer has an ETag.", _tag(lambda _: None))
_define("without-header-on-create", "A creation has no ETag.", _tag(lambda _: None, method="POST"))
for _verb in ("PUT", "PATCH"):
    _define(
        f"without-header-on-{_verb.lower()}",
        f"A {_verb} is answered without an ETag.",
        _tag(lambda _: None, method=_verb),
    )
_define("without-quotes", "The ETag has no quotes.", _tag(lambda tag: tag.replace('"', "")))
_define("constant", "Every version is the same.", _tag(lambda _: 'W/"1"'))
_define(
    "new-at-each-reading",
    "Every reading has another version.",
    _tag(lambda _: f'W/"{secrets.token_hex(4)}"', method="GET"),
)
_define(
    "version-differs",
    "meta.version is another one than the ETag.",
    telling(_version(lambda tag: tag.removeprefix("W/"))),
)
_define(
    "version-differs-on-put",
    "After a PUT meta.version is the one before.",
    telling(_version(lambda _: 'W/"0"'), method="PUT"),
)
_define(
    "other-on-create",
    "A creation answers with another ETag than reading gives.",
    _tag(lambda _: 'W/"0"', method="POST"),
)
_define(
    "version-missing", "There is no meta.version.", telling(lambda asked, told: _no_version(told))
)
_define(
    "version-differs-in-lists",
    "In lists meta.version is another one.",
    lambda a, s: _in_lists(a, s),
)
_define("not-by-put", "A PUT gives no new version.", lambda a, s: _kept(a, s, "PUT"))
_define("not-by-patch", "A PATCH gives no new version.", lambda a, s: _kept(a, s, "PATCH"))
_define("none-match-ignored", "If-None-Match is ignored.", _without("If-None-Match", "GET"))
_define(
    "none-match-star-ignored",
    "If-None-Match: * is ignored.",
    _reading("If-None-Match", lambda given: None if given == "*" else given),
)
_define(
    "none-match-first-only",
    "Of several tags only the first is read.",
    _reading("If-None-Match", lambda given: given.split(",")[0]),
)
_define(
    "none-match-last-only",
    "Of several tags only the last is read.",
    _reading("If-None-Match", lambda given: given.split(",")[-1].strip()),
)
_define(
    "none-match-strong",
    "If-None-Match is compared strongly.",
    _reading("If-None-Match", lambda given: given if "W/" in given or given == "*" else '"-"'),
)
_define(
    "none-match-always",
    "If-None-Match is 304 whatever it says.",
    _reading("If-None-Match", lambda _: "*"),
)
_define(
    "304-without-tag",
    "A 304 has no ETag.",
    telling(lambda asked, told: told.headers.pop("ETag", None) and None, status=304),
)
_define(
    "304-is-412",
    "If-None-Match is answered 412.",
    telling(lambda asked, told: setattr(told, "status", 412), status=304),
)
for _verb in ("PUT", "PATCH", "DELETE"):
    _define(
        f"match-ignored-on-{_verb.lower()}",
        f"If-Match of a {_verb} is ignored.",
        _without("If-Match", _verb),
    )
_define(
    "match-ignored-of-groups",
    "If-Match is ignored of groups.",
    _without("If-Match", "PUT PATCH DELETE", "/Groups"),
)
_define(
    "match-star-refused",
    "If-Match: * is refused.",
    _reading("If-Match", lambda given: '"-"' if given == "*" else given),
)
_define(
    "match-first-only",
    "Of several tags of If-Match only the first is read.",
    _reading("If-Match", lambda given: given.split(",")[0]),
)
_define(
    "match-last-only",
    "Of several tags of If-Match only the last is read.",
    _reading("If-Match", lambda given: given.split(",")[-1].strip()),
)
_define(
    "match-always-refused", "If-Match is always refused.", _reading("If-Match", lambda _: '"-"')
)
_define("stale-is-done", "A stale request is answered 412, and done.", _refused(_done_all_the_same))
_define("stale-is-409", "A stale request is answered 409.", _refused(lambda a, s: Told.error(409)))
_define(
    "stale-is-400",
    "A stale request is answered 400.",
    _refused(lambda a, s: Told.error(400, "invalidVers")),
)
_define(
    "stale-is-plain-json",
    "A 412 is application/json.",
    telling(lambda a, t: t.headers.set("Content-Type", "application/json"), status=412),
)
_define("stale-has-no-body", "A 412 has no body.", _refused(lambda a, s: Told.of(412)))
_define(
    "members-are-no-change",
    "A group whose members change keeps its version.",
    lambda a, s: _group(a, s),
)
_define(
    "missing-is-made",
    "A PUT with If-Match of what is not there is a success.",
    lambda a, s: _made(a, s),
)


def _no_version(told: Told) -> None:
    meta = told.document.get("meta")
    if isinstance(meta, dict):
        kept = {key: value for key, value in meta.items() if key != "version"}
        told.json = told.document | {"meta": kept}


def _in_lists(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if is_listing(told):
        document = told.document
        for one in document["Resources"]:
            one["meta"] = one.get("meta", {}) | {"version": 'W/"0"'}
        told.json = document
    return told


_first: dict[str, str] = {}


def _kept(asked: Asked, server: Server, method: str) -> Told:
    """Show the version before the change for ever after it."""
    before = asked.other("GET", asked.path)
    if asked.method == method and "ETag" in server(before).headers:
        _first.setdefault(asked.path, server(before).headers["ETag"])
    told = server(asked)
    if asked.path in _first and "ETag" in told.headers and asked.method in ("GET", method):
        told.headers["ETag"] = _first[asked.path]
    return told


def _group(asked: Asked, server: Server) -> Told:
    return _kept(asked, server, "PATCH") if asked.path.startswith("/Groups") else server(asked)


def _made(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.method == "PUT" and asked.header("If-Match") and told.status == 404:
        return Told.of(200, asked.json)
    return told
