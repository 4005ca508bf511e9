"""RFC 7644 §3.4.2 and §3.4.2.1: lists."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.scim import Scim
from scim_protocol.urns import SCIM_JSON, USER


@check(
    "rfc7644/3.4.2/list",
    MUST,
    "A query is answered with a ListResponse.",
    needs=["User"],
    catches=["page-total-in-another-name", "page-total-is-text"],
)
def list_response(scim: Scim) -> None:
    """It has its schema, totalResults, and Resources when there are any."""
    user = scim.new_user()
    answer = _listed(scim)

    found = answer.must.be_list(counted=scim.pages_by_index)
    scim.require(bool(found), f"at least the new user {user.id}", "no resource")


@check("rfc7644/3.4.2/media-type", MUST, "A list is application/scim+json.", needs=["User"])
def media_type(scim: Scim) -> None:
    """Like every answer with a body (§3.1)."""
    answer = _listed(scim, count=1)
    answer.given.have_status(200)

    answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.4.2/total",
    MUST,
    "totalResults counts every match, not those of the page.",
    needs=["User", "filter", "index"],
    catches=["filter-ignored-with-count", "page-total-is-of-the-page"],
)
def total(scim: Scim) -> None:
    """A client knows by it whether there is more to fetch."""
    answer = scim.people.listed(count=2)

    answer.must.have_status(200)
    answer.must.have("totalResults", equal_to=scim.people.number)


@check(
    "rfc7644/3.4.2/total-filtered",
    MUST,
    "totalResults counts the matches of the filter, not all resources.",
    needs=["User", "filter", "index"],
    catches=["page-without-total"],
)
def total_filtered(scim: Scim) -> None:
    """One user has this name."""
    people = scim.people
    answer = scim.get(scim.users, filter=f'userName eq "{people.name("b")}"')

    answer.must.have_status(200)
    answer.must.have("totalResults", equal_to=1)


@check(
    "rfc7644/3.4.2/nothing",
    MUST,
    "A query that matches nothing is answered 200 with totalResults 0.",
    needs=["User", "filter"],
    catches=["filter-nothing-found-is-404"],
)
def nothing(scim: Scim) -> None:
    """A 404 here stops a client that only asks whether an account exists."""
    answer = scim.get(scim.users, filter=f'userName eq "{scim.name()}"')

    answer.must.have_status(200)
    scim.require(answer.must.be_list(counted=scim.pages_by_index) == [], "no match", "some")
    if scim.pages_by_index:
        answer.must.have("totalResults", equal_to=0)


@check(
    "rfc7644/3.4.2/deleted",
    MUST,
    "What was deleted is neither found nor counted.",
    needs=["User", "filter"],
    catches=["page-total-counts-the-deleted"],
)
def deleted(scim: Scim) -> None:
    """By its name and by its id: gone from one read is gone from all (§3.6)."""
    user = scim.new_user()
    scim.delete(user.path).given.have_status(204)
    for text in (f'userName eq "{user["userName"]}"', f'id eq "{user.id}"'):
        answer = scim.get(scim.users, filter=text)
        scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")
        scim.require(answer.must.be_list(counted=False) == [], "no match", "some")
        if (total := answer.body.get("totalResults")) is not None:
            total.must.equal(0)


@check(
    "rfc7644/3.4.2/whole",
    MUST,
    "A list shows of a resource what the resource itself shows.",
    needs=["User", "filter"],
    catches=["page-locations-of-lists-are-wrong", "page-short-resources"],
)
def whole(scim: Scim) -> None:
    """The attributes that come by default come by default here, too."""
    people = scim.people
    answer = scim.get(scim.users, filter=f'userName eq "{people.name("a")}"')

    for node in answer.must.be_list(counted=scim.pages_by_index):
        for name, value in people.document("a").items():
            if name != "meta":
                node[name].must.equal(value)
        node["meta"]["resourceType"].must.be("string")
        if own := people.document("a").get("meta", {}).get("location"):
            listed = answer.resolve(str(node["meta"]["location"]))
            alone = answer.resolve(str(own))
            scim.require(listed == alone, f"meta.location {alone}", listed)


@check(
    "rfc7644/3.4.2/whole-groups",
    MUST,
    "A list shows of a group what the group itself shows.",
    needs=["User", "Group", "Group.members", "filter"],
    catches=["page-groups-without-members"],
)
def whole_groups(scim: Scim) -> None:
    """Its members, too, where it shows them alone: who reads none takes the group for empty."""
    group = scim.group_of(scim.new_user())
    alone = scim.read(group)

    for node in scim.matches(scim.groups, filter=f'displayName eq "{group["displayName"]}"'):
        for name, value in alone.body.value.items():
            if name != "meta":
                node[name].must.equal(value)


@check(
    "rfc7644/3.4.2/own-schemas",
    MUST,
    "Each resource of a list has `schemas`.",
    needs=["User"],
    catches=["page-bare-array", "page-resources-without-schemas"],
)
def own_schemas(scim: Scim) -> None:
    """A client cannot tell otherwise what it reads."""
    _ = scim.new_user()
    answer = _listed(scim, count=3)
    answer.given.have_status(200)

    for node in answer.must.be_list(counted=scim.pages_by_index):
        node["schemas"].must.contain(USER)
        node["id"].must.be("string")


@check(
    "rfc7644/3.4.2/groups",
    MUST,
    "Groups are listed, and found by their displayName.",
    needs=["Group", "filter"],
    catches=[],
)
def groups(scim: Scim) -> None:
    """Identity providers look a group up by its name before they create it."""
    group, _ = scim.new_group(), scim.new_group()

    found = scim.matches(scim.groups, filter=f'displayName eq "{group["displayName"]}"')

    ids = [str(node["id"]) for node in found]
    scim.require(ids == [group.id], f"only the group {group.id}", ids)


@check(
    "rfc7644/3.4.2.1/one-type",
    MUST,
    "A list of users holds users, a list of groups holds groups.",
    needs=["User", "Group"],
    catches=["page-of-both-types", "page-without-schema"],
)
def one_type(scim: Scim) -> None:
    """A query of a resource type's endpoint is about that type."""
    user, group = scim.new_user(), scim.new_group()
    for path, like in ((scim.users, user), (scim.groups, group)):
        answer = scim.get(path, count=20)
        scim.skip_unless(answer.status == 200, "the endpoint does not list all resources")
        for node in answer.must.be_list(counted=scim.pages_by_index):
            if kind := node.get("meta"):
                kind["resourceType"].must.equal(like["meta"]["resourceType"])


