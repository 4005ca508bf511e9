"""RFC 7644 §3.5.2: what holds of every PATCH."""

from conformance.check import MUST, check
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER

USERS = ["patch", "User", "User.displayName"]


@check(
    "rfc7644/3.5.2/answer",
    MUST,
    "A PATCH is answered 200 or 204.",
    needs=USERS,
    catches=["patch-answers-201"],
)
def answer(scim: Scim) -> None:
    """200 comes with the whole resource; 204 with nothing. Either is right."""
    user = scim.new_user()
    patched = scim.patch(user.path, _rename("after"))

    patched.must.have_status(200, 204)
    if patched.status == 200:
        patched.must.have("id", equal_to=user["id"])
        patched.must.have("userName", equal_to=user["userName"])
        patched.must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.5.2/attributes",
    MUST,
    "A PATCH that asks for attributes is answered 200.",
    needs=USERS,
    catches=["patch-answers-204-always"],
)
def attributes(scim: Scim) -> None:
    """A client that wants to see the outcome can ask for it."""
    user = scim.new_user()
    patched = scim.patch(user.path, _rename("after"), attributes="displayName")

    patched.must.have_status(200)
    patched.must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.5.2/not-found",
    MUST,
    "A PATCH of what does not exist is answered 404.",
    needs=USERS,
    catches=["patch-answers-400-for-404", "patch-creates"],
)
def not_found(scim: Scim) -> None:
    """A PATCH never creates."""
    scim.patch(f"{scim.users}/{scim.name()}", _rename("after")).must.be_error(404)


@check(
    "rfc7644/3.5.2/sequence",
    MUST,
    "Operations are applied one after another.",
    needs=USERS,
    catches=["patch-reverses-operations", "patch-does-first-operation-only"],
)
def sequence(scim: Scim) -> None:
    """The last one wins."""
    user = scim.new_user()
    scim.patch(user.path, _rename("first"), _rename("second")).must.have_status(200, 204)

    scim.read(user)["displayName"].must.equal("second")


@check(
    "rfc7644/3.5.2/atomic",
    MUST,
    "When one operation fails, none is applied.",
    needs=[*USERS, "User.emails.value"],
    catches=["patch-keeps-what-came-before-a-failure"],
)
def atomic(scim: Scim) -> None:
    """A half-applied change is one that the client knows nothing of."""
    user = scim.new_user(displayName="before")
    hopeless = {"op": "replace", "path": 'emails[value sw "nobody"].type', "value": "work"}
    scim.patch(user.path, _rename("after"), hopeless).given.have_status(400)

    scim.read(user)["displayName"].must.equal("before")


@check(
    "rfc7644/3.5.2/unknown-op",
    MUST,
    "An op that does not exist is refused.",
    needs=USERS,
    catches=["patch-ignores-unknown-operations", "patch-takes-replace-by-default"],
)
def unknown_op(scim: Scim) -> None:
    """There are add, remove and replace; `move` is of JSON Patch, and not of SCIM."""
    user = scim.new_user()
    moved = scim.patch(user.path, {"op": "move", "path": "displayName", "value": "x"})

    moved.must.be_error(400)


@check(
    "rfc7644/3.5.2/op-case",
    MUST,
    "An op in another case is done or refused, and never passed over.",
    needs=USERS,
    catches=["patch-ignores-capital-operations"],
)
def op_case(scim: Scim) -> None:
    """Entra ID writes `Replace` where its compliance flag is not set: to say yes is to do it."""
    user = scim.user_with(displayName="before")
    answer = scim.patch(user.path, {"op": "Replace", "path": "displayName", "value": "after"})
    if answer.ok:
        scim.read(user).must.have("displayName", equal_to="after")
    else:
        answer.must.be_error(400)


@check(
    "rfc7644/3.5.2/invalid-path",
    MUST,
    "A path outside the grammar is refused with 400.",
    needs=USERS,
    catches=["patch-ignores-invalid-paths", "patch-fails-on-invalid-paths"],
)
def invalid_path(scim: Scim) -> None:
    """Its keyword is invalidPath, or invalidFilter for what stands in brackets."""
    user = scim.new_user()
    for path in ("emails[type eq", "displayName.", "]["):
        refused = scim.patch(user.path, {"op": "replace", "path": path, "value": "x"})
        refused.must.be_error(400, None, "invalidPath", "invalidFilter", "noTarget")


