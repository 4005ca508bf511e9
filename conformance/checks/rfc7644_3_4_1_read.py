"""RFC 7644 §3.4.1: reading one resource."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim


@check("rfc7644/3.4.1/found", MUST, "A resource that exists is answered 200.", needs=["User"])
def found(scim: Scim) -> None:
    """What has just been created can be read at once, under its id."""
    user = scim.new_user()

    answer = scim.get(user.path)

    answer.must.have_status(200)
    answer.must.have("id", equal_to=user["id"])
    answer.must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.4.1/meta",
    MUST,
    "A resource that is read has the same meta.location as when it was created.",
    needs=["User"],
)
def same_location(scim: Scim) -> None:
    """The address of a resource does not depend on how it was come by."""
    user = scim.new_user()

    scim.read(user)["meta"]["location"].must.equal(user["meta"]["location"])


@check(
    "rfc7644/3.4.1/group",
    MUST,
    "A group that is read has its members.",
    needs=["User", "Group", "Group.members"],
)
def group_members(scim: Scim) -> None:
    """`members` is returned by default: a client that finds none adds them all again."""
    first, second = scim.new_user(), scim.new_user()
    group = scim.read(scim.new_group(first, second))

    ids = sorted(str(member["value"]) for member in group.body.items_of("members"))
    scim.require(ids == sorted([first.id, second.id]), "both members", ids)


@check(
    "rfc7644/3.4.1/not-found", MUST, "An id that does not exist is answered 404.", needs=["User"]
)
def not_found(scim: Scim) -> None:
    """An empty list or a 200 would make a client believe that the resource is there."""
    scim.get(f"{scim.users}/{scim.name()}").must.be_error(404)


@check(
    "rfc7644/3.4.1/other-type",
    MUST,
    "A user's id leads to nothing under the groups.",
    needs=["User", "Group"],
)
def other_type(scim: Scim) -> None:
    """Each type has its own endpoint."""
    user = scim.new_user()

    scim.get(f"{scim.groups}/{user.id}").must.be_error(404)


@check(
    "rfc7644/3.4.2/unknown-parameter",
    SHOULD,
    "A query parameter that the endpoint does not know is ignored.",
    needs=["User"],
)
def unknown_parameter(scim: Scim) -> None:
    """So that newer clients can talk to older endpoints; Entra ID for one sends its own flag."""
    user = scim.new_user()

    scim.get(user.path, scimConformanceUnknown="1").must.have_status(200)
