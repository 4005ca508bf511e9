"""RFC 7644 §3.5.2: all operations of a PATCH or none, one after another."""

from conformance.check import MUST, SHOULD, check
from conformance.material.operations import DEPARTMENT, HOME, OTHER, WORK, add, remove, replace
from conformance.scim import Scim

NAME = ["patch", "User", "User.displayName"]
EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
MEMBERS = ["patch", "User", "Group", "Group.members"]


@check(
    "rfc7644/3.5.2/all-operations",
    MUST,
    "Every operation of a PATCH is carried out.",
    needs=[*NAME, "User.title", "User.nickName"],
    catches=["patch-does-first-operation-only", "patch-does-last-operation-only"],
)
def all_operations(scim: Scim) -> None:
    """A success says that all of them were."""
    user = scim.user_with(displayName="before", title="before")
    after = scim.change(
        user, replace("displayName", "one"), replace("title", "two"), add("nickName", "three")
    )

    after.must.hold({"displayName": "one", "title": "two", "nickName": "three"})


@check(
    "rfc7644/3.5.2/builds-on",
    MUST,
    "An operation sees what those before it have done.",
    needs=EMAILS,
    catches=["patch-operations-see-the-old-resource", "patch-reverses-operations"],
)
def builds_on(scim: Scim) -> None:
    """The third finds the value that the second has added, and not that which the first removed."""
    user = scim.user_with(emails=[WORK])
    after = scim.change(
        user,
        remove("emails"),
        add("emails", [HOME]),
        replace('emails[type eq "home"].value', "new@example.com"),
    )

    after.must.hold({"emails": [{**HOME, "value": "new@example.com"}]})


@check(
    "rfc7644/3.5.2/remove-then-add",
    MUST,
    "A member who is removed and added again is in; who is added and removed is out.",
    needs=MEMBERS,
    catches=["patch-reverses-operations", "patch-sorts-removals-last"],
)
def remove_then_add(scim: Scim) -> None:
    """The order in the list is the order in which it happens."""
    back, gone = scim.new_user(), scim.new_user()
    group = scim.group_of(back)
    after = scim.change(
        group,
        remove(f'members[value eq "{back.id}"]'),
        add("members", [{"value": back.id}, {"value": gone.id}]),
        remove(f'members[value eq "{gone.id}"]'),
    )

    after.must.hold({"members": [{"value": back.id}]})


HOPELESS = {
    "an unknown attribute": replace("noSuchAttribute", "x"),
    "a readOnly attribute": replace("id", "x"),
    "a filter without match": replace('emails[value eq "nobody@example.com"].type', "other"),
    "a removal without path": remove(None),
    "an unknown operation": {"op": "move", "path": "displayName", "value": "x"},
    "a removal of what is required": remove("userName"),
}


@check(
    "rfc7644/3.5.2/atomic-last",
    MUST,
    "Whatever the last operation fails of, those before it are undone.",
    needs=[*EMAILS, "User.displayName"],
    catches=["patch-keeps-what-came-before-a-failure", "patch-skips-failing-operations"],
)
def atomic_last(scim: Scim) -> None:
    """The original resource MUST be restored when any operation meets an error."""
    user = scim.user_with(displayName="before", emails=[WORK])
    for hopeless in HOPELESS.values():
        scim.refused(user, replace("displayName", "after"), add("emails", [HOME]), hopeless)


@check(
    "rfc7644/3.5.2/atomic-first",
    MUST,
    "After an operation that fails none is carried out.",
    needs=[*EMAILS, "User.displayName"],
    catches=["patch-goes-on-after-a-failure", "patch-skips-failing-operations"],
)
def atomic_first(scim: Scim) -> None:
    """All or none, in whatever place the failure is."""
    user = scim.user_with(displayName="before", emails=[WORK])
    for hopeless in HOPELESS.values():
        scim.refused(user, hopeless, replace("displayName", "after"), add("emails", [HOME]))


@check(
    "rfc7644/3.5.2/atomic-members",
    MUST,
    "Members stay as they were when an operation beside them fails.",
    needs=MEMBERS,
    catches=["patch-keeps-members-after-a-failure"],
)
def atomic_members(scim: Scim) -> None:
    """Memberships are often kept apart from the group, and so escape its undoing."""
    member, other = scim.new_user(), scim.new_user()
    group = scim.group_of(member)
    unknown = replace("noSuchAttribute", "x")

    scim.refused(group, add("members", [{"value": other.id}]), unknown)
    scim.refused(group, remove("members"), unknown)


@check(
    "rfc7644/3.5.2/atomic-without-path",
    MUST,
    "Without a path, one value of the wrong type leaves the others undone, too.",
    needs=[*NAME, "User.active"],
    catches=["patch-applies-half-a-value"],
)
def atomic_without_path(scim: Scim) -> None:
    """The attributes of one value belong together."""
    user = scim.user_with(displayName="before", active=True)

    scim.refused(user, replace(None, {"displayName": "after", "active": {"x": "nonsense"}}))


@check(
    "rfc7644/3.5.2/answer-is-true",
    MUST,
    "A PATCH that answers with the resource shows it as it then is.",
    needs=[*EMAILS, "User.displayName"],
    catches=["patch-answers-with-the-old-resource", "patch-answers-without-saving"],
)
def answer_is_true(scim: Scim) -> None:
    """Neither as it was, nor as the client would have it."""
    user = scim.user_with(displayName="before", emails=[WORK])
    answer = scim.patch(user.path, replace("displayName", "after"), add("emails", [OTHER]))
    answer.must.have_status(200, 204)

    after = scim.read(user)
    after.must.hold({"displayName": "after", "emails": [WORK, OTHER]})
    if answer.status == 200:
        scim.must_be_as(after, answer)


