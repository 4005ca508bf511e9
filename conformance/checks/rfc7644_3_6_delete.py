"""RFC 7644 §3.6: deleting resources."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim


@check("rfc7644/3.6/deleted", MUST, "A deletion is answered 204.", needs=["User"])
def deleted(scim: Scim) -> None:
    """There is nothing to send back."""
    user = scim.new_user()

    scim.delete(user.path).must.have_status(204)


@check("rfc7644/3.6/gone", MUST, "What was deleted is answered 404.", needs=["User"])
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
)
def others_stay(scim: Scim) -> None:
    """A group goes, its members stay."""
    user = scim.new_user()
    group = scim.new_group(user)
    scim.delete(group.path).given.have_status(200, 202, 204)

    scim.get(group.path).must.be_error(404)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.6/not-found", MUST, "To delete what does not exist is answered 404.", needs=["User"]
)
def not_found(scim: Scim) -> None:
    """A client learns that there was nothing."""
    scim.delete(f"{scim.users}/{scim.name()}").must.be_error(404)
