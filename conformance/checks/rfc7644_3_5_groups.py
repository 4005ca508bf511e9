"""RFC 7644 §3.5: changing groups, their members, and lists of simple values."""

from conformance.check import MUST, SHOULD, check
from conformance.material.attributes import Spot
from conformance.material.operations import add, remove, replace
from conformance.scim import Scim

GROUP = ["Group"]
MEMBERS = ["User", "Group", "Group.members"]


@check(
    "rfc7644/3.5.1/group",
    MUST,
    "A group is renamed by a replacement, and stays the same group.",
    needs=MEMBERS,
    catches=["put-of-groups-changes-nothing", "put-of-groups-loses-members"],
)
def group(scim: Scim) -> None:
    """Its id stays, and so do the members that the replacement names."""
    user = scim.new_user()
    made = scim.group_of(user)
    renamed = scim.smallest_group(members=[{"value": user.id}])
    scim.put(made.path, renamed).must.have_status(200)

    after = scim.read(made)
    after["id"].must.equal(made.id)
    after.must.hold(
        {"displayName": renamed["displayName"], "members": [{"value": user.id}]},
    )


@check(
    "rfc7644/3.5.1/unknown-attributes",
    SHOULD,
    "An attribute that no schema has is not stored by a replacement.",
    needs=["User"],
    catches=["put-stores-unknown-attributes"],
)
def put_unknown(scim: Scim) -> None:
    """It is ignored or refused, as in a creation."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]), noSuchAttribute="x")
    scim.put(user.path, body).must.have_status(200, 400)

    scim.read(user).must.lack("noSuchAttribute")


@check(
    "rfc7644/3.5.2/unknown-without-path",
    MUST,
    "An attribute that no schema has is not stored by a value without a path.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-stores-unknown-attributes", "patch-fails-on-unknown-attributes"],
)
def patch_unknown(scim: Scim) -> None:
    """It is ignored or refused; refused, it takes the others with it."""
    user = scim.user_with(displayName="before")
    value = {"displayName": "after", "noSuchAttribute": "x"}
    answer = scim.patch(user.path, replace(None, value))

    answer.must.have_status(200, 204, 400)
    scim.read(user).must.hold(
        {"displayName": "after" if answer.ok else "before", "noSuchAttribute": None}
    )


@check(
    "rfc7644/3.5.2/group-rename",
    MUST,
    "A group is renamed by a PATCH, and keeps its members.",
    needs=["patch", *MEMBERS],
    catches=["patch-of-groups-changes-members-only", "patch-of-names-empties-groups"],
)
def group_rename(scim: Scim) -> None:
    """By a path, and without one."""
    user = scim.new_user()
    made = scim.group_of(user)
    for form in ("path", "value"):
        name = scim.name()
        by_path = replace("displayName", name)
        change = by_path if form == "path" else replace(None, {"displayName": name})

        after = scim.change(made, change)
        after.must.hold({"displayName": name, "members": [{"value": user.id}]})


@check(
    "rfc7644/3.5.2/group-at-once",
    MUST,
    "One PATCH renames a group and changes its members.",
    needs=["patch", *MEMBERS],
    catches=["patch-of-groups-changes-members-only", "patch-of-groups-ignores-members"],
)
def group_at_once(scim: Scim) -> None:
    """Neither is forgotten for the other."""
    old, new = scim.new_user(), scim.new_user()
    made = scim.group_of(old)
    name = scim.name()
    after = scim.change(
        made,
        replace("displayName", name),
        add("members", [{"value": new.id}]),
        remove(f'members[value eq "{old.id}"]'),
    )

    after.must.hold({"displayName": name, "members": [{"value": new.id}]})


@check(
    "rfc7644/3.5.2/unknown-members",
    MUST,
    "A PATCH with a member who does not exist leaves the other members alone.",
    needs=["patch", *MEMBERS],
    catches=["unknown-members-fail", "unknown-members-empty-the-group"],
)
def unknown_members(scim: Scim) -> None:
    """It is refused, or the stranger is taken or left out; who is in stays in."""
    user, stranger = scim.new_user(), scim.name()
    made = scim.group_of(user)
    answer = scim.patch(made.path, add("members", [{"value": stranger}]))
    scim.require(answer.ok or 400 <= answer.status < 500, "2xx or 4xx", answer.summary)

    ids = [str(one["value"]) for one in scim.read(made).body.items_of("members")]
    scim.require(user.id in ids, f"the member {user.id}", ids)
    scim.require(answer.ok or ids == [user.id], "no other member after a refusal", ids)


@check(
    "rfc7644/3.5.2/members-refused-whole",
    MUST,
    "A replacement of the members that is refused leaves them as they were.",
    needs=["patch", *MEMBERS],
    catches=["unknown-members-empty-the-group"],
)
def members_refused_whole(scim: Scim) -> None:
    """Check first, then change: all or nothing."""
    user = scim.new_user()
    made = scim.group_of(user)
    answer = scim.patch(made.path, replace("members", [{"value": scim.name()}]))
    scim.skip_unless(not answer.ok, "the endpoint takes members who do not exist")

    answer.must.be_refused()
    scim.read(made).must.hold({"members": [{"value": user.id}]})


@check(
    "rfc7643/4.2/empty-members",
    MUST,
    "A group is created with an empty list of members.",
    needs=["Group", "Group.members"],
    catches=["empty-lists-are-refused"],
)
def empty_members(scim: Scim) -> None:
    """It is the same as no list at all (RFC 7643 §2.5)."""
    scim.skip_unless("members" not in scim.smallest_group(), "the endpoint requires members")
    created = scim.allowed(scim.post(scim.groups, scim.smallest_group(members=[])))

    created.must.have_status(201)
    scim.read(scim.resource(scim.groups, created)).must.hold({"members": None})


@check(
    "rfc7644/3.5.2.1/member-in-one-list",
    SHOULD,
    "A member who is twice in the list that is added is in once.",
    needs=["patch", *MEMBERS],
    catches=["members-twice"],
)
def member_in_one_list(scim: Scim) -> None:
    """Members are a set."""
    user, made = scim.new_user(), scim.new_group()
    answer = scim.patch(made.path, add("members", [{"value": user.id}, {"value": user.id}]))
    scim.skip_unless(answer.ok, "the endpoint refuses a member who is there twice")

    scim.read(made).must.hold({"members": [{"value": user.id}]})


def _simple_lists(scim: Scim) -> list[Spot]:
    """Return the lists of plain texts that a client may write, of any type and extension."""
    found = [
        spot
        for spot in scim.spots("readWrite")
        if spot.is_list and spot.sub is None and spot.leaf.get("type") in (None, "string")
    ]
    scim.skip_unless(bool(found), "no schema has a list of texts")
    return [spot for spot in found if not spot.leaf.get("canonicalValues")]


@check(
    "rfc7644/3.5.2.1/simple-list",
    MUST,
    "A text is added to a list of texts beside those there.",
    needs=["patch"],
    catches=["patch-replaces-simple-lists"],
)
def simple_list(scim: Scim) -> None:
    """Lists of simple values follow the rule of all lists."""
    for spot in _simple_lists(scim):
        made = scim.made(spot.type_name, spot.put(scim.smallest(spot.type_name), ["one", "two"]))
        scim.patch(made.path, add(str(spot), ["three"])).must.have_status(200, 204)

        found = sorted(spot.find(scim.read(made).body.value))
        scim.require(found == ["one", "three", "two"], "one, two and three", found)


@check(
    "rfc7644/3.5.2.3/simple-list",
    MUST,
    "A list of texts is replaced as a whole, and removed as a whole.",
    needs=["patch"],
    catches=["patch-adds-to-simple-lists"],
)
def simple_list_replaced(scim: Scim) -> None:
    """Nothing of the old one stays."""
    for spot in _simple_lists(scim):
        made = scim.made(spot.type_name, spot.put(scim.smallest(spot.type_name), ["one", "two"]))
        for change, expected in (
            (replace(str(spot), ["three"]), ["three"]),
            (remove(str(spot)), []),
        ):
            scim.patch(made.path, change).must.have_status(200, 204)

            found = spot.find(scim.read(made).body.value)
            scim.require(found == expected, str(expected), found)


@check(
    "rfc7644/3.4.1/group-not-found",
    MUST,
    "A group that does not exist is answered 404, whatever is to be done with it.",
    needs=GROUP,
    catches=["unknown-groups-are-empty"],
)
def group_not_found(scim: Scim) -> None:
    """The rules are those of every type."""
    path = f"{scim.groups}/{scim.name()}"

    scim.get(path).must.be_error(404)
    scim.allowed(scim.put(path, scim.smallest_group())).must.be_error(404)
    scim.allowed(scim.delete(path)).must.be_error(404)
