"""RFC 9865: pages by cursor, where the endpoint says that it has them."""

import re

from conformance.answer import Answer
from conformance.check import MAY, MUST, SHOULD, check
from conformance.expect import Node
from conformance.scim import Scim
from scim_protocol.urns import SEARCH

USERS = ["User", "filter"]
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


@check(
    "rfc9865/4/configuration",
    MUST,
    "`pagination` says of cursor and index whether they work.",
    catches=["cursor-claims-text", "cursor-claims-without-index"],
)
def configuration(scim: Scim) -> None:
    """Both are required of an endpoint that says anything of its paging; sizes are positive."""
    stated = (scim.claims.config or {}).get("pagination")
    scim.skip_unless(stated is not None, "ServiceProviderConfig says nothing of pagination")
    pagination = scim.get("/ServiceProviderConfig")["pagination"]

    for name in ("cursor", "index"):
        pagination[name].must.be("boolean")
    if method := pagination.get("defaultPaginationMethod"):
        method.must.be_one_of("cursor", "index")
    for name in ("defaultPageSize", "maxPageSize", "cursorTimeout"):
        if size := pagination.get(name):
            size.must.be("integer")
            scim.require(size.value > 0, f"{name} to be positive", size.value)


@check(
    "rfc9865/2/first-page",
    MUST,
    "An empty cursor asks for the first page.",
    needs=USERS,
    catches=["cursor-next-is-a-number"],
)
def first_page(scim: Scim) -> None:
    """As there is more, nextCursor says how to go on."""
    answer = _page(scim, count=2)

    found = answer.must.be_list(counted=False)
    scim.require(0 < len(found) <= 2, "one or two resources", len(found))
    answer["nextCursor"].must.be("string")


@check(
    "rfc9865/2/walk",
    MUST,
    "Cursor by cursor every match comes, and none twice.",
    needs=USERS,
    catches=["cursor-ignored", "cursor-skips-one"],
)
def walk(scim: Scim) -> None:
    """nextCursor is left out on the last page, and only there."""
    people = scim.people
    for size in (1, 2, 3):
        found = _walk(scim, count=size)
        wanted = sorted(people[letter].id for letter in "abcde")
        scim.require(sorted(found) == wanted, "each of five once", found)


@check(
    "rfc9865/2/last-page",
    MUST,
    "The last page has no nextCursor.",
    needs=USERS,
    catches=["cursor-next-on-the-last-page"],
)
def last_page(scim: Scim) -> None:
    """A client goes on for as long as there is one."""
    answer = _page(scim, count=100)
    found = answer.must.be_list(counted=False)
    scim.skip_unless(len(found) == scim.people.number, "not all five are on one page")

    answer.must.lack("nextCursor")


@check(
    "rfc9865/2/form",
    MUST,
    "A cursor has only unreserved characters.",
    needs=USERS,
    catches=["cursor-reserved-characters"],
)
def form(scim: Scim) -> None:
    """It stands in URLs as it is: letters, digits, - . _ and ~ (RFC 3986 §2.3)."""
    cursor = _page(scim, count=2)["nextCursor"]

    cursor.must.match("letters, digits, - . _ and ~ alone", _UNRESERVED.fullmatch)


@check(
    "rfc9865/2/count",
    MUST,
    "`count` is the most that a page by cursor holds.",
    needs=USERS,
    catches=[],
)
def count(scim: Scim) -> None:
    """On the first page and on those after it."""
    first = _page(scim, count=2)
    second = _page(scim, cursor=str(first["nextCursor"]), count=2)
    for answer in (first, second):
        found = answer.must.be_list(counted=False)
        scim.require(len(found) <= 2, "at most 2", f"{len(found)} resources")


@check(
    "rfc9865/2/count-zero",
    MUST,
    "With count=0 only totalResults comes back.",
    needs=USERS,
    catches=["cursor-zero-is-default"],
)
def count_zero(scim: Scim) -> None:
    """A negative count is read as 0, as it is with an index."""
    for asked in (0, -1):
        answer = _page(scim, count=asked)
        answer.must.have_status(200)
        answer.must.lack("Resources")


@check(
    "rfc9865/2/total",
    SHOULD,
    "totalResults is that of all pages.",
    needs=USERS,
    catches=["cursor-total-of-the-rest"],
)
def total(scim: Scim) -> None:
    """An endpoint that cannot tell may leave it out; one that tells tells the truth."""
    first = _page(scim, count=2)
    second = _page(scim, cursor=str(first["nextCursor"]), count=2)
    for answer in (first, second):
        if stated := answer.body.get("totalResults"):
            stated.must.equal(scim.people.number)


@check(
    "rfc9865/2/first-has-no-previous",
    MUST,
    "The first page has no previousCursor.",
    needs=USERS,
    catches=["cursor-previous-on-the-first-page"],
)
def first_has_no_previous(scim: Scim) -> None:
    """There is nothing before it."""
    _page(scim, count=2).must.lack("previousCursor")


@check(
    "rfc9865/2/previous",
    MUST,
    "A previousCursor leads one page back.",
    needs=USERS,
    catches=["cursor-without-next"],
)
def previous(scim: Scim) -> None:
    """It is optional; where it is given it works."""
    first = _page(scim, count=2)
    second = _page(scim, cursor=str(first["nextCursor"]), count=2)
    back = second.body.get("previousCursor")
    scim.skip_unless(back is not None, "the endpoint gives no previousCursor")

    found = _ids(_page(scim, cursor=str(back), count=2))
    scim.require(found == _ids(first), f"the first page again: {_ids(first)}", found)


