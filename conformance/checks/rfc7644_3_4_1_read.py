"""RFC 7644 §3.4.1: reading one resource."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim


@check(
    "rfc7644/3.4.1/found",
    MUST,
    "A resource that exists is answered 200.",
    needs=["User"],
    catches=["reads-another-resource", "reads-lack-values"],
)
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
    catches=["location-differs-when-read"],
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
    catches=["reads-lack-members"],
)
def group_members(scim: Scim) -> None:
    """`members` is returned by default: a client that finds none adds them all again."""
    first, second = scim.new_user(), scim.new_user()
    group = scim.read(scim.group_given(first, second))

    ids = sorted(str(member["value"]) for member in group.body.items_of("members"))
    scim.require(ids == sorted([first.id, second.id]), "both members", ids)


@check(
    "rfc7644/3.4.1/not-found",
    MUST,
    "An id that does not exist is answered 404.",
    needs=["User"],
    catches=["unknown-ids-are-400", "unknown-ids-are-empty"],
)
def not_found(scim: Scim) -> None:
    """An empty list or a 200 would make a client believe that the resource is there."""
    scim.get(f"{scim.users}/{scim.name()}").must.be_error(404)


@check(
    "rfc7644/3.4.1/other-type",
    MUST,
    "A user's id leads to nothing under the groups.",
    needs=["User", "Group"],
    catches=["ids-work-under-any-type"],
)
def other_type(scim: Scim) -> None:
    """Each type has its own endpoint."""
    user = scim.new_user()

    scim.get(f"{scim.groups}/{user.id}").must.be_error(404)


@check(
    "rfc7644/3.4.1/every-operation",
    MUST,
    "No operation on a user works under the groups.",
    needs=["User", "Group"],
    catches=["ids-work-under-any-type", "deletes-under-any-type"],
)
def every_operation(scim: Scim) -> None:
    """A client that mixes up the types must not delete a user as a group."""
    user = scim.new_user()
    path = f"{scim.groups}/{user.id}"
    scim.get(path).must.be_error(404)  # else it may be somebody's, and is left alone
    scim.allowed(scim.put(path, scim.smallest_group())).must.be_error(404)
    scim.allowed(scim.delete(path)).must.be_error(404)

    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.4.1/again",
    MUST,
    "What is read twice is the same.",
    needs=["User"],
    catches=["reading-changes", "modified-by-reading"],
)
def again(scim: Scim) -> None:
    """Reading is safe: it changes nothing."""
    user = scim.new_user()
    first, second = scim.read(user), scim.read(user)

    scim.must_be_as(first, second)
    second["meta"].must.equal(first["meta"])


@check(
    "rfc7644/3.4.1/odd-ids",
    MUST,
    "An id that cannot be is answered 404, and never with a 5xx.",
    needs=["User"],
    catches=["fails-on-odd-ids", "finds-odd-ids"],
)
def odd_ids(scim: Scim) -> None:
    """Quotes, blanks, percent signs, other scripts, and more than a database takes."""
    for odd in ("%27%20or%20%271%27=%271", "%C3%A9", "%20", "null", "0", "a" * 300, "%22", "%25"):
        scim.get(f"{scim.users}/{odd}").must.be_refused()


@check(
    "rfc7644/3.4.1/user-has-core",
    MUST,
    "A user that is read has its `schemas`, `id` and userName.",
    needs=["User"],
    catches=["reads-lack-schemas", "reads-lack-id", "reads-lack-user-name"],
)
def has_core(scim: Scim) -> None:
    """Without them nobody knows what was read."""
    user = scim.new_user()
    shown = scim.get(user.path)
    shown.must.have_status(200)
    for name in ("schemas", "id", "userName"):
        shown.must.have(name)


@check(
    "rfc7644/3.4.2/unknown-parameter",
    SHOULD,
    "A query parameter that the endpoint does not know is ignored.",
    needs=["User"],
    catches=["refuses-unknown-parameters"],
)
def unknown_parameter(scim: Scim) -> None:
    """So that newer clients can talk to older endpoints; Entra ID for one sends its own flag."""
    user = scim.new_user()

    scim.get(user.path, scimConformanceUnknown="1").must.have_status(200)
