"""Errors of one sort that have another form than all the others (RFC 7644 §3.12)."""

from collections.abc import Callable

from scim_server.testing.defects.bending import parameter
from scim_server.testing.defects.mechanism import Asked, Breakage, Told, defect, telling


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"error-{name}", "error", what)(breakage)


def _other(
    test: Callable[[Asked], object], *, status: int = 0, kind: str = "", body: bytes = b""
) -> Breakage:
    """Answer what is refused in a form of one's own."""

    def edit(asked: Asked, told: Told) -> None:
        if told.status < 400 or not test(asked):
            return
        if kind:
            told.headers["Content-Type"] = kind
            told.body = body
        else:
            told.json = {"code": told.status, "message": "refused"}

    return telling(edit, status=status)


def _keyword(keyword: str, test: Callable[[Asked], object], *, status: int) -> Breakage:
    def edit(asked: Asked, told: Told) -> None:
        if test(asked):
            told.json = told.document | {"scimType": keyword}

    return telling(edit, status=status)


def _has_filter(asked: Asked) -> object:
    return parameter(asked, "filter")


def _is(method: str) -> Callable[[Asked], object]:
    return lambda asked: asked.method in method.split() and asked.path.startswith("/Users")


def _anything(asked: Asked) -> object:
    return True


_define(
    "of-filters-in-another-form",
    "A filter is refused in another form.",
    _other(_has_filter, status=400),
)
_define(
    "of-filters-as-text",
    "A filter is refused in plain text.",
    _other(_has_filter, status=400, kind="text/plain", body=b"Parse error"),
)
_define(
    "of-patches-in-another-form",
    "A PATCH is refused in another form.",
    _other(_is("PATCH"), status=400),
)
_define(
    "of-patches-as-text",
    "A PATCH is refused in plain text.",
    _other(_is("PATCH"), status=400, kind="text/plain", body=b"Bad patch"),
)
_define(
    "of-values-in-another-form",
    "A value is refused in another form.",
    _other(lambda asked: _is("POST PUT")(asked) and asked.json is not None, status=400),
)
_define(
    "of-groups-in-another-form",
    "What is refused of groups has another form.",
    _other(lambda asked: asked.path.startswith("/Groups")),
)
_define(
    "of-discovery-in-another-form",
    "A schema that nobody has is refused in another form.",
    _other(lambda asked: asked.path.startswith(("/Schemas", "/ResourceTypes")), status=404),
)
_define(
    "405-as-html",
    "A 405 is a web page.",
    _other(_anything, status=405, kind="text/html", body=b"<h1>Method Not Allowed</h1>"),
)
_define(
    "405-without-body",
    "A 405 has no body.",
    _other(_anything, status=405, kind="application/scim+json"),
)
_define(
    "401-as-plain-json",
    "A 401 is application/json.",
    telling(lambda a, t: t.headers.set("Content-Type", "application/json"), status=401),
)
_define(
    "401-of-bulk-in-another-form",
    "A 401 of /Bulk has another form.",
    _other(lambda asked: asked.path == "/Bulk", status=401),
)
_define(
    "401-of-writing-in-another-form",
    "A 401 has another form when it refuses to write.",
    _other(lambda asked: asked.method != "GET", status=401),
)
_define(
    "keyword-of-401",
    "A 401 has a scimType of its own.",
    _keyword("unauthorized", _anything, status=401),
)
_define(
    "keyword-of-changes-unknown",
    "What may not be changed is refused with a keyword of its own.",
    _keyword("readOnly", _is("PATCH"), status=400),
)
