"""RFC 7644 §3.4.3: queries by POST, whose parameters are not in the URL."""

from typing import Any

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.material.projection import is_default
from conformance.scim import Scim
from scim_protocol.urns import SCIM_JSON, SEARCH

USERS = ["User", "filter"]
_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@check(
    "rfc7644/3.4.3/users",
    MUST,
    "POST /Users/.search finds what a filter matches.",
    needs=USERS,
    catches=["search-plain-json"],
)
def users(scim: Scim) -> None:
    """It is answered 200 with a ListResponse, as GET is."""
    people = scim.people
    answer = _search(scim, filter=f'userName eq "{people.name("b")}"')

    answer.must.have_media_type(SCIM_JSON)
    found = _ids(scim, answer)
    scim.require(found == [people["b"].id], f"the user {people['b'].id}", found)


@check(
    "rfc7644/3.4.3/nothing",
    MUST,
    "A search that finds nothing is answered 200.",
    needs=USERS,
    catches=[],
)
def nothing(scim: Scim) -> None:
    """With totalResults 0, like a query by GET."""
    found = _ids(scim, _search(scim, filter=f'userName eq "{scim.name()}"'))

    scim.require(found == [], "no match", found)


@check(
    "rfc7644/3.4.3/like-get",
    MUST,
    "A search finds what the same GET finds.",
    needs=USERS,
    catches=["search-nothing-is-404"],
)
def like_get(scim: Scim) -> None:
    """The parameters mean the same, whichever way they come."""
    people = scim.people
    for condition in (f'userName ne "{people.name("b")}"', 'not (userName co "-c")'):
        text = f"{people.all} and {condition}"
        answer = scim.get(scim.users, filter=text)
        scim.skip_unless(answer.status != 400, "the endpoint refuses such a filter")
        by_get = sorted(_ids(scim, answer))
        by_post = sorted(_ids(scim, _search(scim, filter=text)))
        scim.require(by_post == by_get, f"what GET finds: {by_get}", by_post)


@check(
    "rfc7644/3.4.3/pages",
    MUST,
    "startIndex and count of a search are heeded.",
    needs=[*USERS, "index"],
    catches=["search-ignores-startindex", "search-start-from-zero"],
)
def pages(scim: Scim) -> None:
    """They are integers in the body."""
    people = scim.people
    everybody = sorted(people.ids())
    found: list[str] = []
    for start in range(1, people.number + 1):
        answer = _search(scim, filter=people.all, startIndex=start, count=1)
        answer.must.have("totalResults", equal_to=people.number)
        page = _ids(scim, answer)
        scim.require(len(page) == 1, f"one result from {start} on", page)
        found += page
    scim.require(sorted(found) == everybody, "each of them on one page", found)


@check(
    "rfc7644/3.4.3/count-zero",
    MUST,
    "A search with count 0 gives only totalResults.",
    needs=[*USERS, "index"],
    catches=["search-count-zero-is-none", "search-ignores-count", "search-missing"],
)
def count_zero(scim: Scim) -> None:
    """0 is not the same as no count."""
    scim.people.need_all()
    answer = _search(scim, filter=scim.people.all, count=0)

    answer.must.have("totalResults", equal_to=scim.people.number)
    answer.must.lack("Resources")


@check(
    "rfc7644/3.4.3/below-one",
    MUST,
    "In a search a startIndex below 1 is read as 1, and a negative count as 0.",
    needs=[*USERS, "index"],
    catches=["search-refuses-numbers-below-one"],
)
def below_one(scim: Scim) -> None:
    """As it is in a URL."""
    scim.people.need_all()
    first = _ids(scim, _search(scim, filter=scim.people.all, startIndex=1, count=2))
    found = _ids(scim, _search(scim, filter=scim.people.all, startIndex=0, count=2))
    scim.require(found == first, f"the page of startIndex 1: {first}", found)
    counted = _search(scim, filter=scim.people.all, count=-1)

    counted.must.have("totalResults", equal_to=scim.people.number)
    counted.must.lack("Resources")