@check(
    "rfc7644/3.4.2.1/root",
    MUST,
    "A query of the base URL looks at resources of all types.",
    needs=["User", "Group", "filter", "User.displayName"],
    catches=["page-root-has-users-only"],
)
def root(scim: Scim) -> None:
    """An endpoint need not have it; one that answers includes all types."""
    name = scim.name()
    user, group = scim.new_user(displayName=name), scim.new_group(displayName=name)
    answer = scim.get("/", filter=f'displayName eq "{name}"')
    _rooted(scim, answer)

    found = sorted(str(node["id"]) for node in answer.must.be_list(counted=False))
    scim.require(found == sorted([user.id, group.id]), "the user and the group", found)


@check(
    "rfc7644/3.4.2.1/root-pages",
    MUST,
    "A query of the base URL is cut into pages, too.",
    needs=["User", "Group", "filter", "User.displayName", "index"],
    catches=["page-root-ignores-count"],
)
def root_pages(scim: Scim) -> None:
    """startIndex, count and totalResults are about all types together."""
    name = scim.name()
    made = [scim.new_user(displayName=name), scim.new_group(displayName=name)]
    text = f'displayName eq "{name}"'
    _rooted(scim, scim.get("/", filter=text))
    found: list[str] = []
    for start in (1, 2):
        answer = scim.get("/", filter=text, startIndex=start, count=1)
        page = answer.must.be_list()
        answer.must.have("totalResults", equal_to=2)
        scim.require(len(page) <= 1, "at most 1", f"{len(page)} resources")
        found += [str(node["id"]) for node in page]

    wanted = sorted(one.id for one in made)
    scim.require(sorted(found) == wanted, "each of both once", found)


@check(
    "rfc7644/3.4.2.1/root-lacking",
    MUST,
    "Over the base URL an attribute that a type lacks has no value there.",
    needs=["User", "Group", "filter"],
    catches=["page-root-refuses-what-a-type-lacks"],
)
def root_lacking(scim: Scim) -> None:
    """A filter on userName finds users, and is no error for groups."""
    user = scim.new_user()
    scim.new_group(displayName=str(user["userName"]))
    found = scim.get("/", filter=f'userName eq "{user["userName"]}"')
    is_list = found.status == 200 and "totalResults" in (found.document or {})
    scim.skip_unless(is_list or found.status == 400, "the endpoint has no query over its root")
    known = scim.get("/", filter=f'id eq "{user.id}"')
    scim.skip_unless(known.status == 200, "the endpoint has no query over its root")

    ids = [str(node["id"]) for node in found.must.be_list(counted=False)]
    scim.require(ids == [user.id], f"the user {user.id}", ids)


def _rooted(scim: Scim, answer: Answer) -> None:
    is_list = answer.status == 200 and "totalResults" in (answer.document or {})
    scim.skip_unless(is_list, "the endpoint has no query over its root")


def _listed(scim: Scim, **query: int) -> Answer:
    """List users without a filter, which an endpoint with very many may refuse (§3.4.2.1)."""
    answer = scim.get(scim.users, **query)
    too_many = answer.status == 400 and (answer.document or {}).get("scimType") == "tooMany"
    scim.skip_unless(not too_many, "the endpoint does not list all users: tooMany")
    return answer
