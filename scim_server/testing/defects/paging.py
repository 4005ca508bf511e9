"""Pages cut wrongly, and totals miscounted (RFC 7644 §3.4.2, §3.4.2.4)."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import (
    everything,
    is_listing,
    is_query,
    page_of,
    parameter,
    reading,
    set_parameter,
)
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"page-{name}", "paging", what)(breakage)


def _telling(change: Callable[[Asked, Document], Any]) -> Breakage:
    """Bend what a list says; `change` edits it, or returns another one."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if is_query(asked) and is_listing(told):
            document = told.document
            changed = change(asked, document)
            told.json = document if changed is None else changed
        return told

    return breakage


_SHORT = ("id", "userName", "displayName", "schemas")


def _number(asked: Asked, name: str, default: int) -> int:
    try:
        return int(parameter(asked, name))
    except (TypeError, ValueError):
        return default


def _refusing(name: str, test: Callable[[int], bool], *, status: int = 400) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        given = parameter(asked, name) if is_query(asked) else None
        if given is not None and test(_number(asked, name, 1)):
            return Told.error(status, "invalidValue" if status == 400 else None)
        return server(asked)

    return breakage


def _set(name: str, value: Callable[[Asked, Document], Any]) -> Breakage:
    return _telling(lambda asked, document: document.update({name: value(asked, document)}))


def _without(*names: str) -> Breakage:
    return _telling(lambda _, document: {k: v for k, v in document.items() if k not in names})


_define(
    "total-is-of-the-page",
    "totalResults counts the page.",
    _set("totalResults", lambda _, document: len(document["Resources"])),
)
_define(
    "total-is-what-is-left",
    "totalResults counts from startIndex on.",
    _set("totalResults", lambda a, d: max(0, d["totalResults"] - _number(a, "startIndex", 1) + 1)),
)
_define(
    "total-is-text",
    "totalResults is a string.",
    _set("totalResults", lambda _, document: str(document["totalResults"])),
)
_define("without-total", "There is no totalResults.", _without("totalResults"))
_define(
    "total-is-of-all",
    "totalResults counts all resources, whatever the filter.",
    lambda asked, server: _total_of_all(asked, server),
)


