"""RFC 7644 §3.5.1: replacing a resource with PUT."""

from conformance.check import MUST, check
from conformance.claims import Document
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER


@check(
    "rfc7644/3.5.1/replaced",
    MUST,
    "A replacement is answered 200 with the whole resource.",
    needs=["User", "User.displayName"],
    catches=["put-answers-201", "put-answers-204", "put-answers-with-the-old-resource"],
)
def replaced(scim: Scim) -> None:
    """The client sees what the endpoint made of it."""
    user = scim.new_user(displayName="before")
    answer = scim.put(user.path, _whole(scim, user, displayName="after"))

    answer.must.have_status(200)
    answer.must.have("id", equal_to=user["id"])
    answer.must.have("userName", equal_to=user["userName"])
    answer.must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.5.1/stored",
    MUST,
    "What a replacement sets is there when the resource is read.",
    needs=["User", "User.displayName"],
    catches=["put-changes-nothing", "put-drops-attributes", "put-answers-without-saving"],
)
def stored(scim: Scim) -> None:
    """An answer alone proves nothing."""
    user = scim.new_user(displayName="before")
    scim.put(user.path, _whole(scim, user, displayName="after")).given.have_status(200)

    scim.read(user)["displayName"].must.equal("after")


@check(
    "rfc7644/3.5.1/list-replaced",
    MUST,
    "Values of a list are replaced, not added.",
    needs=["User", "User.emails.value"],
    catches=["put-merges-lists"],
)
def list_replaced(scim: Scim) -> None:
    """A former e-mail must not stay."""
    user = scim.new_user(emails=[{"value": "old@example.com", "type": "work"}])
    new = [{"value": "new@example.com", "type": "work"}]
    scim.put(user.path, _whole(scim, user, emails=new)).given.have_status(200)

    values = [str(email["value"]) for email in scim.read(user).body.items_of("emails")]
    scim.require(values == ["new@example.com"], "new@example.com alone", values)


@check(
    "rfc7644/3.5.1/members-replaced",
    MUST,
    "The members of a group are replaced.",
    needs=["User", "Group", "Group.members"],
    catches=["put-adds-members", "put-refuses-members"],
)
def members_replaced(scim: Scim) -> None:
    """members.value is immutable: one member is not turned into another, but the list is."""
    old, new = scim.new_user(), scim.new_user()
    group = scim.new_group(old)
    body = scim.smallest_group(displayName=str(group["displayName"]), members=[{"value": new.id}])
    scim.put(group.path, body).must.have_status(200)

    ids = [str(member["value"]) for member in scim.read(group).body.items_of("members")]
    scim.require(ids == [new.id], f"only the member {new.id}", ids)


@check(
    "rfc7644/3.5.1/read-only",
    MUST,
    "readOnly attributes in a replacement are ignored.",
    needs=["User"],
    catches=["put-takes-meta", "put-refuses-read-only"],
)
def read_only(scim: Scim) -> None:
    """A client sends back what it read, changed or not."""
    user = scim.new_user()
    forged = {"resourceType": "Robot", "location": "https://example.com/elsewhere"}
    answer = scim.put(user.path, _whole(scim, user, meta=forged))

    answer.must.have_status(200)
    answer["meta"]["location"].must.equal(user["meta"]["location"])
    answer["meta"]["resourceType"].must.equal(user["meta"]["resourceType"])


@check(
    "rfc7644/3.5.1/read-back",
    MUST,
    "A resource can be sent back as it was read.",
    needs=["User"],
    catches=["put-refuses-read-only"],
)
def read_back(scim: Scim) -> None:
    """Read, change one thing, write: what the endpoint gives it has to take."""
    user = scim.new_user()
    scim.put(user.path, scim.read(user).body.value).must.have_status(200)