@check(
    "rfc7644/3.4.3/sorted",
    MUST,
    "A search is sorted.",
    needs=[*USERS, "sort"],
    catches=["search-ignores-sortby", "search-ignores-sortorder"],
)
def in_order(scim: Scim) -> None:
    """By sortBy and sortOrder of the body."""
    people = scim.people
    people.need_all()
    for order, wanted in (("descending", "edcba"), ("ascending", "abcde")):
        answer = _search(scim, filter=people.all, sortBy="userName", sortOrder=order)
        found = _ids(scim, answer)
        first = wanted[: len(found)]  # a page may hold fewer than all five
        letters = people.letters_in_order(found)
        scim.require(first != "" and letters == first, f"the users {first or wanted}", letters)


@check(
    "rfc7644/3.4.3/attributes",
    MUST,
    "`attributes` of a search is heeded.",
    needs=[*USERS, "User.displayName"],
    catches=["search-first-attribute-only", "search-ignores-attributes"],
)
def attributes(scim: Scim) -> None:
    """It is an array in the body."""
    people = scim.people
    text = f'userName eq "{people.name("a")}"'
    answer = _search(scim, filter=text, attributes=["userName"])

    for user in answer.must.be_list(counted=scim.pages_by_index):
        user["userName"].must.be("string")
        user["id"].must.be("string")
        if is_default(scim, "User", "displayName"):
            user.must.lack("displayName")


@check(
    "rfc7644/3.4.3/excluded",
    MUST,
    "`excludedAttributes` of a search is heeded.",
    needs=[*USERS, "User.displayName"],
    catches=["search-ignores-excludedattributes"],
)
def excluded(scim: Scim) -> None:
    """It is an array in the body."""
    people = scim.people
    text = f'userName eq "{people.name("a")}"'
    answer = _search(scim, filter=text, excludedAttributes=["displayName"])

    for user in answer.must.be_list(counted=scim.pages_by_index):
        user["userName"].must.be("string")
        if is_default(scim, "User", "displayName"):
            user.must.lack("displayName")


@check(
    "rfc7644/3.4.3/makes-nothing",
    MUST,
    "A search creates nothing.",
    needs=USERS,
    catches=["search-answers-201", "search-creates"],
)
def makes_nothing(scim: Scim) -> None:
    """It is a POST, yet none to the resource type."""
    name = scim.name()
    answer = scim.post(
        f"{scim.users}{SEARCH}",
        {"schemas": [_REQUEST], "filter": f'userName eq "{name}"', "userName": name},
    )
    scim.skip_unless(answer.status not in (404, 405, 501), "the endpoint has no .search")
    answer.must.have_status(200, 400)

    found = scim.matches(scim.users, filter=f'userName eq "{name}"')
    scim.require(not found, "no new user", f"{len(found)} users")


@check(
    "rfc7644/3.4.3/invalid-filter",
    MUST,
    "A search with a malformed filter is refused with 400.",
    needs=USERS,
    catches=["search-refused-finds-nothing"],
)
def invalid_filter(scim: Scim) -> None:
    """Like a query by GET, and never answered with everybody."""
    for broken in ("userName eq", 'userName regex "a"', '(userName eq "a"'):
        answer = _search(scim, filter=broken)
        answer.must.be_error(400, None, "invalidFilter")
        answer.must.be_error_message()


@check(
    "rfc7644/3.4.3/malformed",
    MUST,
    "A search whose body is no JSON object is refused.",
    needs=["User"],
    catches=["search-malformed-is-500"],
)
def malformed(scim: Scim) -> None:
    """It is the client's mistake, so never a 5xx."""
    _there(scim)
    for raw in (b"{", b"[]", b'"userName pr"'):
        scim.send("POST", f"{scim.users}{SEARCH}", raw=raw).must.be_refused()


@check(
    "rfc7644/3.4.3/wrong-types",
    SHOULD,
    "A search with members of the wrong type is refused with 400.",
    needs=USERS,
)
def wrong_types(scim: Scim) -> None:
    """An endpoint that reads a filter out of an array answers something else than was asked."""
    for wrong in ({"filter": ["userName pr"]}, {"filter": 7}, {"sortBy": {}, "filter": "id pr"}):
        answer = _search(scim, **wrong)
        answer.must.be_error(400)


@check(
    "rfc7644/3.4.3/groups",
    MUST,
    "POST /Groups/.search finds groups.",
    needs=["Group", "filter"],
    catches=["search-groups-give-users", "search-of-groups-missing"],
)
def groups(scim: Scim) -> None:
    """Every endpoint of resources can be searched."""
    group, _ = scim.new_group(), scim.new_group()
    text = f'displayName eq "{group["displayName"]}"'
    answer = scim.post(f"{scim.groups}{SEARCH}", {"schemas": [_REQUEST], "filter": text})
    scim.skip_unless(answer.status not in (405, 501), "the endpoint has no .search")

    found = _ids(scim, answer)
    scim.require(found == [group.id], f"the group {group.id}", found)


