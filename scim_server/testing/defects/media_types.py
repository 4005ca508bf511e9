"""Media types and encodings gone wrong (RFC 7644 §3.8)."""

from collections.abc import Callable

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
    defect(f"media-{name}", "media-type", what)(breakage)


def _sending(kind: str, *, method: str = "", path: str = "/", status: int = 0) -> Breakage:
    def edit(asked: Asked, told: Told) -> None:
        if told.body and told.ok:
            told.headers["Content-Type"] = kind

    return telling(edit, method=method, path=path, status=status)


def _if(test: Callable[[Asked], object], answer: Callable[[], Told]) -> Breakage:
    return lambda asked, server: answer() if test(asked) else server(asked)


def _sent(asked: Asked) -> str:
    return (asked.header("Content-Type") or "") if asked.body else ""


def _accepted(asked: Asked) -> str:
    return asked.header("Accept") or ""


def _refuse(status: int) -> Callable[[], Told]:
    return lambda: Told.error(status)


def _when(method: str, test: Callable[[Asked], object]) -> Callable[[Asked], object]:
    return lambda asked: asked.method == method and test(asked)


def _at(end: str, test: Callable[[Asked], object]) -> Callable[[Asked], object]:
    return lambda asked: asked.path.endswith(end) and test(asked)


_JSON = "application/json"
_SCIM = "application/scim+json"
_define("plain-json", "Every answer is application/json.", _sending(_JSON))
_define(
    "plain-json-on-create",
    "The answer to a creation is application/json.",
    _sending(_JSON, method="POST", path="/Users"),
)
_define(
    "plain-json-on-put", "The answer to a PUT is application/json.", _sending(_JSON, method="PUT")
)
_define(
    "plain-json-on-patch",
    "The answer to a PATCH is application/json.",
    _sending(_JSON, method="PATCH"),
)
_define("plain-json-of-discovery", "Discovery is application/json.", _sending(_JSON, path="/S"))
for _place, _path in (("lists", "/Users"), ("groups", "/Groups"), ("searches", "/Users/.search")):
    _define(
        f"plain-json-of-{_place}",
        f"{_place.capitalize()} are application/json.",
        _sending(_JSON, path=_path),
    )
_define("misspelled", "Answers are application/json+scim.", _sending("application/json+scim"))
_define("names-latin-1", "Answers name Latin 1.", _sending(f"{_SCIM}; charset=iso-8859-1"))
_define("text", "Answers are text/plain.", _sending("text/plain"))
_define(
    "without-accept-plain-json",
    "Without Accept an answer is application/json.",
    lambda a, s: _default(a, s),
)
_define(
    "without-accept-406",
    "Without Accept a request is refused.",
    _if(lambda a: not _accepted(a), _refuse(406)),
)
_define(
    "accept-json-406",
    "Who accepts application/json is refused.",
    _if(lambda a: _accepted(a) == _JSON, _refuse(406)),
)
_define(
    "accept-list-406",
    "An Accept of several types is refused.",
    _if(lambda a: "," in _accepted(a), _refuse(406)),
)
_define(
    "accept-is-case-sensitive",
    "An Accept in other letters is refused.",
    _if(lambda a: "SCIM" in _accepted(a), _refuse(406)),
)
_define(
    "accept-parameter-406",
    "An Accept with a charset is refused.",
    _if(lambda a: "charset" in _accepted(a), _refuse(406)),
)
_define(
    "accept-any-406",
    "An Accept of */* is refused.",
    _if(lambda a: _accepted(a) == "*/*", _refuse(406)),
)
_define(
    "accept-html-500",
    "An Accept of HTML is a 500.",
    _if(lambda a: _accepted(a) == "text/html", _refuse(500)),
)
_define(
    "accept-xml-500",
    "An Accept of XML is a 500.",
    _if(lambda a: "xml" in _accepted(a), _refuse(500)),
)
_define(
    "accept-html-gives-html",
    "Who accepts HTML gets a web page.",
    _if(
        lambda a: _accepted(a) == "text/html",
        lambda: Told(200, Told.of(200, **{"Content-Type": "text/html"}).headers, b"<html></html>"),
    ),
)
_define(
    "charset-415",
    "A Content-Type with a charset is refused.",
    _if(lambda a: "charset" in _sent(a).lower() and "scim" in _sent(a), _refuse(415)),
)
_define(
    "type-is-case-sensitive",
    "A Content-Type in other letters is refused.",
    _if(lambda a: "SCIM" in _sent(a), _refuse(415)),
)
_define(
    "json-415",
    "A body of application/json is refused.",
    _if(lambda a: _sent(a).startswith(_JSON), _refuse(415)),
)
for _verb in ("PUT", "PATCH"):
    _define(
        f"json-{_verb.lower()}-415",
        f"A {_verb} of application/json is refused.",
        _if(_when(_verb, lambda a: _sent(a).startswith(_JSON)), _refuse(415)),
    )
    _define(
        f"charset-of-{_verb.lower()}-415",
        f"A {_verb} with a charset is refused.",
        _if(_when(_verb, lambda a: "charset" in _sent(a)), _refuse(415)),
    )
