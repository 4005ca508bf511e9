"""RFC 9865: pages by cursor, where the endpoint says that it has them."""

import re

from conformance.check import MAY, MUST, SHOULD, check
from conformance.material.cursors import all_pages, claimed, ids, page
from conformance.material.projection import is_default
from conformance.scim import Scim
from scim_protocol.urns import SEARCH

USERS = ["User", "filter"]
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


@check(
    "rfc9865/2/first-page",
    MUST,
    "An empty cursor asks for the first page.",
    needs=USERS,
    catches=["cursor-next-is-a-number"],
)
def first_page(scim: Scim) -> None:
    """As there is more, nextCursor says how to go on."""
    answer = page(scim, count=2)

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
        found = all_pages(scim, count=size)
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
    answer = page(scim, count=100)
    found = answer.must.be_list(counted=False)
    scim.skip_unless(len(found) == scim.people.number, "not all five are on one page")

    answer.must.lack("nextCursor")


@check(
    "rfc9865/2/last-page-full",
    SHOULD,
    "A last page that is full has no nextCursor either.",
    needs=USERS,
    catches=["cursor-next-on-a-full-last-page"],
)
def last_page_full(scim: Scim) -> None:
    """Who does not look ahead sends a client for an empty page: harmless, and one request more."""
    answer = page(scim, count=scim.people.number)
    found = answer.must.be_list(counted=False)
    scim.skip_unless(len(found) == scim.people.number, "not all five are on one page")

    answer.must.lack("nextCursor")


@check(
    "rfc9865/2/items-per-page",
    SHOULD,
    "itemsPerPage is the number of resources on the page.",
    needs=USERS,
    catches=["cursor-items-told-as-asked"],
)
def items_per_page(scim: Scim) -> None:
    """As it is with an index (RFC 7644 §3.4.2.4), where the endpoint tells it."""
    answer = page(scim, count=100)
    found = answer.must.be_list(counted=False)
    if stated := answer.body.get("itemsPerPage"):
        stated.must.equal(len(found))


@check(
    "rfc9865/2/form",
    MUST,
    "A cursor has only unreserved characters.",
    needs=USERS,
    catches=["cursor-reserved-characters"],
)
def form(scim: Scim) -> None:
    """It stands in URLs as it is: letters, digits, - . _ and ~ (RFC 3986 §2.3)."""
    cursor = page(scim, count=2)["nextCursor"]

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
    first = page(scim, count=2)
    second = page(scim, cursor=str(first["nextCursor"]), count=2)
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
        answer = page(scim, count=asked)
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
    first = page(scim, count=2)
    second = page(scim, cursor=str(first["nextCursor"]), count=2)
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
    page(scim, count=2).must.lack("previousCursor")


@check(
    "rfc9865/2/previous",
    MUST,
    "A previousCursor leads one page back.",
    needs=USERS,
    catches=["cursor-without-next"],
)
def previous(scim: Scim) -> None:
    """It is optional; where it is given it works."""
    first = page(scim, count=2)
    second = page(scim, cursor=str(first["nextCursor"]), count=2)
    back = second.body.get("previousCursor")
    scim.skip_unless(back is not None, "the endpoint gives no previousCursor")

    found = ids(page(scim, cursor=str(back), count=2))
    scim.require(found == ids(first), f"the first page again: {ids(first)}", found)
    third = page(scim, cursor=str(second["nextCursor"]), count=2)
    found = ids(page(scim, cursor=str(third["previousCursor"]), count=2))
    scim.require(found == ids(second), f"the second page again: {ids(second)}", found)


@check(
    "rfc9865/2/filter-kept",
    MUST,
    "The filter holds on every page.",
    needs=USERS,
    catches=["cursor-loses-the-filter"],
)
def filter_kept(scim: Scim) -> None:
    """Nobody else comes after the first page."""
    known = {scim.people[letter].id for letter in "abcde"}
    found = all_pages(scim, count=2)

    scim.require(set(found) <= known, "only users that the filter finds", found)
    people = scim.people
    some = " or ".join(f'userName eq "{people.name(letter)}"' for letter in "ace")
    refused = scim.get(scim.users, filter=some).status in (400, 501)
    scim.skip_unless(not refused, "the endpoint refuses such a filter")
    letters = people.letters(all_pages(scim, filter=some, count=1))
    scim.require(letters == "ace", "-a, -c and -e", letters)


@check(
    "rfc9865/2/attributes-kept",
    MUST,
    "`attributes` and `excludedAttributes` hold on every page.",
    needs=[*USERS, "User.displayName"],
    catches=["cursor-loses-the-attributes"],
)
def attributes_kept(scim: Scim) -> None:
    """The client sends the whole query again, and means it."""
    queries: list[dict[str, str]] = [
        {"attributes": "userName"},
        {"excludedAttributes": "displayName"},
    ]
    for query in queries:
        first = page(scim, count=2, **query)
        second = page(scim, cursor=str(first["nextCursor"]), count=2, **query)
        for answer in (first, second):
            for user in answer.must.be_list(counted=False):
                user["userName"].must.be("string")
                if is_default(scim, "User", "displayName"):
                    user.must.lack("displayName")


@check(
    "rfc9865/2/groups",
    MUST,
    "Groups are paged by cursor as users are.",
    needs=["Group", "filter"],
    catches=["cursor-of-groups-ignored"],
)
def groups(scim: Scim) -> None:
    """The claim is about the endpoint, not about one type."""
    claimed(scim)
    name = scim.name()
    made = sorted(scim.new_group(displayName=f"{name}-{letter}").id for letter in "abc")
    query = f'displayName sw "{name}"'
    refused = scim.get(scim.groups, filter=query).status in (400, 501)
    scim.skip_unless(not refused, "the endpoint refuses the filter that finds the groups")
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(found) <= len(made):
        answer = scim.get(scim.groups, filter=query, cursor=cursor, count=1)
        found += ids(answer)
        following = answer.body.get("nextCursor")
        cursor = None if following is None else str(following)

    scim.require(sorted(found) == made, f"each of {made} once", found)


@check(
    "rfc9865/2/repeatable",
    MAY,
    "A cursor asked for again gives its page again.",
    needs=USERS,
    catches=["cursor-count-ignored", "cursor-once-only"],
)
def repeatable(scim: Scim) -> None:
    """A client whose connection broke asks again; nothing was changed in between."""
    cursor = str(page(scim, count=2)["nextCursor"])
    once, again = (page(scim, cursor=cursor, count=2) for _ in range(2))
    once.given.have_status(200)

    scim.require(ids(again) == ids(once), f"{ids(once)}", ids(again))


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
        found = people.letters_in_order(
            all_pages(scim, count=2, sortBy="userName", sortOrder=order)
        )
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
    claimed(scim)
    people = scim.people
    people.need_all()
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(found) <= people.number:
        body = {"schemas": [_SEARCH_REQUEST], "filter": people.all, "cursor": cursor, "count": 2}
        answer = scim.post(f"{scim.users}{SEARCH}", body)
        scim.skip_unless(answer.status not in (404, 405, 501), "the endpoint has no .search")
        found += ids(answer)
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
    claimed(scim)
    scim.skip_unless(scim.pages_by_index, "the endpoint pages by cursors alone")
    answer = scim.people.listed(startIndex=2, count=2)

    answer.must.have_status(200)
    answer.must.have("startIndex", equal_to=2)
