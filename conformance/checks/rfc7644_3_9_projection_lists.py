"""RFC 7644 §3.9 and §3.4.2.5: some attributes only, in lists, of groups, and by other rules."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.material.projection import is_default, must_lack
from conformance.scim import Scim

USERS = ["User", "User.displayName", "filter"]
GROUPS = ["User", "Group", "Group.members"]


@check(
    "rfc7644/3.9/lists",
    MUST,
    "`attributes` holds in lists, too.",
    needs=USERS,
    catches=["projection-attributes-ignored-in-lists"],
)
def lists(scim: Scim) -> None:
    """Each resource of the list is cut alike."""
    _ = scim.people
    mailed = bool(scim.people.document("a").get("emails"))
    names = "userName,emails" if mailed else "userName"
    answer = scim.get(scim.users, filter=_one(scim), attributes=names)

    for user in answer.must.be_list(counted=scim.pages_by_index):
        user["id"].must.be("string")
        user["userName"].must.be("string")
        if mailed:
            user["emails"].must.be("array")
        if is_default(scim, "User", "displayName"):
            user.must.lack("displayName")


@check(
    "rfc7644/3.9/lists-excluded",
    MUST,
    "So does `excludedAttributes`.",
    needs=USERS,
    catches=["projection-excluded-ignored-in-lists"],
)
def lists_excluded(scim: Scim) -> None:
    """And the rest comes as by default."""
    people = scim.people
    answer = scim.get(scim.users, filter=_one(scim), excludedAttributes="displayName")

    for user in answer.must.be_list(counted=scim.pages_by_index):
        user["id"].must.equal(people["a"].id)
        user["userName"].must.be("string")
        if people.document("a").get("title"):
            user["title"].must.be("string")
        if is_default(scim, "User", "displayName"):
            user.must.lack("displayName")


@check(
    "rfc7644/3.9/lists-sub-attribute",
    MUST,
    "In lists sub-attributes may be named as well.",
    needs=[*USERS, "User.name.givenName", "User.name.familyName"],
    catches=["projection-part-gives-the-whole"],
)
def lists_sub_attribute(scim: Scim) -> None:
    """`name.givenName` gives the given name and not the family name."""
    _ = scim.people
    answer = scim.get(scim.users, filter=_one(scim), attributes="name.givenName")

    for user in answer.must.be_list(counted=scim.pages_by_index):
        user["name"]["givenName"].must.be("string")
        if is_default(scim, "User", "name.familyName"):
            user["name"].must.lack("familyName")


@check(
    "rfc7644/3.9/filter-apart",
    MUST,
    "What is not shown can be filtered by.",
    needs=USERS,
    catches=["projection-hides-from-filters", "projection-id-left-out-unless-named"],
)
def filter_apart(scim: Scim) -> None:
    """`attributes` says what comes back, not what the filter may look at."""
    people = scim.people
    shown = scim.get(scim.users, filter=_one(scim), attributes="displayName")
    hidden = scim.get(scim.users, filter=_one(scim), excludedAttributes="userName")

    for answer in (shown, hidden):
        found = [str(node["id"]) for node in answer.must.be_list(counted=scim.pages_by_index)]
        scim.require(found == [people["a"].id], f"the user {people['a'].id}", found)


@check(
    "rfc7644/3.9/members",
    MUST,
    "`excludedAttributes=members` leaves the members out.",
    needs=GROUPS,
    catches=["projection-members-stay"],
)
def without_members(scim: Scim) -> None:
    """By this clients read groups of any size."""
    group = scim.new_group(scim.new_user())
    answer = scim.get(group.path, excludedAttributes="members")

    answer.must.have_status(200)
    answer.must.have("displayName", equal_to=group["displayName"])
    answer.must.lack("members")


@check(
    "rfc7644/3.9/members-in-lists",
    MUST,
    "In lists of groups, too.",
    needs=[*GROUPS, "filter"],
    catches=["projection-members-stay-in-lists"],
)
def lists_without_members(scim: Scim) -> None:
    """Identity providers look groups up so, each time they run."""
    group = scim.new_group(scim.new_user())
    query = f'displayName eq "{group["displayName"]}"'
    answer = scim.get(scim.groups, filter=query, excludedAttributes="members")

    for found in answer.must.be_list(counted=scim.pages_by_index):
        found["displayName"].must.be("string")
        found.must.lack("members")


@check(
    "rfc7644/3.9/group-attributes",
    MUST,
    "`attributes` holds of groups.",
    needs=GROUPS,
    catches=["projection-groups-attributes-ignored"],
)
def group_attributes(scim: Scim) -> None:
    """`displayName` comes without members, `members` with them."""
    user = scim.new_user()
    group = scim.group_of(user)
    name = scim.get(group.path, attributes="displayName")
    members = scim.get(group.path, attributes="members")

    name.must.have("displayName", equal_to=group["displayName"])
    if is_default(scim, "Group", "members"):
        name.must.lack("members")
    found = [str(member["value"]) for member in members["members"]]
    scim.require(found == [user.id], f"the member {user.id}", found)


@check(
    "rfc7644/3.9/member-parts",
    MUST,
    "A part of the members may be named, or left out.",
    needs=GROUPS,
    catches=["projection-members-come-whole"],
)
def member_parts(scim: Scim) -> None:
    """`members.value` is all that clients need of large groups."""
    user = scim.new_user()
    group = scim.group_of(user)
    chosen = scim.get(group.path, attributes="members.value")
    others = scim.get(group.path, excludedAttributes="members.type")

    for answer in (chosen, others):
        found = [str(member["value"]) for member in answer["members"]]
        scim.require(found == [user.id], f"the member {user.id}", found)
    if is_default(scim, "Group", "members.type"):
        for member in (*chosen["members"], *others["members"]):
            member.must.lack("type")


@check(
    "rfc7644/3.9/groups-of-user",
    MUST,
    "A user's groups come when they are named.",
    needs=GROUPS,
    catches=["projection-groups-of-users-missing"],
)
def groups_of_user(scim: Scim) -> None:
    """They are worked out, and shown like other attributes, alone and in a list."""
    user = scim.new_user()
    group = scim.group_of(user)
    shown = [str(one["value"]) for one in scim.read(user).body.items_of("groups")]
    scim.skip_unless(group.id in shown, "the endpoint does not show a user's groups")
    alone = scim.get(user.path, attributes="groups")

    alone.must.have_status(200)
    found = [str(one["value"]) for one in alone["groups"]]
    scim.require(found == shown, f"the groups {shown}", found)
    must_lack(scim, alone, "userName")


@check(
    "rfc7644/3.9/meta",
    MUST,
    "Parts of meta can be asked for, or left out.",
    needs=["User"],
    catches=["projection-meta-stays"],
)
def meta(scim: Scim) -> None:
    """`meta` is an attribute like others."""
    user = scim.new_user()
    scim.skip_unless(_has(scim.read(user), "created"), "the endpoint gives no meta.created")
    chosen = scim.get(user.path, attributes="meta.resourceType")
    without = scim.get(user.path, excludedAttributes="meta.created")
    bare = scim.get(user.path, excludedAttributes="meta")

    chosen["meta"]["resourceType"].must.be("string")
    scim.require(not _has(chosen, "created"), "no meta.created", chosen.document)
    without["meta"]["resourceType"].must.be("string")
    scim.require(not _has(without, "created"), "no meta.created", without.document)
    bare.must.have("userName", equal_to=user["userName"])
    scim.require(not _has(bare, "created"), "no meta", bare.document)


def _one(scim: Scim) -> str:
    return f'userName eq "{scim.people.name("a")}"'


def _has(answer: Answer, name: str) -> bool:
    found = answer.body.get("meta")
    return found is not None and found.get(name) is not None