@check(
    "rfc7644/3.5.2/unknown-attribute",
    MUST,
    "A path to an attribute that does not exist is refused.",
    needs=USERS,
    catches=["patch-ignores-unknown-replace"],
)
def unknown_attribute(scim: Scim) -> None:
    """A success would make the client believe that the value is stored."""
    user = scim.new_user()
    refused = scim.patch(user.path, {"op": "replace", "path": "noSuchAttribute", "value": "x"})

    refused.must.be_error(400, None, "invalidPath", "noTarget", "invalidValue")


@check(
    "rfc7644/3.5.2/read-only",
    MUST,
    "A readOnly attribute cannot be changed.",
    needs=USERS,
    catches=["patch-ignores-read-only"],
)
def read_only(scim: Scim) -> None:
    """An id belongs to the endpoint."""
    user = scim.new_user()
    refused = scim.patch(user.path, {"op": "replace", "path": "id", "value": scim.name()})

    refused.must.be_error(400, None, "mutability")
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.5.2/schema-type",
    MUST,
    "A value of the wrong type is refused.",
    needs=["patch", "User", "User.active"],
    catches=["patch-ignores-wrong-types", "patch-fails-on-wrong-types"],
)
def wrong_type(scim: Scim) -> None:
    """An endpoint may read "false" as false; what it must not do is store or ignore nonsense."""
    user = scim.new_user(active=True)
    refused = scim.patch(user.path, {"op": "replace", "path": "active", "value": {"x": "nonsense"}})

    refused.must.be_error(400, None, "invalidValue", "invalidSyntax")
    scim.read(user)["active"].must.equal(True)


@check(
    "rfc7644/3.5.2/primary",
    MUST,
    "A value that becomes primary takes that from the others.",
    needs=["patch", "User", "User.emails.primary", "User.emails.type"],
    catches=["patch-keeps-two-primaries"],
)
def primary(scim: Scim) -> None:
    """At most one value is primary."""
    work = {"value": "work@example.com", "type": "work", "primary": True}
    user = scim.new_user(emails=[work, {"value": "home@example.com", "type": "home"}])
    change = {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}
    scim.patch(user.path, change).must.have_status(200, 204)

    emails = scim.read(user).body.items_of("emails")
    found = [str(email["value"]) for email in emails if email.value.get("primary") is True]
    scim.require(found == ["home@example.com"], "home@example.com alone as primary", found)


@check(
    "rfc7644/3.5.2/extension",
    MUST,
    "An attribute of an extension is set by its URN, which is then in `schemas`.",
    needs=["patch", "User", "EnterpriseUser.department"],
    catches=["extension-missing-in-schemas", "patch-ignores-extensions"],
)
def extension(scim: Scim) -> None:
    """This is how departments and employee numbers are provisioned."""
    user = scim.new_user()
    path = f"{ENTERPRISE_USER}:department"
    scim.patch(user.path, {"op": "add", "path": path, "value": "tools"}).must.have_status(200, 204)

    after = scim.read(user)
    after[ENTERPRISE_USER]["department"].must.equal("tools")
    after["schemas"].must.contain(ENTERPRISE_USER)


@check(
    "rfc7644/3.5.2/names-case",
    MUST,
    "A path may be written in any case.",
    needs=USERS,
    catches=["patch-takes-names-by-case"],
)
def names_case(scim: Scim) -> None:
    """Attribute names are case-insensitive everywhere (§3.10)."""
    user = scim.new_user(displayName="before")
    change = {"op": "replace", "path": "DISPLAYNAME", "value": "after"}
    scim.patch(user.path, change).must.have_status(200, 204)

    scim.read(user)["displayName"].must.equal("after")


def _rename(name: str) -> dict[str, str]:
    return {"op": "replace", "path": "displayName", "value": name}