def _total_of_all(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if is_query(asked) and is_listing(told) and asked.method == "GET":
        whole = server(asked.other("GET", asked.path, query="count=0")).document
        told.json = told.document | {"totalResults": whole["totalResults"] + 1}
    return told


_define(
    "count-ignored", "count is ignored.", reading("count", lambda n: n if str(n) == "0" else None)
)
_define(
    "count-ignored-with-filter",
    "count is ignored where there is a filter.",
    lambda asked, server: _without_count(asked, server),
)


def _without_count(asked: Asked, server: Server) -> Told:
    if is_query(asked) and parameter(asked, "filter") and _number(asked, "count", 0) > 0:
        set_parameter(asked, "count", None)
    return server(asked)


_define(
    "count-plus-one", "A page holds one more than count.", reading("count", lambda n: _more(n, 1))
)
_define(
    "count-of-groups-ignored",
    "count is ignored of groups.",
    reading("count", lambda _: None, path="/Groups"),
)


def _more(number: Any, by: int) -> Any:
    text = str(number)
    return int(text) + by if text.lstrip("-").isdecimal() and int(text) > 0 else number


_define(
    "count-zero-is-none",
    "count=0 is as if there were no count.",
    reading("count", lambda n: None if str(n) == "0" else n),
)
_define(
    "count-zero-is-one",
    "count=0 gives one resource.",
    reading("count", lambda n: 1 if str(n) == "0" else n),
)
_define("count-zero-refused", "count=0 is refused.", _refusing("count", lambda n: n == 0))
_define(
    "count-negative-refused", "A negative count is refused.", _refusing("count", lambda n: n < 0)
)
_define(
    "count-negative-is-500",
    "A negative count is a 500.",
    _refusing("count", lambda n: n < 0, status=500),
)
_define(
    "count-negative-is-none",
    "A negative count is as if there were none.",
    reading("count", lambda n: None if str(n).startswith("-") else n),
)
_define(
    "count-large-refused", "A large count is refused.", _refusing("count", lambda n: n > 10_000)
)
_define(
    "count-no-number-is-500",
    "A count that is no number is a 500.",
    lambda a, s: _failing(a, s, "count"),
)
_define(
    "start-no-number-is-500",
    "A startIndex that is no number is a 500.",
    lambda a, s: _failing(a, s, "startIndex"),
)


def _failing(asked: Asked, server: Server, name: str) -> Told:
    given = parameter(asked, name) if is_query(asked) else None
    is_number = given is None or str(given).strip().lstrip("-").isdecimal()
    return server(asked) if is_number else Told.error(500)


_define("start-ignored", "startIndex is ignored.", reading("startIndex", lambda _: 1))
_define(
    "start-from-zero", "startIndex counts from 0.", reading("startIndex", lambda n: _more(n, 1))
)
_define(
    "start-off-by-one", "startIndex is one too low.", reading("startIndex", lambda n: _more(n, -1))
)
_define("start-zero-refused", "startIndex=0 is refused.", _refusing("startIndex", lambda n: n == 0))
_define(
    "start-negative-refused",
    "A negative startIndex is refused.",
    _refusing("startIndex", lambda n: n < 0),
)
_define(
    "start-negative-is-500",
    "A negative startIndex is a 500.",
    _refusing("startIndex", lambda n: n < 0, status=500),
)
_define(
    "start-zero-is-empty",
    "startIndex=0 gives an empty page.",
    lambda asked, server: (
        page_of_nothing(asked, server) if parameter(asked, "startIndex") == "0" else server(asked)
    ),
)
_define(
    "start-counts-pages",
    "startIndex is the number of the page.",
    lambda asked, server: _by_pages(asked, server),
)


def page_of_nothing(asked: Asked, server: Server) -> Told:
    """Answer with the totals, and no resource."""
    told = server(asked)
    told.json = told.document | {"Resources": [], "itemsPerPage": 0}
    return told


def _by_pages(asked: Asked, server: Server) -> Told:
    start, count = _number(asked, "startIndex", 1), _number(asked, "count", 100)
    if is_query(asked) and start > 1 and count > 0:
        set_parameter(asked, "startIndex", (start - 1) * count + 1)
    return server(asked)


def _past_the_end(instead: Callable[[Asked, Server, Told], Told]) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        total = told.document.get("totalResults") if is_query(asked) else None
        is_past = isinstance(total, int) and _number(asked, "startIndex", 1) > max(total, 1)
        return instead(asked, server, told) if is_past else told

    return breakage


_define(
    "past-the-end-is-404",
    "A page past the end is 404.",
    _past_the_end(lambda a, s, t: Told.error(404)),
)
_define(
    "past-the-end-is-400",
    "A page past the end is 400.",
    _past_the_end(lambda a, s, t: Told.error(400)),
)
_define(
    "past-the-end-is-the-first",
    "Past the end the first page comes again.",
    _past_the_end(
        lambda asked, server, _: page_of(asked.other("GET", asked.path), everything(asked, server))
    ),
)
_define(
    "past-the-end-total-is-zero",
    "Past the end totalResults is 0.",
    _past_the_end(lambda asked, server, _: page_of(asked, [])),
)
_define(
    "last-one-is-lost",
    "The last match is on no page.",
    lambda asked, server: _all_but_last(asked, server),
)


def _all_but_last(asked: Asked, server: Server) -> Told:
    if not is_query(asked) or not parameter(asked, "filter") or not parameter(asked, "count"):
        return server(asked)
    found = everything(asked, server)
    told = page_of(asked, found[:-1])
    told.json = told.document | {"totalResults": len(found)}
    return told


_define(
    "last-page-is-full",
    "The last page is filled up with what was on the one before.",
    lambda asked, server: _filled_up(asked, server),
)


def _filled_up(asked: Asked, server: Server) -> Told:
    start, count = _number(asked, "startIndex", 1), _number(asked, "count", 0)
    told = server(asked)
    total = told.document.get("totalResults") if is_query(asked) else None
    if isinstance(total, int) and 1 < start <= total < start + count - 1:
        set_parameter(asked, "startIndex", max(1, total - count + 1))
        return server(asked)
    return told


_define(
    "without-place",
    "startIndex and itemsPerPage are left out.",
    _without("startIndex", "itemsPerPage"),
)
_define("start-told-as-one", "startIndex is always told as 1.", _set("startIndex", lambda a, d: 1))
_define(
    "start-told-from-zero",
    "startIndex is told from 0.",
    _set("startIndex", lambda a, d: d.get("startIndex", 1) - 1),
)
_define(
    "items-told-as-asked",
    "itemsPerPage is what was asked for.",
    _set("itemsPerPage", lambda a, d: _number(a, "count", 100)),
)
_define("without-items", "itemsPerPage is left out.", _without("itemsPerPage"))
_define("without-schema", "A list has no schema of its own.", _set("schemas", lambda a, d: []))
_define("bare-array", "A list is a bare array.", _telling(lambda a, d: d["Resources"]))
_define(
    "total-in-another-name",
    "totalResults is called total.",
    _telling(lambda a, d: {("total" if k == "totalResults" else k): v for k, v in d.items()}),
)
_define(
    "short-resources",
    "A list shows only ids and names.",
    _telling(
        lambda a, d: d.update(
            Resources=[{k: v for k, v in one.items() if k in _SHORT} for one in d["Resources"]]
        )
    ),
)
_define(
    "resources-without-schemas",
    "Resources in lists have no schemas.",
    _telling(
        lambda a, d: d.update(
            Resources=[{k: v for k, v in one.items() if k != "schemas"} for one in d["Resources"]]
        )
    ),
)


@defect("page-of-both-types", "paging", "Lists of users hold groups, too.")
def both_types(asked: Asked, server: Server) -> Told:
    """Add the groups to the users."""
    told = server(asked)
    if asked.path == "/Users" and is_query(asked) and is_listing(told):
        groups = server(asked.other("GET", "/Groups", query="count=2")).document["Resources"]
        count = _number(asked, "count", 100)
        shown = [*groups, *told.document["Resources"]][: max(count, 0)]
        told.json = told.document | {"Resources": shown}
    return told


@defect("page-root-has-users-only", "paging", "A query over the root finds users alone.")
def root_has_users_only(asked: Asked, server: Server) -> Told:
    """Leave groups out of it."""
    told = server(asked)
    if asked.path in ("/", "/.search") and is_listing(told):
        users = [one for one in told.document["Resources"] if "userName" in one]
        told.json = told.document | {"Resources": users, "totalResults": len(users)}
    return told


@defect("page-root-refuses-what-a-type-lacks", "paging", "Over the root userName is refused.")
def root_refuses(asked: Asked, server: Server) -> Told:
    """Groups have no userName."""
    at_root = asked.path in ("/", "/.search")
    if at_root and "userName" in str(parameter(asked, "filter") or asked.query.get("filter")):
        return Told.error(400, "invalidFilter")
    return server(asked)


@defect("page-start-ignored-without-filter", "paging", "Without a filter startIndex is ignored.")
def start_ignored_without_filter(asked: Asked, server: Server) -> Told:
    """Begin at the first resource."""
    if is_query(asked) and not parameter(asked, "filter") and parameter(asked, "startIndex"):
        set_parameter(asked, "startIndex", 1)
    return server(asked)


_define(
    "start-of-groups-ignored",
    "startIndex is ignored of groups.",
    reading("startIndex", lambda _: 1, path="/Groups"),
)