for _place, _end in (("search", "/.search"), ("bulk", "/Bulk")):
    _define(
        f"json-of-{_place}-415",
        f"A {_place} of application/json is refused.",
        _if(_at(_end, lambda a: _sent(a).startswith(_JSON)), _refuse(415)),
    )
for _verb in ("GET", "DELETE"):
    _define(
        f"type-of-{_verb.lower()}-415",
        f"A {_verb} with a Content-Type is refused.",
        _if(_when(_verb, lambda a: a.header("Content-Type")), _refuse(415)),
    )
_define(
    "accept-range-406",
    "An Accept of application/* is refused.",
    _if(lambda a: "application/*" in _accepted(a), _refuse(406)),
)
_define(
    "byte-order-mark",
    "Answers begin with a byte order mark.",
    telling(lambda asked, told: setattr(told, "body", told.body and b"\xef\xbb\xbf" + told.body)),
)
_define(
    "json-read-as-latin-1",
    "Bodies of application/json are read as Latin 1.",
    lambda a, s: _misread(a, s) if _sent(a) == _JSON else s(a),
)
_define(
    "json-500",
    "A body of application/json is a 500.",
    _if(lambda a: _sent(a).startswith(_JSON), _refuse(500)),
)
_define(
    "any-request-type",
    "A body of any type is taken.",
    asking(lambda asked: asked.set_header("Content-Type", "application/scim+json")),
)
_define(
    "other-type-500",
    "A body of another type is a 500.",
    _if(lambda a: _sent(a).startswith("text/"), _refuse(500)),
)
_define(
    "beyond-ascii-lost",
    "Letters beyond ASCII are stored as ?.",
    lambda a, s: _stored(a, s, lambda text: text.encode("ascii", "replace").decode()),
)
_define(
    "beyond-the-first-plane-lost",
    "Letters beyond the first plane are lost.",
    lambda a, s: _stored(a, s, lambda text: "".join(c for c in text if ord(c) < 0x10000)),
)
_define(
    "latin-1-answers",
    "Answers are in Latin 1.",
    telling(
        lambda asked, told: setattr(told, "body", told.body.decode().encode("latin-1", "replace"))
    ),
)
_define("read-as-latin-1", "Bodies are read as Latin 1.", lambda a, s: _misread(a, s))


def _default(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if not _accepted(asked) and told.body:
        told.headers["Content-Type"] = _JSON
    return told


def _stored(asked: Asked, server: Server, change: Callable[[str], str]) -> Told:
    if asked.method in ("POST", "PUT", "PATCH") and isinstance(asked.json, dict):
        name = asked.json.get("displayName")
        if isinstance(name, str):
            asked.json = asked.json | {"displayName": change(name)}
    return server(asked)


def _misread(asked: Asked, server: Server) -> Told:
    if asked.body and not asked.body.isascii():
        asked.body = asked.body.decode("latin-1").encode()
    return server(asked)
