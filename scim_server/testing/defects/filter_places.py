"""Filters read wrongly in one place: in [ ], in extensions, of parts, of dates, between types."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bending import (
    everything,
    filtering,
    is_query,
    page_of,
    parameter,
    set_parameter,
    sub,
)
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect

_NOBODY = 'id eq "-"'


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"filter-{name}", "filter", what)(breakage)


def _nobody(pattern: str, *, path: str = "") -> Breakage:
    """Find nothing by filters in which a pattern is."""
    return filtering(lambda text: _NOBODY if re.search(pattern, text) else text, path=path)


for _name, _what, _pattern, _path in (
    (
        "extension-names-are-exact",
        "The case of an extension's names counts.",
        f"{ENTERPRISE_USER.lower()}:|:DEPARTMENT ",
        "",
    ),
    (
        "extension-values-are-exact",
        "The case of an extension's values counts.",
        'department eq "TOOLS"',
        "",
    ),
    ("extension-parts-find-nothing", "manager.value finds nobody.", r":manager\.value", ""),
    (
        "lists-are-case-sensitive",
        "The case of e-mails counts.",
        r'emails\.\w+ \w\w "[^"]*[A-Z]',
        "",
    ),
    ("lists-without-a-part-find-nothing", "`emails co` finds nobody.", r"\bemails co ", ""),
    ("member-paths-find-nothing", "members[…] finds no group.", r"\bmembers\[", "/Groups"),
    ("users-by-group-find-nothing", "groups.value finds nobody.", r"\bgroups\.value", "/Users"),
    (
        "not-of-value-paths-finds-nothing",
        "`not` of a value path finds nobody.",
        r"\bnot \(emails\[",
        "",
    ),
    ("value-path-names-are-exact", "The case of names counts in [ ].", r"\bEMAILS\[", ""),
    ("value-path-pr-never", "`pr` finds nothing in [ ].", r"\[[^\]]* pr\b", ""),
    ("value-path-values-are-exact", "The case of values counts in [ ].", r'\[type eq "[A-Z]', ""),
):
    _define(_name, _what, _nobody(_pattern, path=_path))
_define(
    "pr-of-a-part-as-of-the-whole",
    "`name.givenName pr` finds whoever has a name.",
    filtering(sub(r"\bname\.\w+ pr\b", "name pr")),
)
_define(
    "pr-of-false-never",
    "`active pr` finds the active alone.",
    filtering(sub(r"\bactive pr\b", "active eq true")),
)
_define("pr-of-id-never", "`id pr` finds nobody.", filtering(sub(r"\bid pr\b", _NOBODY)))
_define(
    "spaces-trimmed",
    "Spaces around a value do not count.",
    filtering(lambda text: re.sub(r' eq "\s*([^"]*?)\s*"', r' eq "\1"', text)),
)
_define(
    "quoted-numbers-are-numbers",
    "A number in quotes is compared as a number.",
    filtering(lambda text: re.sub(r' eq "0*(\d+)"', r' eq "\1"', text)),
)
_define(
    "quoted-words-are-words",
    "true in quotes is a boolean, and no text.",
    _nobody(r' eq "true"'),
)
_define(
    "decoded-twice",
    "Of a value %xx is decoded once more.",
    filtering(lambda text: unquote(text)),
)
_define(
    "last-modified-as-created",
    "meta.lastModified is read as meta.created.",
    filtering(sub(r"meta\.lastModified", "meta.created")),
)
_define(
    "empty-finds-everybody",
    "A filter of no expression is no filter.",
    filtering(lambda text: text if text.strip() else None),
)
_define("ignored-with-count", "With count there is no filter.", lambda a, s: _alone(a, s, "count"))
_define("ignored-with-sort", "With sortBy there is no filter.", lambda a, s: _alone(a, s, "sortBy"))


def _alone(asked: Asked, server: Server, name: str) -> Told:
    if is_query(asked) and parameter(asked, name) is not None:
        set_parameter(asked, "filter", None)
    return server(asked)


def _choosing(pattern: str, test: Callable[[re.Match[str], Document], bool]) -> Breakage:
    """Answer filters of a form from all users, by a test of another kind."""

    def breakage(asked: Asked, server: Server) -> Told:
        given = str(parameter(asked, "filter") or "") if is_query(asked) else ""
        found = re.fullmatch(pattern, given)
        if not found:
            return server(asked)
        whole = everything(asked.other("GET", "/Users"), server)
        return page_of(asked, [one for one in whole if test(found, one)])

    return breakage


def _second(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(microsecond=0)


def _within_seconds(found: re.Match[str], one: Document) -> bool:
    own, other = _second(one["meta"]["created"]), _second(found[3])
    return one["userName"] == found[1] and (own > other if found[2] == "gt" else own < other)


_define(
    "id-folded",
    "The case of an id does not count.",
    _choosing(r'id eq "([^"]*)"', lambda found, one: one["id"].lower() == found[1].lower()),
)
_define(
    "dates-without-fraction",
    "Of dates only whole seconds are compared.",
    _choosing(r'userName eq "([^"]*)" and meta\.created (gt|lt) "([^"]*)"', _within_seconds),
)


@defect("filter-joins-repeat", "filter", "Who has two e-mails comes twice by a filter on them.")
def joins_repeat(asked: Asked, server: Server) -> Told:
    """List a user once for each address, as a join does."""
    told = server(asked)
    given = str(parameter(asked, "filter") or "") if is_query(asked) else ""
    if "emails." not in given or "Resources" not in told.document:
        return told
    once = told.document["Resources"]
    joined = [one for one in once for _ in one.get("emails") or [0]]
    told.json = told.document | {
        "Resources": joined,
        "totalResults": told.document["totalResults"] + len(joined) - len(once),
    }
    return told
