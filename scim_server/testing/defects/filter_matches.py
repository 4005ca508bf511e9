"""Filters read wrongly where only resources tell: case, missing values, what is refused."""

import json
import re
from typing import Any

from scim_server.testing.defects.bending import (
    everything,
    filtering,
    is_query,
    keeping,
    page_of,
    parameter,
    sub,
)
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"filter-{name}", "filter", what)(breakage)


_define(
    "values-are-case-sensitive",
    "The case of userName counts.",
    keeping(lambda asked, one: _in_case(asked, one, "userName", "eq")),
)
_define(
    "sw-is-case-sensitive",
    "The case counts with `sw`.",
    keeping(lambda asked, one: _in_case(asked, one, "userName", "sw")),
)
_define(
    "co-is-case-sensitive",
    "The case counts with `co`.",
    keeping(lambda asked, one: _in_case(asked, one, "userName", "co")),
)
_define(
    "stored-case-counts",
    "Only the filter's value is brought to small letters.",
    keeping(lambda asked, one: _in_case(asked, one, "nickName", "eq")),
)
_define(
    "first-value-only",
    "Of several e-mails only the first is looked at.",
    keeping(lambda asked, one: _among(asked, (one.get("emails") or [])[:1])),
)
_define(
    "primary-value-only",
    "Of several e-mails only the primary is looked at.",
    keeping(
        lambda asked, one: _among(asked, [e for e in one.get("emails") or [] if e.get("primary")])
    ),
)
_define(
    "first-page-only",
    "Only the first three resources are looked at.",
    lambda asked, server: _first_three(asked, server),
)


def _first_three(asked: Asked, server: Server) -> Told:
    if not is_query(asked) or not parameter(asked, "filter"):
        return server(asked)
    return page_of(asked, everything(asked, server)[:3])


def _in_case(asked: Asked, one: Document, name: str, operator: str) -> bool:
    text = str(parameter(asked, "filter") or "")
    found = re.search(rf'{name} {operator} ("(?:[^"\\]|\\.)*")', text, re.IGNORECASE)
    if not found or not isinstance(one.get(name), str):
        return True
    value, literal = one[name], str(json.loads(found[1]))
    holds = {"eq": value == literal, "sw": value.startswith(literal), "co": literal in value}
    return bool(holds[operator]) or " or " in text


def _among(asked: Asked, emails: list[Document]) -> bool:
    text = str(parameter(asked, "filter") or "")
    found = re.search(r'emails\.value eq "([^"]*)"', text)
    return not found or found[1] in [email.get("value") for email in emails]


def _scanning(test: Any) -> Breakage:
    """Answer a filter from all users, by a test of another kind."""

    def breakage(asked: Asked, server: Server) -> Told:
        wanted = test(str(parameter(asked, "filter") or "")) if is_query(asked) else None
        if wanted is None:
            return server(asked)
        whole = asked.other("GET", asked.path, query="count=1000")
        found = server(whole).document.get("Resources") or []
        return page_of(asked, [one for one in found if wanted(one)])

    return breakage


def _external_id_folded(text: str) -> Any:
    found = re.fullmatch(r'externalId eq "([^"]*)"', text)
    return found and (lambda one: str(one.get("externalId", "")).lower() == found[1].lower())


def _like(text: str) -> Any:
    found = re.fullmatch(r'userName (eq|sw|co|ew) "([^"]*[%_*][^"]*)"', text)
    if not found:
        return None
    middle = re.escape(found[2]).replace("%", ".*").replace("_", ".").replace(r"\*", ".*")
    before = ".*" if found[1] in ("co", "ew") else ""
    after = ".*" if found[1] in ("co", "sw") else ""
    return lambda one: re.fullmatch(before + middle + after, one["userName"])


def _missing_is_less(text: str) -> Any:
    found = re.search(r'userName sw "([^"]*)" and \(title lt "f"\)', text)
    return found and (
        lambda one: one["userName"].startswith(found[1]) and str(one.get("title", "")) < "f"
    )


def _missing_is_greater(text: str) -> Any:
    found = re.search(r'userName sw "([^"]*)" and \(title gt "f"\)', text)
    return found and (
        lambda one: one["userName"].startswith(found[1]) and str(one.get("title", "~")) > "f"
    )


