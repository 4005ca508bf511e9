"""RFC 7644 §3.5.1: replacing a resource with PUT."""

from conformance.check import MUST, check
from conformance.claims import Document
from conformance.scim import Resource, Scim


@check(
    "rfc7644/3.5.1/replaced",
    MUST,
    "A replacement is answered 200 with the whole resource.",
    needs=["User", "User.displayName"],
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


def _whole(scim: Scim, user: Resource, **changes: object) -> Document:
    """Return the user as the client knows it, with changes."""
    return scim.smallest_user(userName=str(user["userName"]), id=user.id) | changes
