"""RFC 7644 §3.12 and table 8: an odd query is a 4xx, or answered; never a 5xx."""

from conformance.check import MUST, check
from conformance.expect import require
from conformance.scim import Scim
from scim_protocol.urns import RESOURCE_TYPES, SCHEMAS, SERVICE_PROVIDER_CONFIGS

_ODD_PARAMETERS: tuple[dict[str, str | int], ...] = (
    {"sortBy": "noSuchAttribute"},
    {"sortBy": ""},
    {"sortBy": "name"},
    {"sortBy": "a.b.c.d"},
    {"sortBy": "userName", "sortOrder": "sideways"},
    {"sortOrder": "ascending"},
    {"attributes": ""},
    {"attributes": ",,"},
    {"attributes": "a[b eq 1].c"},
    {"excludedAttributes": "::"},
    {"attributes": "userName", "excludedAttributes": "userName"},
    {"cursor": "x"},
    {"noSuchParameter": "x"},
    {"attributes": "noSuchAttribute"},
    {"attributes": ",".join(["userName"] * 500)},
    {"excludedAttributes": "id,schemas"},
    {"startIndex": 0},
    {"startIndex": -1},
    {"count": 0},
    {"count": -1},
)


@check(
    "rfc7644/3.12/queries",
    MUST,
    "Odd parameters of a query are no 5xx.",
    needs=["User"],
    catches=[
        "robust-both-projections-are-500",
        "robust-long-attributes-are-500",
        "robust-odd-attributes-are-500",
        "robust-odd-sort-order-is-500",
        "robust-order-without-sort-is-500",
        "robust-parameter-twice-is-500",
        "robust-sort-by-complex-is-500",
        "robust-unknown-parameter-is-500",
        "robust-unknown-sort-is-500",
    ],
)
def queries(scim: Scim) -> None:
    """Unknown names, empty values, and what no attribute is called."""
    nobody = f'userName eq "{scim.name()}"'
    for more in _ODD_PARAMETERS:
        scim.get(scim.users, filter=nobody, **more).must.be_no_failure()
    for twice in ("count=1&count=2", "startIndex=1&startIndex=x", "filter=&filter=", "&", "=&="):
        scim.get(f"{scim.users}?{twice}&count=1").must.be_no_failure()


_ODD_FILTERS = (
    "",
    " ",
    "(" * 500 + 'userName eq "x"' + ")" * 500,
    " or ".join(['userName eq "x"'] * 300),
    'not (not (not (userName eq "x")))',
    "userName eq \\",
    'userName eq "\\u"',
    'userName eq "\\ud800"',
    "userName",
    "userName eq",
    'userName xx "x"',
    'userName eq "x" and',
    'userName eq "x',
    "userName eq nul",
    "userName eq null",
    "userName eq 7",
    "userName gt true",
    'active eq "x"',
    "active gt true",
    'name eq "x"',
    'schemas eq "x"',
    'noSuchAttribute eq "x"',
    'userName co "%"',
    'userName co "_\'"',
    'userName co ".*("',
    'userName eq "\\q"',
    'meta.created gt "x"',
    "emails[",
    "emails[]",
    'emails[type eq "x"][type eq "y"]',
    'a.b.c.d eq "x"',
    ': eq "x"',
    'userName eq "x" ; drop',
    "userName eq 1e400",
    'meta.created gt "9999-99-99T99:99:99Z"',
)


@check(
    "rfc7644/3.12/filters",
    MUST,
    "Odd filters are no 5xx.",
    needs=["User", "filter"],
    catches=[
        "robust-comparison-of-wrong-type-is-500",
        "robust-deep-filter-is-500",
        "robust-filter-that-ends-early-is-500",
        "robust-empty-filter-is-500",
        "robust-long-filter-is-500",
        "robust-odd-date-is-500",
        "robust-odd-escape-is-500",
    ],
)
def filters(scim: Scim) -> None:
    """Empty, very long, nested very deep, or with what the grammar has not."""
    for text in _ODD_FILTERS:
        scim.get(scim.users, filter=text).must.be_no_failure()


@check(
    "rfc7644/3.12/ids",
    MUST,
    "Odd ids are no 5xx.",
    needs=["User"],
    catches=[
        "robust-id-that-is-no-uuid-is-500",
        "robust-id-number-is-500",
        "robust-long-id-is-500",
        "robust-nul-in-id-is-500",
    ],
)
def ids(scim: Scim) -> None:
    """Nobody has them: 404, or 400."""
    for id in (
        "%00",
        "%ff",
        "x" * 2000,
        "x" * 300,
        "a%20b",
        "%F0%9F%A6%8A",
        "%27%22",
        "-1",
        "0",
        "12345678901234567890",
        "null",
        "%2525",
        "a;b=c",
    ):
        answer = scim.get(f"{scim.users}/{id}")
        require(answer.status in (400, 404, 414), "404", answer.summary, answer.exchange)
    scim.delete(f"{scim.users}/%00").must.be_no_failure()


@check(
    "rfc7644/3.12/unknown-places",
    MUST,
    "A path that leads nowhere is no 5xx.",
    needs=["User"],
    catches=["robust-path-below-a-user-is-500", "robust-unknown-schema-id-is-500"],
)
def unknown_places(scim: Scim) -> None:
    """Below a resource, beside the types, behind a slash too many."""
    user = scim.new_user()
    for path in (
        f"{user.path}/x",
        f"{user.path}/members/1",
        f"{user.path}/",
        f"{scim.users}/",
        f"{scim.users}//",
        f"{SCHEMAS}/x",
        f"{SCHEMAS}/urn:example:none",
        f"{RESOURCE_TYPES}/x",
        f"{SERVICE_PROVIDER_CONFIGS}/x",
        f"/{scim.name()}/x/y",
    ):
        scim.get(path).must.be_no_failure()