@check(
    "rfc7644/3.4.3/types-apart",
    MUST,
    "A search below a type's endpoint finds that type alone.",
    needs=["User", "Group", "filter", "User.displayName"],
    catches=["search-of-users-gives-groups"],
)
def types_apart(scim: Scim) -> None:
    """Though a user and a group have one name."""
    name = scim.name()
    made = [scim.new_user(displayName=name), scim.new_group(displayName=name)]
    for path, wanted in zip((scim.users, scim.groups), made, strict=True):
        body = {"schemas": [_REQUEST], "filter": f'displayName eq "{name}"'}
        answer = scim.post(f"{path}{SEARCH}", body)
        scim.skip_unless(answer.status not in _ABSENT, "the endpoint has no such search")
        found = _ids(scim, answer)
        scim.require(found == [wanted.id], f"only {wanted.path}", found)


@check(
    "rfc7644/3.4.3/root",
    MUST,
    "POST /.search looks at resources of all types.",
    needs=["User", "Group", "filter", "User.displayName"],
    catches=["search-without-schema"],
)
def root(scim: Scim) -> None:
    """An endpoint need not have it; one that answers includes all types."""
    name = scim.name()
    user, group = scim.new_user(displayName=name), scim.new_group(displayName=name)
    body = {"schemas": [_REQUEST], "filter": f'displayName eq "{name}"'}
    answer = scim.post(SEARCH, body)
    scim.skip_unless(answer.status not in _ABSENT, "the endpoint has no search over its root")

    found = sorted(_ids(scim, answer))
    scim.require(found == sorted([user.id, group.id]), "the user and the group", found)


@check(
    "rfc7644/3.4.3/root-lacking",
    MUST,
    "Over all types an attribute that a type lacks has no value there.",
    needs=["User", "Group", "filter"],
    catches=["search-ignores-filter"],
)
def root_lacking(scim: Scim) -> None:
    """A filter on userName finds users, and is no error for groups (§3.4.2.1)."""
    user = scim.new_user()
    known = scim.post(SEARCH, {"schemas": [_REQUEST], "filter": f'id eq "{user.id}"'})
    scim.skip_unless(known.status == 200, "the endpoint has no search over its root")
    text = f'userName eq "{user["userName"]}"'

    found = _ids(scim, scim.post(SEARCH, {"schemas": [_REQUEST], "filter": text}))
    scim.require(found == [user.id], f"the user {user.id}", found)


@check(
    "rfc7644/3.4.3/root-type",
    MUST,
    "Over all types meta.resourceType tells them apart.",
    needs=["User", "Group", "filter", "User.displayName"],
    catches=[],
)
def root_type(scim: Scim) -> None:
    """The RFC's own way to keep a query over the root to one type."""
    name = scim.name()
    _, group = scim.new_user(displayName=name), scim.new_group(displayName=name)
    kind = str(group["meta"]["resourceType"])
    text = f'displayName eq "{name}" and meta.resourceType eq "{kind}"'
    answer = scim.post(SEARCH, {"schemas": [_REQUEST], "filter": text})
    scim.skip_unless(answer.status not in _ABSENT, "the endpoint has no search over its root")

    found = _ids(scim, answer)
    scim.require(found == [group.id], f"the group {group.id}", found)


_ABSENT = (400, 403, 404, 405, 501)


def _there(scim: Scim) -> None:
    answer = scim.post(f"{scim.users}{SEARCH}", {"schemas": [_REQUEST], "count": 1})
    scim.skip_unless(answer.status not in (404, 405, 501), "the endpoint has no .search")


def _search(scim: Scim, **parameters: Any) -> Answer:
    answer = scim.post(f"{scim.users}{SEARCH}", {"schemas": [_REQUEST], **parameters})
    scim.skip_unless(answer.status not in (405, 501), "the endpoint has no .search")
    return answer


def _ids(scim: Scim, answer: Answer) -> list[str]:
    return [str(node["id"]) for node in answer.must.be_list(counted=scim.pages_by_index)]