@check(
    "rfc7644/3.5.1/no-creation",
    MUST,
    "A replacement of what does not exist is answered 404, and creates nothing.",
    needs=["User"],
    catches=["put-creates", "put-unknown-is-400"],
)
def no_creation(scim: Scim) -> None:
    """The endpoint alone gives ids."""
    path = f"{scim.users}/{scim.name()}"
    answer = scim.put(path, scim.smallest_user())
    found = scim.get(path)
    if answer.ok or found.ok:
        scim.delete(path)

    answer.must.be_error(404)
    found.must.have_status(404)


@check(
    "rfc7644/3.5.1/required",
    MUST,
    "A replacement without a required attribute is refused, and changes nothing.",
    needs=["User"],
    catches=["put-needs-no-user-name"],
)
def required(scim: Scim) -> None:
    """userName is required; an endpoint that keeps the old one reads the PUT as a patch."""
    user = scim.new_user()
    body = _whole(scim, user)
    del body["userName"]

    answer = scim.put(user.path, body)

    # Omitted readWrite attributes may be left as they are (§3.5.1): then it is no fault.
    if answer.ok:
        answer.must.have("userName", equal_to=user["userName"])
    else:
        answer.must.be_error(400, None, "invalidValue", "invalidSyntax", "mutability")
    scim.read(user)["userName"].must.equal(user["userName"])


@check(
    "rfc7644/3.5.1/answer-is-true",
    MUST,
    "The answer to a replacement shows the resource as it is read afterwards.",
    needs=["User", "User.displayName"],
    catches=["put-answers-with-the-old-resource", "put-answers-without-saving", "put-echoes"],
)
def answer_is_true(scim: Scim) -> None:
    """Neither as it was, nor as the client would have it."""
    user = scim.new_user(displayName="before")
    body = _whole(scim, user, displayName="after", groups=[{"value": "x"}])
    answer = scim.put(user.path, body)
    answer.must.have_status(200)

    after = scim.read(user)
    after.must.hold({"displayName": "after"})
    scim.must_be_as(after, answer)


@check(
    "rfc7644/3.5.1/omitted",
    MUST,
    "What a replacement leaves out is kept or cleared, but nothing else is made of it.",
    needs=["User", "User.title", "User.nickName"],
    catches=["put-resets-to-defaults"],
)
def omitted(scim: Scim) -> None:
    """Both are allowed; a client that finds a third value cannot know where it is from."""
    user = scim.user_with(title="engineer", nickName="ada")
    scim.put(user.path, _whole(scim, user, nickName="ada")).must.have_status(200)

    after = scim.read(user)
    after.must.hold({"nickName": "ada"})
    title = after.body.get("title")
    scim.require(title in (None, "engineer"), '"engineer" or no title', str(title))


@check(
    "rfc7644/3.5.1/wrong-type",
    MUST,
    "A replacement that is refused changes nothing.",
    needs=["User", "User.displayName", "User.active"],
    catches=["put-applies-half"],
)
def wrong_type(scim: Scim) -> None:
    """One value of a wrong type, or none of the required ones, and all stays as it was."""
    user = scim.user_with(displayName="before", active=True)
    for wrong in ({"active": "nonsense"}, {"displayName": {"x": 1}}, {"userName": None}):
        before = scim.read(user)
        body = _whole(scim, user, **{"displayName": "after", **wrong})
        answer = scim.put(user.path, body)
        if answer.ok:
            continue
        answer.must.be_refused()
        scim.must_be_as(before, scim.read(user))


@check(
    "rfc7644/3.5.1/never-wrong",
    MUST,
    "A replacement never stores a value of a wrong type.",
    needs=["User", "User.active", "User.emails"],
    catches=["put-stores-wrong-types"],
)
def never_wrong(scim: Scim) -> None:
    """Whatever it answers: what is read has the types of the schema."""
    user = scim.new_user()
    for wrong in ({"active": "nonsense"}, {"emails": "nonsense"}, {"emails": ["nonsense"]}):
        scim.put(user.path, _whole(scim, user, **wrong))
        shown = scim.read(user).body.value
        scim.require("nonsense" not in str(shown), "no nonsense", shown)


