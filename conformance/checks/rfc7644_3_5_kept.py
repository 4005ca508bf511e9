"""RFC 7644 §3.5: what a change must do wherever it is made, and what it must not lose."""

from conformance.check import MUST, SHOULD, check
from conformance.material.operations import DEPARTMENT, HOME, OTHER, WORK, add, remove, replace
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER

NAME = ["User", "User.displayName"]
EMAILS = ["User", "User.emails.value", "User.emails.type"]


@check(
    "rfc7643/3.1/external-id-changed",
    MUST,
    "An externalId is changed by a replacement, and kept letter by letter.",
    needs=["User"],
    catches=["put-forgets-the-external-id"],
)
def external_id_put(scim: Scim) -> None:
    """It is the client's key to the account: a stale one leads to another person."""
    user = scim.user_with(externalId=f"{scim.name()}-Old")
    new = f"{scim.name()}-New"
    body = scim.smallest_user(userName=str(user["userName"]), externalId=new)
    scim.put(user.path, body).must.have_status(200)

    scim.read(user).must.hold({"externalId": new})


@check(
    "rfc7643/3.1/external-id-patched",
    MUST,
    "An externalId is changed by a PATCH, and by no PATCH of something else.",
    needs=["patch", *NAME],
    catches=["patch-loses-the-external-id", "patch-forgets-the-external-id"],
)
def external_id_patched(scim: Scim) -> None:
    """With a path and without one."""
    old, first, second = (f"{scim.name()}-Key" for _ in range(3))
    user = scim.user_with(externalId=old, displayName="before")
    scim.change(user, replace("displayName", "after")).must.hold({"externalId": old})
    scim.change(user, replace("externalId", first)).must.hold({"externalId": first})
    scim.change(user, replace(None, {"externalId": second})).must.hold({"externalId": second})


@check(
    "rfc7643/3.1/external-id-of-groups",
    MUST,
    "A group has an externalId, too, which its changes leave alone.",
    needs=["patch", "User", "Group", "Group.members"],
    catches=["groups-lose-the-external-id"],
)
def external_id_of_groups(scim: Scim) -> None:
    """Externally kept groups are found again by it."""
    mine, user = f"{scim.name()}-Key", scim.new_user()
    group = scim.new_group(externalId=mine)
    scim.read(group).given.hold({"externalId": mine})
    for change in (add("members", [{"value": user.id}]), replace("displayName", scim.name())):
        scim.change(group, change).must.hold({"externalId": mine})


@check(
    "rfc7644/3.5.1/active",
    MUST,
    "A replacement makes a user inactive, and active again.",
    needs=["User", "User.active"],
    catches=["put-keeps-active", "put-activates"],
)
def active(scim: Scim) -> None:
    """Providers that send no PATCH lock leavers out in this way."""
    user = scim.new_user(active=True)
    for value in (False, True, False):
        body = scim.smallest_user(userName=str(user["userName"]), active=value)
        scim.put(user.path, body).must.have_status(200)

        scim.read(user).must.hold({"active": value})


@check(
    "rfc7644/3.5.1/same-again",
    MUST,
    "A replacement with the userName that the user has is no conflict, in whatever case.",
    needs=["User"],
    catches=["put-conflicts-with-itself", "put-conflicts-with-itself-by-case"],
)
def same_again(scim: Scim) -> None:
    """A user cannot be in its own way."""
    user = scim.new_user()
    name = str(user["userName"])
    changed = scim.claims.missing("User.userName") is None
    for text in (name, name.upper()) if changed else (name,):
        scim.put(user.path, scim.smallest_user(userName=text)).must.have_status(200)


@check(
    "rfc7644/3.5.2/same-again",
    MUST,
    "So it is in a PATCH.",
    needs=["patch", "User", "User.userName"],
    catches=["patch-conflicts-with-itself"],
)
def patch_same_again(scim: Scim) -> None:
    """The same name, or the same in capitals."""
    user = scim.new_user()
    name = str(user["userName"])
    for text in (name, name.upper()):
        scim.patch(user.path, replace("userName", text)).must.have_status(200, 204)


@check(
    "rfc7644/3.5.2/many-operations",
    MUST,
    "A PATCH of many operations carries out all of them.",
    needs=["patch", *EMAILS],
    catches=["patch-stops-after-ten-operations"],
)
def many_operations(scim: Scim) -> None:
    """Some providers send one for each attribute."""
    user = scim.user_with(emails=[WORK])
    new = [{"value": f"{n}@example.com", "type": "other"} for n in range(24)]
    after = scim.change(user, *(add("emails", [one]) for one in new))

    after.must.hold({"emails": [WORK, *new]})


