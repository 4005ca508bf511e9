"""RFC 7644 §3.4.2.4: pages by index."""

from conformance.check import MUST, SHOULD, check
from conformance.expect import Node
from conformance.scim import Scim

PAGED = ["User", "filter", "index"]


@check(
    "rfc7644/3.4.2.4/count",
    MUST,
    "A page holds no more resources than `count` asks for.",
    needs=["User"],
    catches=["page-count-ignored", "page-count-plus-one"],
)
def count(scim: Scim) -> None:
    """It may hold fewer."""
    _ = scim.people
    for asked in (1, 2):
        answer = scim.get(scim.users, count=asked)
        if answer.status == 400:
            answer = scim.people.listed(count=asked)
        found = answer.must.be_list(counted=scim.pages_by_index)
        scim.require(len(found) <= asked, f"at most {asked}", f"{len(found)} resources")


@check(
    "rfc7644/3.4.2.4/count-filtered",
    MUST,
    "`count` limits the results of a filter, too.",
    needs=PAGED,
    catches=["page-count-ignored-with-filter"],
)
def count_filtered(scim: Scim) -> None:
    """As it does with no filter."""
    for asked in (1, 3):
        found = scim.people.listed(count=asked).must.be_list()
        scim.require(len(found) <= asked, f"at most {asked}", f"{len(found)} resources")


@check(
    "rfc7644/3.4.2.4/count-groups",
    MUST,
    "`count` holds of groups as of users.",
    needs=["Group", "index"],
    catches=["page-count-of-groups-ignored"],
)
def count_groups(scim: Scim) -> None:
    """Endpoints often page one type and forget the other."""
    _ = scim.new_group(), scim.new_group()
    answer = scim.get(scim.groups, count=1)
    scim.skip_unless(answer.status != 400, "the endpoint does not list all groups")

    found = answer.must.be_list()
    scim.require(len(found) <= 1, "at most 1", f"{len(found)} resources")
    scim.require(answer["totalResults"].value >= 2, "both new groups in totalResults", "fewer")


@check(
    "rfc7644/3.4.2.4/count-zero",
    MUST,
    "With count=0 only totalResults comes back.",
    needs=PAGED,
    catches=["page-count-zero-is-none", "page-count-zero-is-one", "page-count-zero-refused"],
)
def count_zero(scim: Scim) -> None:
    """The cheap way to count."""
    _only_total(scim, 0)


@check(
    "rfc7644/3.4.2.4/count-negative",
    MUST,
    "A negative count is read as 0.",
    needs=PAGED,
    catches=[
        "page-count-negative-is-500",
        "page-count-negative-is-none",
        "page-count-negative-refused",
    ],
)
def count_negative(scim: Scim) -> None:
    """It is no error: the RFC says what it means."""
    for asked in (-1, -100):
        _only_total(scim, asked)


@check(
    "rfc7644/3.4.2.4/count-large",
    MUST,
    "A count above the endpoint's own limit is no error.",
    needs=PAGED,
    catches=["page-count-large-refused", "page-total-is-of-all"],
)
def count_large(scim: Scim) -> None:
    """It may return fewer; some clients always ask for very many."""
    answer = scim.people.listed(count=1_000_000)

    answer.must.be_list()
    answer.must.have("totalResults", equal_to=scim.people.number)


@check(
    "rfc7644/3.4.2.4/not-empty",
    SHOULD,
    "A page that is asked for, and has matches, holds some.",
    needs=PAGED,
)
def not_empty(scim: Scim) -> None:
    """To return fewer is allowed, to return none makes a client stop or go round for ever."""
    found = scim.people.listed(count=3).must.be_list()

    scim.require(bool(found), "at least one of five matches", "none")