@check(
    "rfc7644/3.5.1/rename",
    MUST,
    "A replacement may give a user another userName, and leaves the old one free.",
    needs=["User", "User.userName", "filter"],
    catches=["put-keeps-the-user-name", "put-forgets-the-index"],
)
def rename(scim: Scim) -> None:
    """The old name finds nobody, the new one the same user."""
    user = scim.new_user()
    old, new = str(user["userName"]), scim.name()
    scim.put(user.path, scim.smallest_user(userName=new)).must.have_status(200)

    scim.read(user).must.hold({"userName": new})
    for name, expected in ((old, []), (new, [user.id])):
        found = scim.matches(scim.users, filter=f'userName eq "{name}"')
        ids = [str(one["id"]) for one in found]
        scim.require(ids == expected, f"{name} to find {expected}", ids)


@check(
    "rfc7644/3.5.1/extension",
    MUST,
    "A replacement sets what it gives under an extension's URN.",
    needs=["User", "EnterpriseUser.department"],
    catches=["put-drops-extensions"],
)
def extension(scim: Scim) -> None:
    """And `schemas` names the extension then."""
    user = scim.new_user()
    body = _whole(scim, user)
    schemas = list(dict.fromkeys([*body["schemas"], ENTERPRISE_USER]))
    body |= {"schemas": schemas, ENTERPRISE_USER: {"department": "tools"}}
    scim.put(user.path, body).must.have_status(200)

    after = scim.read(user)
    after.must.hold({ENTERPRISE_USER: {"department": "tools"}})
    after["schemas"].must.contain(ENTERPRISE_USER)


@check(
    "rfc7644/3.5.1/members-empty",
    MUST,
    "A replacement with an empty list of members empties the group.",
    needs=["User", "Group", "Group.members"],
    catches=["put-ignores-empty-lists"],
)
def members_empty(scim: Scim) -> None:
    """An empty list is no list left out: it says that there are none."""
    scim.skip_unless("members" not in scim.smallest_group(), "the endpoint requires members")
    group = scim.group_of(scim.new_user())
    body = scim.smallest_group(displayName=str(group["displayName"]), members=[])
    scim.put(group.path, body).must.have_status(200)

    scim.read(group).must.hold({"members": None})


@check(
    "rfc7644/3.5.1/others-stay",
    MUST,
    "A replacement changes one resource, and no other.",
    needs=["User", "User.displayName"],
    catches=["put-changes-others"],
)
def others_stay(scim: Scim) -> None:
    """Nor does it make a second one."""
    user, other = scim.new_user(), scim.user_with(displayName="other")
    before = scim.read(other)
    scim.put(user.path, _whole(scim, user, displayName="after")).given.have_status(200)

    scim.must_be_as(before, scim.read(other))


@check(
    "rfc7644/3.5.1/on-the-endpoint",
    MUST,
    "A replacement without an id is refused.",
    needs=["User"],
    catches=["put-without-id-creates"],
)
def on_the_endpoint(scim: Scim) -> None:
    """A list cannot be replaced, and resources are not created by PUT."""
    scim.put(scim.users, scim.smallest_user()).must.be_refused()


@check(
    "rfc7644/3.5.1/groups-read-only",
    MUST,
    "A replacement of a user changes none of its memberships.",
    needs=["User", "Group", "Group.members"],
    catches=["put-writes-groups", "put-loses-memberships"],
)
def groups_read_only(scim: Scim) -> None:
    """`groups` is readOnly: what is sent is ignored, and leaving it out means nothing."""
    declared = scim.claims.attribute("User", "groups") or {}
    scim.skip_unless(declared.get("mutability") == "readOnly", "the schema has no readOnly groups")
    user = scim.new_user()
    group, other = scim.group_of(user), scim.new_group()
    body = _whole(scim, user, groups=[{"value": other.id}])
    scim.put(user.path, body).must.have_status(200)

    scim.read(group).must.hold({"members": [{"value": user.id}]})
    scim.read(other).must.hold({"members": None})


def _whole(scim: Scim, user: Resource, **changes: object) -> Document:
    """Return the user as the client knows it, with changes."""
    return scim.smallest_user(userName=str(user["userName"]), id=user.id) | changes