@check(
    "rfc7644/3.5.2/same-path-twice",
    MUST,
    "Of two operations on one path both are carried out, one after the other.",
    needs=["patch", *EMAILS, *NAME],
    catches=["patch-keeps-one-operation-a-path"],
)
def same_path_twice(scim: Scim) -> None:
    """The paths are no keys."""
    user = scim.user_with(emails=[WORK], displayName="before")
    after = scim.change(
        user,
        replace("displayName", "one"),
        add("emails", [HOME]),
        add("emails", [OTHER]),
        replace("displayName", "two"),
    )

    after.must.hold({"displayName": "two", "emails": [WORK, HOME, OTHER]})


@check(
    "rfc7644/3.5.2/in-the-end",
    MUST,
    "What two operations change there and back is as it was.",
    needs=["patch", *EMAILS],
    catches=["patch-sorts-removals-last", "patch-sorts-removals-first"],
)
def in_the_end(scim: Scim) -> None:
    """Neither removals nor additions come first: the order of the list is that of the acts."""
    user = scim.user_with(emails=[WORK])
    after = scim.change(user, add("emails", [HOME]), remove('emails[type eq "home"]'))
    after.must.hold({"emails": [WORK]})

    after = scim.change(user, remove('emails[type eq "work"]'), add("emails", [WORK]))
    after.must.hold({"emails": [WORK]})


@check(
    "rfc7644/3.5.2/extension-emptied",
    SHOULD,
    "An extension whose last value goes is not shown with values any more.",
    needs=["patch", "User", "EnterpriseUser.department"],
    catches=["patch-keeps-emptied-extensions"],
)
def extension_emptied(scim: Scim) -> None:
    """Removed by its path, or by null."""
    for change in (remove(DEPARTMENT), replace(DEPARTMENT, None)):
        user = scim.new_user()
        scim.patch(user.path, add(DEPARTMENT, "tools")).given.have_status(200, 204)
        after = scim.change(user, change)

        left = (after.body.value.get(ENTERPRISE_USER) or {}).get("department")
        scim.require(left is None, "no department", left)


@check(
    "rfc7644/3.5.1/schemas-required",
    SHOULD,
    "A replacement without `schemas`, or of another schema, is refused.",
    needs=["User"],
    catches=["put-needs-no-schemas", "put-takes-any-schema"],
)
def schemas_required(scim: Scim) -> None:
    """Every representation has it (RFC 7643 §3); some endpoints are kinder."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]))
    other = {"schemas": ["urn:example:params:scim:schemas:none:2.0:Robot"]}
    for wrong in ({k: v for k, v in body.items() if k != "schemas"}, body | other):
        scim.put(user.path, wrong).must.be_error(400, None, "invalidSyntax", "invalidValue")


@check(
    "rfc7644/3.5.1/names-case",
    MUST,
    "Attribute names in a replacement may be written in any case.",
    needs=NAME,
    catches=["put-takes-names-by-case"],
)
def names_case(scim: Scim) -> None:
    """As in a creation (RFC 7643 §2.1)."""
    user = scim.user_with(displayName="before")
    sent = scim.smallest_user(userName=str(user["userName"]), displayName="after")
    spelled = {"userName": "USERNAME", "displayName": "displayname"}
    body = {spelled.get(name, name): value for name, value in sent.items()}
    scim.put(user.path, body).must.have_status(200)

    scim.read(user).must.hold({"userName": sent["userName"], "displayName": "after"})


@check(
    "rfc7643/2.1/parts-case",
    MUST,
    "Names of parts and of extensions may be written in any case, in a value of a PATCH as well.",
    needs=["patch", *EMAILS, "User.name.familyName"],
    catches=["patch-takes-parts-by-case"],
)
def parts_case(scim: Scim) -> None:
    """`FAMILYNAME` and `Value` are names like others."""
    user = scim.new_user()
    scim.change(user, add("name", {"FAMILYNAME": "byron"})).must.hold(
        {"name": {"familyName": "byron"}}
    )
    value = {"Value": WORK["value"], "TYPE": WORK["type"]}
    after = scim.change(user, add("emails", [value])).body.value

    shown = [(one.get("value"), one.get("type")) for one in after["emails"]]
    scim.require(tuple(WORK.values()) in shown, str(WORK), after["emails"])
