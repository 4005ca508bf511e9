"""RFC 7643 §4.3: managers and the other values of the enterprise extension; parts set to null."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.expect import Unready
from conformance.material.operations import remove, replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER

MANAGER = ["User", "EnterpriseUser.manager.value"]
NAMES = ["User", "User.name.givenName", "User.name.familyName"]


def _extended(scim: Scim, name: str | None = None, **values: object) -> Document:
    body = scim.smallest_user(**({"userName": name} if name else {}))
    schemas = list(dict.fromkeys([*body["schemas"], ENTERPRISE_USER]))
    return body | {"schemas": schemas, ENTERPRISE_USER: values}


def _managed(scim: Scim, boss: Resource, **more: object) -> tuple[Resource, Document]:
    """Create a user with a manager; return it, and the manager as it is shown."""
    demanded = scim.claims.attribute("EnterpriseUser", "manager.$ref") or {}
    scim.skip_unless(demanded.get("required") is not True, "the schema requires manager.$ref, too")
    created = scim.post(scim.users, _extended(scim, manager={"value": boss.id}) | more)
    created.given.have_status(201)
    user = scim.resource(scim.users, created)
    return user, _manager(scim, user)


def _manager(scim: Scim, user: Resource) -> Document:
    shown = (scim.read(user).body.value.get(ENTERPRISE_USER) or {}).get("manager")
    if not isinstance(shown, dict):
        raise Unready("the manager is not shown as an object")
    return shown


@check(
    "rfc7643/4.3/manager-reference",
    MUST,
    "The $ref of a manager leads to that user.",
    needs=MANAGER,
    catches=["managers-refer-elsewhere"],
)
def manager_reference(scim: Scim) -> None:
    """Where it is shown: the URI of the resource that is the manager."""
    boss = scim.new_user()
    user, shown = _managed(scim, boss)
    reference = shown.get("$ref")
    scim.skip_unless(isinstance(reference, str), "managers have no $ref")

    scim.refers(scim.read(user), str(reference), to=boss.id)


@check(
    "rfc7643/4.3/manager-named",
    MUST,
    "The displayName of a manager is that of the manager.",
    needs=[*MANAGER, "User.displayName"],
    catches=["managers-are-named-like-their-people"],
)
def manager_named(scim: Scim) -> None:
    """Where it is shown; never that of who is managed."""
    boss = scim.user_with(displayName="the boss")
    _, shown = _managed(scim, boss, displayName="the other")

    named = shown.get("displayName")
    scim.require(named != "the other", '"the boss", or no name', named)


@check(
    "rfc7643/4.3/manager-renamed",
    SHOULD,
    "It is the name that the manager has now.",
    needs=["patch", *MANAGER, "User.displayName"],
    catches=["managers-keep-old-names"],
)
def manager_renamed(scim: Scim) -> None:
    """One that was copied is wrong after the first change."""
    boss = scim.user_with(displayName="before")
    user, shown = _managed(scim, boss)
    scim.skip_unless(shown.get("displayName") == "before", "managers are shown without a name")
    scim.patch(boss.path, replace("displayName", "after")).given.have_status(200, 204)

    named = _manager(scim, user).get("displayName")
    scim.require(named == "after", '"after"', named)


@check(
    "rfc7643/4.3/manager-changed",
    MUST,
    "A manager is exchanged for another one, and taken away.",
    needs=["patch", *MANAGER],
    catches=["patch-keeps-the-first-manager", "patch-never-removes-managers"],
)
def manager_changed(scim: Scim) -> None:
    """By its path as a whole; nothing of the former one is left."""
    first, second = scim.new_user(), scim.new_user()
    user, _ = _managed(scim, first)
    path = f"{ENTERPRISE_USER}:manager"
    after = scim.change(user, replace(path, {"value": second.id}))
    after.must.hold({ENTERPRISE_USER: {"manager": {"value": second.id}}})

    after = scim.change(user, remove(path))
    left = (after.body.value.get(ENTERPRISE_USER) or {}).get("manager")
    scim.require(not left, "no manager", left)


@check(
    "rfc7643/4.3/manager-put",
    MUST,
    "So it is by a replacement.",
    needs=MANAGER,
    catches=["put-keeps-the-first-manager"],
)
def manager_put(scim: Scim) -> None:
    """Another one is given, then null."""
    first, second = scim.new_user(), scim.new_user()
    user, _ = _managed(scim, first)
    name = str(user["userName"])
    body = _extended(scim, name, manager={"value": second.id})
    scim.put(user.path, body).must.have_status(200)
    scim.read(user).must.hold({ENTERPRISE_USER: {"manager": {"value": second.id}}})

    scim.put(user.path, _extended(scim, name, manager=None)).must.have_status(200)
    left = (scim.read(user).body.value.get(ENTERPRISE_USER) or {}).get("manager")
    scim.require(not left, "no manager", left)


@check(
    "rfc7643/4.3/digits",
    MUST,
    "An employee number of digits is a text, with its zeros.",
    needs=["User", "EnterpriseUser.employeeNumber"],
    catches=["digits-become-numbers"],
)
def digits(scim: Scim) -> None:
    """`employeeNumber` is a string: 0042 is not 42."""
    user = scim.new_user()
    body = _extended(scim, str(user["userName"]), employeeNumber="0042")
    scim.put(user.path, body).must.have_status(200)

    scim.read(user).must.hold({ENTERPRISE_USER: {"employeeNumber": "0042"}})


@check(
    "rfc7643/2.5/null-parts",
    MUST,
    "A replacement by null takes away a part of a complex value.",
    needs=NAMES,
    catches=["put-ignores-null-in-parts"],
)
def null_parts(scim: Scim) -> None:
    """null and unassigned are one state, wherever it is said."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    name = {"givenName": "ada", "familyName": None}
    body = scim.smallest_user(userName=str(user["userName"]), name=name)
    scim.put(user.path, body).must.have_status(200)

    scim.read(user).must.hold({"name": name})


@check(
    "rfc7643/2.5/null-in-extensions",
    MUST,
    "So it does with a value of an extension.",
    needs=["User", "EnterpriseUser.department", "EnterpriseUser.costCenter"],
    catches=["put-ignores-null-in-extensions"],
)
def null_in_extensions(scim: Scim) -> None:
    """The others stay as they are given."""
    user = scim.new_user()
    name = str(user["userName"])
    body = _extended(scim, name, department="tools", costCenter="7")
    scim.put(user.path, body).given.have_status(200)
    body = _extended(scim, name, department=None, costCenter="7")
    scim.put(user.path, body).must.have_status(200)

    wanted = {"department": None, "costCenter": "7"}
    scim.read(user).must.hold({ENTERPRISE_USER: wanted})


@check(
    "rfc7644/3.5.2/null-parts",
    MUST,
    "So does a PATCH.",
    needs=["patch", *NAMES],
    catches=["patch-ignores-null-in-parts"],
)
def patch_null_parts(scim: Scim) -> None:
    """In a value of its own, or as a part of one."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    after = scim.change(user, replace("name", {"givenName": "grace", "familyName": None}))
    after.must.hold({"name": {"givenName": "grace", "familyName": None}})

    after = scim.change(user, replace("name.givenName", None))
    left = (after.body.value.get("name") or {}).get("givenName")
    scim.require(left is None, "no given name", left)
