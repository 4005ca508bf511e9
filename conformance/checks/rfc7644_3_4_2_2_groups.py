"""RFC 7644 §3.4.2.2: filters on groups, and between users and groups."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.scim import Resource, Scim


@check(
    "rfc7644/3.4.2.2/groups-member",
    MUST,
    "Groups are found by their members.",
    needs=["filter", "User", "Group", "Group.members"],
    catches=["filter-groups-ignored"],
)
def by_member(scim: Scim) -> None:
    """So a client learns in which groups a person is."""
    user, other = scim.new_user(), scim.new_user()
    group, _ = scim.new_group(user), scim.new_group(other)
    answer = scim.get(scim.groups, filter=f'members.value eq "{user.id}"')
    scim.skip_unless(answer.status not in (400, 501), "the endpoint does not filter by members")

    _only(scim, answer, group)


@check(
    "rfc7644/3.4.2.2/groups-member-path",
    MUST,
    "A value path finds groups by one member.",
    needs=["filter", "User", "Group", "Group.members"],
    catches=["filter-member-paths-find-nothing"],
)
def by_member_path(scim: Scim) -> None:
    """`members[value eq "…"]`: an endpoint may refuse value paths, but not misread them."""
    user, other = scim.new_user(), scim.new_user()
    group, _ = scim.group_of(other, user), scim.group_of(other)
    answer = scim.get(scim.groups, filter=f'members[value eq "{user.id}"]')
    scim.skip_unless(answer.status not in (400, 501), "the endpoint does not filter by members")

    _only(scim, answer, group)


@check(
    "rfc7644/3.4.2.2/users-group",
    MUST,
    "Users are found by the groups that they show.",
    needs=["filter", "User", "Group", "Group.members"],
    catches=["filter-users-by-group-find-nothing"],
)
def by_group(scim: Scim) -> None:
    """`groups` is read-only, and an attribute like others."""
    user = scim.new_user()
    group = scim.group_of(user)
    shown = [str(one["value"]) for one in scim.read(user).body.items_of("groups")]
    scim.skip_unless(group.id in shown, "the endpoint does not show a user's groups")
    answer = scim.get(scim.users, filter=f'groups.value eq "{group.id}"')
    scim.skip_unless(answer.status not in (400, 501), "the endpoint does not filter by groups")

    _only(scim, answer, user)


@check(
    "rfc7644/3.4.2.2/groups-values",
    MUST,
    "Operators and case of values are those of the schema, for groups too.",
    needs=["filter", "Group"],
    catches=["filter-groups-are-case-sensitive"],
)
def groups_values(scim: Scim) -> None:
    """displayName of a group is not case-exact in the RFC's own schema."""
    group, _ = scim.new_group(), scim.new_group()
    name = str(group["displayName"])
    wanted = [(f'displayName co "{name[3:]}"', 1), (f'displayName ew "{name[5:-1]}"', 0)]
    if not scim.claims.case_exact("Group", "displayName"):
        wanted.append((f'displayName eq "{name.upper()}"', 1))
    for text, number in wanted:
        answer = scim.get(scim.groups, filter=text)
        scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")
        found = [str(node["id"]) for node in answer.must.be_list(counted=scim.pages_by_index)]
        scim.require(found == [group.id] * number, f"{text} to find {number}", found)


@check(
    "rfc7644/3.4.2.2/groups-external-id",
    MUST,
    "A group is found by its externalId.",
    needs=["filter", "Group"],
    catches=["filter-groups-by-external-id-ignored"],
)
def groups_external_id(scim: Scim) -> None:
    """Clients match groups by it as they match users."""
    mine = f"{scim.name()}-X"
    group, _ = scim.new_group(externalId=mine), scim.new_group(externalId=scim.name())
    scim.skip_unless(scim.read(group).body.get("externalId") == mine, "no externalId is kept")
    answer = scim.get(scim.groups, filter=f'externalId eq "{mine}"')
    scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")

    _only(scim, answer, group)


def _only(scim: Scim, answer: Answer, wanted: Resource) -> None:
    found = [str(node["id"]) for node in answer.must.be_list(counted=scim.pages_by_index)]
    scim.require(found == [wanted.id], f"only {wanted.path}", found)