_define(
    "external-id-folded", "The case of externalId does not count.", _scanning(_external_id_folded)
)
_define("wildcards", "%, _ and * stand for other letters.", _scanning(_like))
_define("missing-is-less", "What has no value is less than all.", _scanning(_missing_is_less))
_define(
    "missing-is-greater", "What has no value is greater than all.", _scanning(_missing_is_greater)
)


@defect("filter-repeats-matches", "filter", "What meets both sides of `or` comes twice.")
def repeats_matches(asked: Asked, server: Server) -> Told:
    """List a user twice."""
    told = server(asked)
    found = told.document.get("Resources")
    if " or " in str(parameter(asked, "filter")) and found:
        told.json = told.document | {
            "Resources": [found[0], *found],
            "totalResults": len(found) + 1,
        }
    return told


@defect("filter-nothing-found-is-404", "filter", "A filter that finds nothing is answered 404.")
def nothing_is_404(asked: Asked, server: Server) -> Told:
    """Answer an empty list with an error."""
    told = server(asked)
    is_empty = is_query(asked) and told.document.get("totalResults") == 0
    return Told.error(404) if is_empty else told


def _when_refused(name: str, what: str, instead: Any) -> None:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        refused = told.status == 400 and parameter(asked, "filter") is not None
        return instead(asked, server, told) if refused else told

    _define(name, what, breakage)


def _unfiltered(asked: Asked, server: Server, told: Told) -> Told:
    return server(asked.other("GET", "/Users")) if is_query(asked) else told


def _empty(asked: Asked, server: Server, told: Told) -> Told:
    return page_of(asked, [])


def _keyword(keyword: str | None) -> Any:
    return lambda asked, server, told: Told.error(400, keyword)


_when_refused("malformed-is-ignored", "A malformed filter finds everything.", _unfiltered)
_when_refused("malformed-finds-nothing", "A malformed filter finds nothing.", _empty)
_when_refused("malformed-is-500", "A malformed filter is a 500.", lambda a, s, t: Told.error(500))
_when_refused("refused-without-keyword", "A refused filter has no scimType.", _keyword(None))
_when_refused("refused-as-value", "A refused filter is invalidValue.", _keyword("invalidValue"))
_define(
    "unclosed-brackets-close",
    "Brackets that are not closed are closed.",
    filtering(lambda text: text + ")" if text == '(userName eq "a"' else text),
)
_define(
    "dangling-and-is-dropped",
    "An `and` without its second side is dropped.",
    filtering(lambda text: text.removesuffix(" and")),
)
_define(
    "second-expression-is-dropped",
    "An expression that nothing joins is dropped.",
    filtering(lambda text: re.sub(r'^(userName eq "[^"]*") (?:xor )?userName eq .*$', r"\1", text)),
)
_define(
    "unknown-operator-as-eq",
    "An unknown operator is read as `eq`.",
    filtering(sub(r" (regex|like|==) ", " eq ")),
)


_names: dict[str, tuple[str, str]] = {}


def _lagging(method: str) -> Breakage:
    """Keep the names that users had before a change, and look for those."""

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == method and asked.path.startswith("/Users/"):
            before = str(asked.read(server).get("userName"))
            told = server(asked)
            _names[before] = (before, str(asked.read(server).get("userName")))
            return told
        found = re.fullmatch(r'userName eq "([^"]*)"', str(parameter(asked, "filter") or ""))
        if found and is_query(asked):
            changed = next((old for old, new in _names.values() if new == found[1]), None)
            now = _names.get(found[1], ("", found[1]))[1]
            asked.query = asked.query | {"filter": f'userName eq "{"-" if changed else now}"'}
        return server(asked)

    return breakage


_define(
    "lags-behind-changes", "A user is found by the userName before a change.", _lagging("PATCH")
)
_define(
    "lags-behind-replacements", "A user is found by the userName before a PUT.", _lagging("PUT")
)


_define(
    "binary-order-taken",
    "`x509Certificates.value gt` is taken.",
    filtering(sub(r"x509Certificates\.value (gt|ge|lt|le)", "x509Certificates.value eq")),
)
_define(
    "groups-are-case-sensitive",
    "The case of a group's displayName counts.",
    filtering(
        lambda text: 'id eq "-"' if re.search(r'displayName eq "SCIM-', text) else text,
        path="/Groups",
    ),
)
_define(
    "groups-by-external-id-ignored",
    "A filter of groups by externalId finds all.",
    filtering(lambda text: None if text.startswith("externalId") else text, path="/Groups"),
)
