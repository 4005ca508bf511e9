"""RFC 7644 §3.4.2 and §3.4.2.4: lists and their pages."""

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim


@check("rfc7644/3.4.2/list", MUST, "A query is answered with a ListResponse.", needs=["User"])
def list_response(scim: Scim) -> None:
    """It has its schema, totalResults, and Resources when there are any."""
    user = scim.new_user()
    answer = _listed(scim)

    found = answer.must.be_list(counted=scim.pages_by_index)
    scim.require(bool(found), f"at least the new user {user.id}", "no resource")


@check(
    "rfc7644/3.4.2/total",
    MUST,
    "totalResults counts every match, not those of the page.",
    needs=["User", "filter", "index"],
)
def total(scim: Scim) -> None:
    """A client knows by it whether there is more to fetch."""
    answer = scim.get(scim.users, filter=scim.people.all, count=2)

    answer.must.have_status(200)
    answer.must.have("totalResults", equal_to=4)


@check(
    "rfc7644/3.4.2/nothing",
    MUST,
    "A query that matches nothing is answered 200 with totalResults 0.",
    needs=["User", "filter"],
)
def nothing(scim: Scim) -> None:
    """A 404 here stops a client that only asks whether an account exists."""
    answer = scim.get(scim.users, filter=f'userName eq "{scim.name()}"')

    answer.must.have_status(200)
    scim.require(answer.must.be_list(counted=scim.pages_by_index) == [], "no match", "some")


@check(
    "rfc7644/3.4.2/groups",
    MUST,
    "Groups are listed, and found by their displayName.",
    needs=["Group", "filter"],
)
def groups(scim: Scim) -> None:
    """Identity providers look a group up by its name before they create it."""
    group, _ = scim.new_group(), scim.new_group()

    found = scim.matches(scim.groups, filter=f'displayName eq "{group["displayName"]}"')

    ids = [str(node["id"]) for node in found]
    scim.require(ids == [group.id], f"only the group {group.id}", ids)


@check(
    "rfc7644/3.4.2.4/count",
    MUST,
    "A page holds no more resources than `count` asks for.",
    needs=["User"],
)
def count(scim: Scim) -> None:
    """It may hold fewer."""
    _ = scim.people
    found = _listed(scim, count=2).must.be_list(counted=scim.pages_by_index)

    scim.require(len(found) <= 2, "at most 2 resources", f"{len(found)} resources")


@check(
    "rfc7644/3.4.2.4/count-zero",
    MUST,
    "With count=0 only totalResults comes back.",
    needs=["User", "filter", "index"],
)
def count_zero(scim: Scim) -> None:
    """The cheap way to count."""
    answer = scim.get(scim.users, filter=scim.people.all, count=0)

    answer.must.have_status(200)
    answer.must.have("totalResults", equal_to=4)
    answer.must.lack("Resources")


@check(
    "rfc7644/3.4.2.4/count-negative",
    MUST,
    "A negative count is read as 0.",
    needs=["User", "filter", "index"],
)
def count_negative(scim: Scim) -> None:
    """It is no error: the RFC says what it means."""
    answer = scim.get(scim.users, filter=scim.people.all, count=-1)

    answer.must.have_status(200)
    answer.must.lack("Resources")


@check(
    "rfc7644/3.4.2.4/start-below-one",
    MUST,
    "A startIndex below 1 is read as 1.",
    needs=["User", "filter", "index"],
)
def start_below_one(scim: Scim) -> None:
    """Some clients count from 0."""
    first = scim.get(scim.users, filter=scim.people.all, startIndex=1).must.be_list()
    zero = scim.get(scim.users, filter=scim.people.all, startIndex=0).must.be_list()

    ids = [str(node["id"]) for node in zero]
    scim.require(ids == [str(n["id"]) for n in first], "the page of startIndex=1", ids)


@check(
    "rfc7644/3.4.2.4/pages",
    MUST,
    "Page by page every match comes, and none twice.",
    needs=["User", "filter", "index"],
)
def pages(scim: Scim) -> None:
    """Nothing changes in between, so the pages have to fit together."""
    people = scim.people
    found = scim.matches(scim.users, filter=people.all, count=1)

    ids = sorted(str(node["id"]) for node in found)
    scim.require(ids == sorted(people[letter].id for letter in "abcd"), "each of four once", ids)


@check(
    "rfc7644/3.4.2.4/past-the-end",
    MUST,
    "A page past the end is empty, and totalResults stays true.",
    needs=["User", "filter", "index"],
)
def past_the_end(scim: Scim) -> None:
    """A client that pages until nothing comes would never end otherwise."""
    answer = scim.get(scim.users, filter=scim.people.all, startIndex=5)

    answer.must.have_status(200)
    answer.must.have("totalResults", equal_to=4)
    answer.must.lack("Resources")


@check(
    "rfc7644/3.4.2.4/page-members",
    MUST,
    "A part of the results says startIndex and itemsPerPage.",
    needs=["User", "filter", "index"],
)
def page_members(scim: Scim) -> None:
    """Both are required as soon as not everything is on the page."""
    answer = scim.get(scim.users, filter=scim.people.all, startIndex=2, count=1)
    answer.given.have_status(200)

    answer.must.have("startIndex", equal_to=2)
    answer["itemsPerPage"].must.be("integer")


@check(
    "rfc7644/3.4.2.4/items-per-page",
    SHOULD,
    "itemsPerPage is the number of resources on the page.",
    needs=["User", "filter", "index"],
)
def items_per_page(scim: Scim) -> None:
    """The RFC defines it so, while an example of its own shows another value: hence no MUST."""
    answer = scim.get(scim.users, filter=scim.people.all, startIndex=4, count=3)
    answer.given.have_status(200)

    answer.must.have("itemsPerPage", equal_to=len(answer.body.items_of("Resources")))


def _listed(scim: Scim, **query: int) -> Answer:
    """List users without a filter, which an endpoint with very many may refuse (§3.4.2.1)."""
    answer = scim.get(scim.users, **query)
    too_many = answer.status == 400 and (answer.document or {}).get("scimType") == "tooMany"
    scim.skip_unless(not too_many, "the endpoint does not list all users: tooMany")
    return answer