@check(
    "rfc7644/3.5.2/no-content",
    MUST,
    "A 204 has no body.",
    needs=NAME,
    catches=["patch-answers-200-without-body"],
)
def no_content(scim: Scim) -> None:
    """200 is for answers that have the whole resource in them."""
    user = scim.new_user()
    answer = scim.patch(user.path, replace("displayName", "after"))

    answer.must.have_status(200, 204)
    scim.require(
        (answer.status == 200) == (answer.document is not None),
        "200 with the resource, or 204 without a body",
        answer.summary,
    )


@check(
    "rfc7644/3.5.2/schemas-kept",
    MUST,
    "A PATCH leaves `id`, `schemas` and `meta.created` as they were.",
    needs=NAME,
    catches=["patch-loses-schemas", "created-moves-along"],
)
def identity_kept(scim: Scim) -> None:
    """It changes attributes, and not which resource this is."""
    user = scim.new_user()
    before = scim.read(user)
    after = scim.change(user, replace("displayName", "after"))

    for name in ("id", "schemas"):
        after[name].must.equal(before[name])
    if created := before["meta"].get("created"):
        after["meta"]["created"].must.equal(created)


@check(
    "rfc7644/3.5.2/others-kept",
    MUST,
    "Attributes that a PATCH does not name stay as they are.",
    needs=[*EMAILS, *NAME, "User.name.givenName", "EnterpriseUser.department"],
    catches=["patch-loses-other-attributes", "patch-loses-extensions"],
)
def others_kept(scim: Scim) -> None:
    """Of the core and of extensions."""
    urn = DEPARTMENT.rpartition(":")[0]
    schemas = [*scim.smallest_user()["schemas"], urn]
    kept = {"emails": [WORK, HOME], "name": {"givenName": "ada"}, urn: {"department": "tools"}}
    user = scim.user_with(displayName="before", **kept, schemas=schemas)

    scim.change(user, replace("displayName", "after")).must.hold(kept)


@check(
    "rfc7644/3.5.2/uniqueness",
    MUST,
    "A PATCH cannot take another user's userName.",
    needs=["patch", "User"],
    catches=["patch-allows-duplicates", "patch-duplicates-by-case"],
)
def uniqueness(scim: Scim) -> None:
    """It is refused as a creation would be (table 9), by a conflict or by that keyword."""
    first, second = scim.new_user(), scim.new_user()
    taken = str(first["userName"])
    names = [taken] if scim.claims.case_exact("User", "userName") else [taken, taken.upper()]
    for name in names:
        refused = scim.refused(second, replace("userName", name))
        refused.must.have_status(400, 409)
        if refused.status == 400:
            refused["scimType"].must.be_one_of("uniqueness", "mutability")


@check(
    "rfc7644/3.5.2/rename",
    MUST,
    "A userName is replaced, and the new one found.",
    needs=["patch", "User", "User.userName", "filter"],
    catches=["patch-forgets-the-index"],
)
def rename(scim: Scim) -> None:
    """People marry. The old name is free then, the new one taken."""
    user = scim.new_user()
    old, new = str(user["userName"]), scim.name()
    scim.change(user, replace("userName", new)).must.hold({"userName": new})

    for name, count in ((old, 0), (new, 1)):
        found = scim.matches(scim.users, filter=f'userName eq "{name}"')
        scim.require(len(found) == count, f"{count} users called {name}", len(found))


@check(
    "rfc7644/3.5.2/message-schema",
    SHOULD,
    "A body without the schema of PatchOp is refused.",
    needs=NAME,
    catches=["patch-takes-any-schemas"],
)
def message_schema(scim: Scim) -> None:
    """The body MUST have it in `schemas`; an endpoint may be kinder than that."""
    user = scim.user_with(displayName="before")
    body = {"Operations": [replace("displayName", "after")], "schemas": ["urn:example:other"]}

    scim.send("PATCH", user.path, body=body).must.have_status(400)


@check(
    "rfc7644/3.5.2/operations-required",
    MUST,
    "A body without operations is refused, and so is one where they are no list of objects.",
    needs=NAME,
    catches=["patch-takes-no-operations", "patch-fails-on-odd-operations"],
)
def operations_required(scim: Scim) -> None:
    """One that sends the resource itself expects a change that would never come."""
    user = scim.user_with(displayName="before")
    schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    for wrong in ({}, {"Operations": "replace"}, {"Operations": ["replace"]}):
        body = {"schemas": schemas, "displayName": "after", **wrong}
        scim.send("PATCH", user.path, body=body).must.have_status(400)


@check(
    "rfc7644/3.5.2/op-required",
    MUST,
    "An operation without `op` is refused, and so is one whose `op` is no string.",
    needs=NAME,
    catches=["patch-takes-replace-by-default"],
)
def op_required(scim: Scim) -> None:
    """Each object MUST have exactly one; to guess is to change what was not asked for."""
    user = scim.user_with(displayName="before")
    for op in ({}, {"op": 7}, {"op": ""}, {"op": ["replace"]}):
        change = {**op, "path": "displayName", "value": "after"}
        scim.refused(user, change).must.have_status(400)


@check(
    "rfc7644/3.5.2/value-object",
    MUST,
    "Without a path the value is an object; anything else is refused.",
    needs=NAME,
    catches=["patch-ignores-odd-values"],
)
def value_object(scim: Scim) -> None:
    """There is nothing to say which attribute is meant."""
    user = scim.new_user()
    for value in ("after", 7, [{"displayName": "after"}], True):
        for make in (add, replace):
            scim.refused(user, make(None, value)).must.have_status(400)