@check(
    "rfc9865/2/filter-kept",
    MUST,
    "The filter holds on every page.",
    needs=USERS,
    catches=["cursor-loses-the-filter"],
)
def filter_kept(scim: Scim) -> None:
    """Nobody else comes after the first page."""
    ids = {scim.people[letter].id for letter in "abcde"}
    found = _walk(scim, count=2)

    scim.require(set(found) <= ids, "only users that the filter finds", found)


@check(
    "rfc9865/2/repeatable",
    MAY,
    "A cursor asked for again gives its page again.",
    needs=USERS,
    catches=["cursor-count-ignored", "cursor-once-only"],
)
def repeatable(scim: Scim) -> None:
    """A client whose connection broke asks again; nothing was changed in between."""
    cursor = str(_page(scim, count=2)["nextCursor"])
    once, again = (_page(scim, cursor=cursor, count=2) for _ in range(2))
    once.given.have_status(200)

    scim.require(_ids(again) == _ids(once), f"{_ids(once)}", _ids(again))


@check(
    "rfc9865/2.1/invalid-cursor",
    SHOULD,
    "A cursor that is none is refused.",
    needs=USERS,
    catches=["cursor-wrong-one-is-500", "cursor-wrong-one-without-keyword"],
)
def invalid_cursor(scim: Scim) -> None:
    """With 400 and invalidCursor: an endpoint that begins anew sends a client round for ever."""
    _claimed(scim)
    for made_up in (scim.name(), "x"):
        refused = scim.people.listed(cursor=made_up, count=2)
        refused.must.be_error(400, "invalidCursor")


@check(
    "rfc9865/5.2/forged",
    SHOULD,
    "A cursor that was changed is refused.",
    needs=USERS,
    catches=["cursor-wrong-one-begins-anew"],
)
def forged(scim: Scim) -> None:
    """Clients must not make cursors of their own: neither shortened nor with a letter changed."""
    cursor = str(_page(scim, count=2)["nextCursor"])
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for made_up in (changed, cursor[:-4]):
        refused = scim.people.listed(cursor=made_up, count=2)
        refused.must.be_error(400, None, "invalidCursor", "expiredCursor")


@check(
    "rfc9865/5.2/needs-token",
    MUST,
    "A cursor gives no right to its page.",
    needs=USERS,
    catches=[],
)
def needs_token(scim: Scim) -> None:
    """Whoever has only the cursor gets nothing."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    cursor = str(_page(scim, count=2)["nextCursor"])
    query: dict[str, str | int] = {"filter": scim.people.all, "cursor": cursor, "count": 2}

    scim.send("GET", scim.users, query=query, authorization=None).must.have_status(401)


@check(
    "rfc9865/2.2/sorted",
    SHOULD,
    "Pages by cursor are sorted.",
    needs=["sort", *USERS],
    catches=["cursor-unsorted"],
)
def in_order(scim: Scim) -> None:
    """As the whole result is."""
    people = scim.people
    for order, wanted in (("ascending", "abcde"), ("descending", "edcba")):
        found = people.letters_in_order(_walk(scim, count=2, sortBy="userName", sortOrder=order))
        scim.require(found == wanted, f"the users in the order {wanted}", found)


@check(
    "rfc9865/3/search",
    MUST,
    "A search by POST is paged by cursor, too.",
    needs=USERS,
    catches=["cursor-repeats-the-last", "cursor-search-without"],
)
def search(scim: Scim) -> None:
    """The cursor is a member of the request."""
    _claimed(scim)
    people = scim.people
    people.need_all()
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(found) <= people.number:
        body = {"schemas": [_SEARCH_REQUEST], "filter": people.all, "cursor": cursor, "count": 2}
        answer = scim.post(f"{scim.users}{SEARCH}", body)
        scim.skip_unless(answer.status not in (404, 405, 501), "the endpoint has no .search")
        found += _ids(answer)
        following = answer.body.get("nextCursor")
        cursor = None if following is None else str(following)

    wanted = sorted(people[letter].id for letter in "abcde")
    scim.require(sorted(found) == wanted, "each of five once", found)


@check(
    "rfc9865/2.4/both",
    MUST,
    "Where both ways of paging are claimed, both work.",
    needs=USERS,
    catches=["cursor-index-with-cursor-only"],
)
def both(scim: Scim) -> None:
    """startIndex asks for a page by index, cursor for one by cursor."""
    _claimed(scim)
    scim.skip_unless(scim.pages_by_index, "the endpoint pages by cursors alone")
    answer = scim.people.listed(startIndex=2, count=2)

    answer.must.have_status(200)
    answer.must.have("startIndex", equal_to=2)


def _claimed(scim: Scim) -> None:
    pagination = (scim.claims.config or {}).get("pagination")
    claimed = isinstance(pagination, dict) and pagination.get("cursor") is True
    scim.skip_unless(claimed, "ServiceProviderConfig does not claim pagination.cursor")


def _page(scim: Scim, *, cursor: str = "", **query: str | int) -> Answer:
    _claimed(scim)
    return scim.people.listed(cursor=cursor, **query)


def _ids(answer: Answer) -> list[str]:
    nodes: list[Node] = answer.must.be_list(counted=False)
    return [str(node["id"]) for node in nodes]


def _walk(scim: Scim, **query: str | int) -> list[str]:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(found) <= scim.people.number:
        answer = _page(scim, cursor=cursor, **query)
        found += _ids(answer)
        following = answer.body.get("nextCursor")
        cursor = None if following is None else str(following)
    return found
