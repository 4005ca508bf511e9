"""RFC 7644 §3.6: deleting resources."""

from conformance.check import MUST, SHOULD, check
from conformance.material.operations import replace
from conformance.scim import Scim


@check(
    "rfc7644/3.6/deleted",
    MUST,
    "A deletion is answered 204.",
    needs=["User"],
    catches=["deletes-with-200"],
)
def deleted(scim: Scim) -> None:
    """There is nothing to send back."""
    user = scim.new_user()

    scim.delete(user.path).must.have_status(204)


@check(
    "rfc7644/3.6/gone",
    MUST,
    "What was deleted is answered 404.",
    needs=["User"],
    catches=["deleted-can-be-read", "deleted-can-be-replaced", "deleted-can-be-deleted"],
)
def gone(scim: Scim) -> None:
    """For every operation, though the endpoint may keep the data."""
    user = scim.new_user()
    scim.delete(user.path).given.have_status(200, 202, 204)

    scim.get(user.path).must.be_error(404)
    scim.put(user.path, scim.smallest_user()).must.be_error(404)
    scim.delete(user.path).must.be_error(404)


@check(
    "rfc7644/3.6/not-listed",
    MUST,
    "What was deleted is in no list.",
    needs=["User", "filter"],
    catches=["deleted-are-listed"],
)
def not_listed(scim: Scim) -> None:
    """A client would match the account again, and find it cannot be read."""
    user = scim.new_user()
    scim.delete(user.path).given.have_status(200, 202, 204)

    found = scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"')

    scim.require(not found, "no match", [str(node["id"]) for node in found])


@check(
    "rfc7644/3.6/name-free",
    SHOULD,
    "The userName of a deleted user can be given again.",
    needs=["User"],
    catches=["names-are-never-free"],
)
def name_free(scim: Scim) -> None:
    """People come back."""
    user = scim.new_user()
    scim.delete(user.path).given.have_status(200, 202, 204)
    again = scim.post(scim.users, scim.smallest_user(userName=str(user["userName"])))

    again.must.have_status(201)


@check(
    "rfc7644/3.6/others-stay",
    MUST,
    "A deletion takes nothing else with it.",
    needs=["User", "Group", "Group.members"],
    catches=["groups-take-their-members"],
)
def others_stay(scim: Scim) -> None:
    """A group goes, its members stay."""
    user = scim.new_user()
    group = scim.new_group(user)
    scim.delete(group.path).given.have_status(200, 202, 204)

    scim.get(group.path).must.be_error(404)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.6/not-found",
    MUST,
    "To delete what does not exist is answered 404.",
    needs=["User"],
    catches=["deletes-what-never-was"],
)
def not_found(scim: Scim) -> None:
    """A client learns that there was nothing."""
    scim.delete(f"{scim.users}/{scim.name()}").must.be_error(404)


@check(
    "rfc7644/3.6/no-body",
    MUST,
    "A deletion has no body.",
    needs=["User"],
    catches=["deletes-with-a-body"],
)
def no_body(scim: Scim) -> None:
    """204 says that there is none."""
    user = scim.new_user()
    answer = scim.delete(user.path)

    answer.must.have_status(204)
    scim.require(answer.document is None, "no body", answer.document)


@check(
    "rfc7644/3.6/no-patch",
    MUST,
    "What was deleted cannot be patched.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-creates", "patches-the-deleted"],
)
def no_patch(scim: Scim) -> None:
    """It is answered 404, and does not come back by it."""
    user = scim.new_user()
    scim.delete(user.path).given.have_status(200, 202, 204)

    scim.patch(user.path, replace("displayName", "back")).must.be_error(404)
    scim.get(user.path).must.be_error(404)


@check(
    "rfc7644/3.6/group",
    MUST,
    "A group is deleted like any other resource.",
    needs=["Group"],
    catches=["groups-cannot-be-deleted", "deleted-groups-are-listed"],
)
def group(scim: Scim) -> None:
    """It is gone for every request, lists included."""
    made = scim.new_group()
    scim.delete(made.path).must.have_status(204)

    scim.get(made.path).must.be_error(404)
    scim.delete(made.path).must.be_error(404)
    if scim.claims.missing("filter") is None:
        found = scim.matches(scim.groups, filter=f'displayName eq "{made["displayName"]}"')
        scim.require(not found, "no match", [str(one["id"]) for one in found])


@check(
    "rfc7644/3.6/other-users",
    MUST,
    "A deletion takes one user, and no other.",
    needs=["User"],
    catches=["deletes-the-last-too"],
)
def other_users(scim: Scim) -> None:
    """Not even one whose name begins alike."""
    user = scim.new_user()
    name = str(user["userName"])
    other, last = scim.new_user(userName=f"{name}-2"), scim.new_user()
    scim.delete(user.path).given.have_status(200, 202, 204)

    for one in (other, last):
        scim.get(one.path).must.have_status(200)