@check(
    "rfc7644/3.4.2.4/total-on-each-page",
    MUST,
    "totalResults is the same on every page.",
    needs=PAGED,
    catches=["page-total-is-what-is-left"],
)
def total_on_each_page(scim: Scim) -> None:
    """It counts what the query matches, wherever the page begins and however long it is."""
    for start, asked in ((1, 2), (3, 2), (5, 2), (2, 1), (1, 100)):
        answer = scim.people.listed(startIndex=start, count=asked)
        answer.must.have_status(200)
        answer.must.have("totalResults", equal_to=scim.people.number)


@check(
    "rfc7644/3.4.2.4/start-below-one",
    MUST,
    "A startIndex below 1 is read as 1.",
    needs=PAGED,
    catches=[
        "page-start-below-one-told-as-asked",
        "page-start-negative-is-500",
        "page-start-negative-refused",
        "page-start-zero-is-empty",
        "page-start-zero-refused",
    ],
)
def start_below_one(scim: Scim) -> None:
    """Some clients count from 0."""
    first = _ids(scim.people.listed(startIndex=1, count=2).must.be_list())
    for start in (0, -1, -100):
        answer = scim.people.listed(startIndex=start, count=2)
        found = _ids(answer.must.be_list())
        scim.require(found == first, "the page of startIndex=1", found)
        answer.must.have("startIndex", equal_to=1)


@check(
    "rfc7644/3.4.2.4/start-default",
    MUST,
    "Without startIndex the first page comes.",
    needs=PAGED,
    catches=["page-start-from-zero"],
)
def start_default(scim: Scim) -> None:
    """The default is 1."""
    first = _ids(scim.people.listed(startIndex=1, count=2).must.be_list())
    found = _ids(scim.people.listed(count=2).must.be_list())

    scim.require(found == first, "the page of startIndex=1", found)


@check(
    "rfc7644/3.4.2.4/start-counts-from-one",
    MUST,
    "startIndex=2 leaves out one result, and no more.",
    needs=PAGED,
    catches=["page-last-one-is-lost"],
)
def start_counts_from_one(scim: Scim) -> None:
    """It is an index of results, counted from 1: neither from 0 nor in pages."""
    everybody = scim.people.ids()
    for start in (2, 3, 5):
        found = _ids(scim.people.listed(startIndex=start, count=1).must.be_list())
        wanted = everybody[start - 1 : start]
        scim.require(found == wanted, f"result {start}: {wanted}", found)


@check(
    "rfc7644/3.4.2.4/pages",
    MUST,
    "Page by page every match comes, and none twice.",
    needs=PAGED,
    catches=["page-start-counts-pages"],
)
def pages(scim: Scim) -> None:
    """Nothing changes in between, so the pages have to fit together, of whatever size."""
    people = scim.people
    for size in (1, 2, 3):
        found = people.ids(count=size)
        everybody = sorted(people[letter].id for letter in "abcde")
        scim.require(sorted(found) == everybody, "each of five once", found)


@check(
    "rfc7644/3.4.2.4/last-page",
    MUST,
    "The last page holds what is left.",
    needs=PAGED,
    catches=["page-last-page-is-full"],
)
def last_page(scim: Scim) -> None:
    """Though more were asked for than there are."""
    answer = scim.people.listed(startIndex=5, count=3)
    found = answer.must.be_list()

    answer.must.have("totalResults", equal_to=scim.people.number)
    scim.require(len(found) == 1, "the fifth of five", f"{len(found)} resources")


@check(
    "rfc7644/3.4.2.4/past-the-end",
    MUST,
    "A page past the end is empty, and totalResults stays true.",
    needs=PAGED,
    catches=[
        "page-past-the-end-is-400",
        "page-past-the-end-is-404",
        "page-past-the-end-is-the-first",
        "page-past-the-end-total-is-zero",
    ],
)
def past_the_end(scim: Scim) -> None:
    """A client that pages until nothing comes would never end otherwise."""
    for start in (6, 1000, 2**31):
        answer = scim.people.listed(startIndex=start)
        answer.must.have_status(200)
        answer.must.have("totalResults", equal_to=scim.people.number)
        answer.must.lack("Resources")


