"""Lists, pages, projections and conditions (RFC 7644 §3.4.2, §3.9, §3.14; RFC 9865)."""

import re
from collections.abc import Callable

from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    telling,
    together,
)
from scim_server.testing.variants.table import claiming, editing, refusing, variant

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def _is_list(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path in ("/Users", "/Groups")


def _paged(most: int) -> Breakage:
    def choice(asked: Asked, server: Server) -> Told:
        if _is_list(asked):
            given = asked.query.get("count", str(most))
            # What is no number is refused as it is elsewhere.
            if given.lstrip("-").isdigit():
                asked.query = asked.query | {"count": str(min(int(given), most))}
        elif asked.path.endswith("/.search") and isinstance(asked.json, dict):
            given = asked.json.get("count", most)
            if isinstance(given, int):
                asked.json = asked.json | {"count": min(given, most)}
        return server(asked)

    return choice


variant("pages-of-two", "RFC 7644 §3.4.2.4", "A page holds two resources at most.")(
    together(_paged(2), claiming("filter", supported=True, maxResults=2))
)


def _only_required(document: Document) -> None:
    # startIndex and itemsPerPage are required of a part of a result alone.
    if len(document.get("Resources", ())) == document.get("totalResults"):
        document.pop("startIndex", None)
        document.pop("itemsPerPage", None)
    if document.get("totalResults") == 0:
        document.pop("Resources", None)


variant("lists-say-what-is-required", "RFC 7644 §3.4.2", "A whole result has no page members.")(
    editing(_only_required)
)


def _with_empty_list(document: Document) -> None:
    if "totalResults" in document:
        document.setdefault("Resources", [])


variant("empty-lists-have-resources", "RFC 7644 §3.4.2", "Nothing found is an empty list.")(
    editing(_with_empty_list)
)


def _wants_all(asked: Asked) -> bool:
    return _is_list(asked) and not {"filter", "count", "cursor", "startIndex"} & set(asked.query)


variant("too-many", "RFC 7644 §3.4.2.2", "A list of everything is refused: there is too much.")(
    refusing(400, "tooMany", _wants_all)
)


@variant("no-cursors", "RFC 9865 §4", "There are no cursors.")
def no_cursors(asked: Asked, server: Server) -> Told:
    """Nor is the feature named; what asks for one is paged by index."""
    asked.query = {n: v for n, v in asked.query.items() if n != "cursor"}
    if asked.path.endswith("/.search") and isinstance(asked.json, dict):
        asked.json = {n: v for n, v in asked.json.items() if n != "cursor"}

    def change(document: Document) -> None:
        document.pop("pagination", None)
        document.pop("nextCursor", None)
        document.pop("previousCursor", None)

    return editing(change)(asked, server)


@variant("cursors-by-default", "RFC 9865 §2.3", "Who does not say how is paged by cursor.")
def cursors_by_default(asked: Asked, server: Server) -> Told:
    """And discovery says so."""
    if _is_list(asked) and not {"startIndex", "cursor"} & set(asked.query):
        asked.query = asked.query | {"cursor": ""}
    return claiming("pagination", defaultPaginationMethod="cursor")(asked, server)


def _filters_by_value(asked: Asked) -> bool:
    return _is_list(asked) and "[" in _QUOTED.sub("", asked.query.get("filter", ""))


variant("no-value-paths", "RFC 7644 §3.4.2.2", "Filters in brackets are refused.")(
    refusing(400, "invalidFilter", _filters_by_value)
)


def _says_no_password(asked: Asked) -> bool:
    return "password" in asked.query.get("filter", "").lower()


variant("password-filters-refused", "RFC 7644 §7.5", "Nobody may filter by a password.")(
    refusing(403, "sensitive", _says_no_password)
)


def _proxied(asked: Asked, told: Told) -> None:
    told.headers["Cache-Control"] = "no-store"
    told.headers["Vary"] = "Accept, Authorization"
    told.headers["X-Frame-Options"] = "DENY"
    told.headers["Server"] = "nginx"


variant("headers-of-a-proxy", "RFC 9110 §7.7", "A proxy in front adds headers.")(telling(_proxied))


@variant("members-on-request", "RFC 7643 §7", "Members are shown to who asks for them.")
def members_on_request(asked: Asked, server: Server) -> Told:
    """The schema says so: `returned` is `request`."""

    def change(document: Document) -> None:
        for one in [document, *document.get("Resources", ())]:
            for attribute in one.get("attributes", ()):
                if attribute["name"] == "members":
                    attribute["returned"] = "request"

    asks = "members" in asked.query.get("attributes", "").lower()
    hides = asked.path.startswith("/Groups") and not asks and asked.method != "DELETE"
    told = editing(change, method="GET", path="/Schemas")(asked, server)
    if hides and told.ok and told.document:
        document = told.document
        for one in [document, *document.get("Resources", ())]:
            one.pop("members", None)
        told.json = document
    return told


def _filter_of(asked: Asked) -> str:
    if asked.path.endswith("/.search"):
        sent = asked.json if isinstance(asked.json, dict) else {}
        return str(sent.get("filter") or "")
    return asked.query.get("filter", "") if _is_list(asked) else ""


def _filters_otherwise(form: str) -> Callable[[Asked], bool]:
    known = re.compile(form, re.IGNORECASE)

    def otherwise(asked: Asked) -> bool:
        text = _QUOTED.sub("''", _filter_of(asked))
        return bool(text) and not known.fullmatch(text.strip())

    return otherwise


variant("filters-of-eq-alone", "RFC 7644 §3.4.2.2", "A filter is one comparison by `eq`.")(
    refusing(400, "invalidFilter", _filters_otherwise(r"[\w:.$-]+ +eq +\S+"))
)
variant("filters-of-names-alone", "RFC 7644 §3.4.2.2", "People are found by their names alone.")(
    refusing(
        400,
        "invalidFilter",
        _filters_otherwise(r"([\w:.]+:)?(userName|displayName|externalId) +eq +\S+"),
    )
)


@variant("newest-first", "RFC 7644 §3.4.2.3", "What nobody wants sorted comes newest first.")
def newest_first(asked: Asked, server: Server) -> Told:
    """The order of what is not sorted is the server's."""
    if _is_list(asked) and not {"sortBy", "cursor"} & set(asked.query):
        asked.query = asked.query | {"sortBy": "meta.created", "sortOrder": "descending"}
    return server(asked)


def _strong(asked: Asked, server: Server) -> Told:
    for header in ("If-Match", "If-None-Match"):
        if (given := asked.header(header)) is not None:
            asked.set_header(header, re.sub(r'(?<!W/)("[^"]*")', r"W/\1", given))
    told = server(asked)
    told.body = told.body.replace(b'W/\\"', b'\\"')
    if tag := told.headers.get("ETag"):
        told.headers["ETag"] = tag.removeprefix("W/")
    return told


variant("strong-versions", "RFC 7644 §3.14", "Entity tags are strong.")(_strong)


def _is_sorted_by_another(asked: Asked) -> bool:
    named = asked.query.get("sortBy", "")
    return bool(named) and named.lower() not in ("username", "displayname", "id")


variant("sorted-by-few", "RFC 7644 §3.4.2.3", "Lists are sorted by a few attributes.")(
    refusing(400, "invalidPath", _is_sorted_by_another)
)