@check(
    "rfc7644/3.4.2.4/page-members",
    MUST,
    "A part of the results says startIndex and itemsPerPage.",
    needs=PAGED,
    catches=[
        "page-start-ignored",
        "page-start-off-by-one",
        "page-start-told-as-one",
        "page-start-told-from-zero",
        "page-without-items",
        "page-without-place",
    ],
)
def page_members(scim: Scim) -> None:
    """Both are required as soon as not everything is on the page."""
    for start in (1, 2, 4):
        answer = scim.people.listed(startIndex=start, count=1)
        answer.given.have_status(200)
        answer.must.have("startIndex", equal_to=start)
        answer["itemsPerPage"].must.be("integer")


@check(
    "rfc7644/3.4.2.4/items-per-page",
    SHOULD,
    "itemsPerPage is the number of resources on the page.",
    needs=PAGED,
    catches=["page-items-told-as-asked"],
)
def items_per_page(scim: Scim) -> None:
    """The RFC defines it so, while an example of its own shows another value: hence no MUST."""
    for start in (4, 9):
        answer = scim.people.listed(startIndex=start, count=3)
        answer.given.have_status(200)
        if start == 4 or answer.body.get("itemsPerPage") is not None:
            answer.must.have("itemsPerPage", equal_to=len(answer.body.items_of("Resources")))


@check(
    "rfc7644/3.4.2.4/no-number",
    SHOULD,
    "A startIndex or count that is no number is refused with 400.",
    needs=PAGED,
)
def no_number(scim: Scim) -> None:
    """Table 9 has invalidValue for it; an endpoint that reads something into it is not wrong."""
    for name in ("count", "startIndex"):
        answer = scim.people.listed(**{name: "many"})
        answer.must.be_error(400, None, "invalidValue", "invalidSyntax", "invalidCount")


@check(
    "rfc7644/3.4.2.4/unfiltered",
    MUST,
    "Without a filter pages are cut alike.",
    needs=["User", "index"],
    catches=["page-count-zero-without-filter-is-none", "page-start-ignored-without-filter"],
)
def unfiltered(scim: Scim) -> None:
    """startIndex and count hold, and totalResults counts all: at least those made here."""
    made = [scim.new_user() for _ in range(2)]
    first, second = (scim.get(scim.users, startIndex=n, count=1) for n in (1, 2))
    scim.skip_unless(first.status != 400, "the endpoint does not list all users")
    one, two = first.must.be_list(), second.must.be_list()

    for answer in (first, second):
        total = answer["totalResults"].value
        scim.require(total >= len(made), "at least the two new users in totalResults", total)
    scim.require(_ids(one) != _ids(two), "another user on the second page", _ids(two))
    second.must.have("startIndex", equal_to=2)
    counted = scim.get(scim.users, count=0)
    counted.must.have_status(200)
    counted.must.lack("Resources")


@check(
    "rfc7644/3.4.2.4/groups",
    MUST,
    "Groups are paged by the same rules.",
    needs=["Group", "filter", "index"],
    catches=["page-start-of-groups-ignored"],
)
def groups(scim: Scim) -> None:
    """Page by page each comes once, and totalResults counts them all."""
    name = scim.name()
    made = sorted(scim.new_group(displayName=f"{name}-{letter}").id for letter in "abc")
    query = f'displayName sw "{name}"'
    answer = scim.get(scim.groups, filter=query, startIndex=2, count=1)
    scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")

    answer.must.have("totalResults", equal_to=3)
    answer.must.have("startIndex", equal_to=2)
    found = sorted(_ids(scim.matches(scim.groups, filter=query, count=1)))
    scim.require(found == made, f"each of {made} once", found)


def _only_total(scim: Scim, asked: int) -> None:
    answer = scim.people.listed(count=asked)

    answer.must.have_status(200)
    answer.must.have("totalResults", equal_to=scim.people.number)
    answer.must.lack("Resources")


def _ids(nodes: list[Node]) -> list[str]:
    return [str(node["id"]) for node in nodes]
