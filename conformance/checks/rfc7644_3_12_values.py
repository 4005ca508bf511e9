"""RFC 7644 §3.12 and table 8: a value of a wrong type is a 4xx, wherever it stands."""

from typing import Any

from conformance.check import MUST, check
from conformance.material.operations import add, remove, replace
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER


@check(
    "rfc7644/3.12/wrong-types",
    MUST,
    "Values of a wrong type are refused.",
    needs=["User"],
    catches=[
        "robust-user-name-list-succeeds",
        "robust-user-name-null-succeeds",
        "robust-user-name-object-is-500",
    ],
)
def wrong_types(scim: Scim) -> None:
    """userName is text, required: an object, a list or null is none. 400, and nobody is made."""
    for value in ({"x": "y"}, ["x"], None, [], {}):
        answer = scim.post(scim.users, scim.smallest_user() | {"userName": value})
        answer.must.be_error(400, None, "invalidValue", "invalidSyntax")


_ODD_VALUES: tuple[tuple[str, Any], ...] = (
    ("emails", "ada@example.com"),
    ("emails", ["ada@example.com"]),
    ("emails", [[{"value": "x@example.com"}]]),
    ("emails", [None]),
    ("emails", {"value": "ada@example.com"}),
    ("emails", [{"value": 7}]),
    ("emails", [{"value": {"x": "y"}}]),
    ("emails", [{"primary": "x"}]),
    ("name", "ada"),
    ("name", 7),
    ("name", {"givenName": ["ada"]}),
    ("name", [{"givenName": "ada"}]),
    ("active", {"x": 1}),
    ("active", []),
    ("active", "x"),
    ("active", 1),
    ("userName", 7),
    ("userName", True),
    ("userName", ""),
    ("password", 7),
    ("password", {"x": "y"}),
    ("profileUrl", "no url"),
    ("x509Certificates", [{"value": "no base64"}]),
    (ENTERPRISE_USER, "x"),
    (ENTERPRISE_USER, None),
    (ENTERPRISE_USER, [{}]),
    (ENTERPRISE_USER, {"manager": "x"}),
    (ENTERPRISE_USER, {"manager": {"value": 7}}),
    ("displayName", 7),
    ("displayName", {"x": "y"}),
    ("groups", "x"),
    ("meta", "x"),
    ("id", 7),
    ("schemas", "x"),
    ("schemas", None),
    ("schemas", [7]),
    ("schemas", []),
    ("schemas", {}),
)


@check(
    "rfc7644/3.12/wrong-types-anywhere",
    MUST,
    "No value of a wrong type is a 5xx.",
    needs=["User"],
    catches=[
        "robust-active-object-is-500",
        "robust-active-text-is-500",
        "robust-email-number-is-500",
        "robust-extension-text-is-500",
        "robust-manager-text-is-500",
        "robust-user-name-number-is-500",
        "robust-emails-null-is-500",
        "robust-emails-text-is-500",
        "robust-name-text-is-500",
        "robust-schemas-empty-is-500",
        "robust-schemas-text-is-500",
    ],
)
def wrong_types_anywhere(scim: Scim) -> None:
    """Some endpoints read "true" as true or 7 as text: what they must not do is fail."""
    for name, value in _ODD_VALUES:
        scim.post(scim.users, scim.smallest_user() | {name: value}).must.be_no_failure()


@check(
    "rfc7644/3.12/wrong-types-in-put",
    MUST,
    "No value of a wrong type is a 5xx in a PUT.",
    needs=["User"],
    catches=["robust-put-of-list-as-text-is-500", "robust-put-of-object-as-text-is-500"],
)
def wrong_types_in_put(scim: Scim) -> None:
    """As in a creation; and the user is there still."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]))
    for name, value in _ODD_VALUES:
        if name != "userName":
            scim.put(user.path, body | {name: value}).must.be_no_failure()
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.12/wrong-types-in-patch",
    MUST,
    "No value of a wrong type is a 5xx in a PATCH.",
    needs=["patch", "User"],
    catches=[
        "robust-patch-of-list-as-text-is-500",
        "robust-patch-of-object-as-text-is-500",
        "robust-patch-of-whole-with-wrong-types-is-500",
        "robust-patch-without-value-is-500",
    ],
)
def wrong_types_in_patch(scim: Scim) -> None:
    """By a path and without one; with no value at all."""
    user = scim.new_user()
    odd = [(name, value) for name, value in _ODD_VALUES if name != "userName"]
    for name, value in odd:
        scim.patch(user.path, replace(name, value)).must.be_no_failure()
        scim.patch(user.path, add(None, {name: value})).must.be_no_failure()
    for op in ("add", "replace"):
        scim.patch(user.path, {"op": op, "path": "displayName"}).must.be_no_failure()
        scim.patch(user.path, {"op": op, "path": "emails", "value": None}).must.be_no_failure()
        scim.patch(user.path, {"op": op}).must.be_no_failure()
    scim.get(user.path).must.have_status(200)


_ODD_PATHS = (
    "",
    " ",
    ".",
    "a.",
    ".a",
    "a..b",
    "a.b.c.d",
    "noSuchAttribute",
    "urn:example:scim:schemas:none:x",
    f"{ENTERPRISE_USER}:",
    ":",
    "[",
    "]",
    "emails[",
    "emails[]",
    "emails[type]",
    "emails[type eq]",
    'emails[type eq "x"',
    'emails[type eq "x"].',
    'emails[type eq "x"]value',
    'emails[type eq "x"][type eq "y"]',
    '[type eq "x"]',
    'userName[value eq "x"]',
    'emails[noSuch eq "x"]',
    "x" * 5000,
    "emails[" + "(" * 200 + 'type eq "x"' + ")" * 200 + "]",
    "\x00",
)


@check(
    "rfc7644/3.12/odd-paths",
    MUST,
    "An odd path of a PATCH is no 5xx.",
    needs=["patch", "User"],
    catches=[
        "robust-empty-path-is-500",
        "robust-long-path-is-500",
        "robust-open-bracket-is-500",
        "robust-unknown-path-is-500",
    ],
)
def odd_paths(scim: Scim) -> None:
    """What no grammar knows, and what no schema has."""
    user = scim.new_user()
    for path in _ODD_PATHS:
        scim.patch(user.path, replace(path, "x")).must.be_no_failure()
        scim.patch(user.path, remove(path)).must.be_no_failure()
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.12/odd-patches",
    MUST,
    "A PATCH of nothing, or of very much, is no 5xx.",
    needs=["patch", "User"],
    catches=["robust-many-operations-are-500", "robust-patch-without-schemas-is-500"],
)
def odd_patches(scim: Scim) -> None:
    """No operation, a thousand, no schemas, another schema."""
    user = scim.new_user()
    name = replace("userName", str(user["userName"]))
    scim.patch(user.path).must.be_no_failure()
    scim.patch(user.path, *[name] * 1000).must.be_no_failure()
    for schemas in ([], ["urn:example:none"], "x", None):
        body = {"schemas": schemas, "Operations": [name]}
        scim.send("PATCH", user.path, body=body).must.be_no_failure()
    scim.send("PATCH", user.path, body={"Operations": [name]}).must.be_no_failure()
    scim.get(user.path).must.have_status(200)


_ODD_MEMBERS: tuple[Any, ...] = (
    "x",
    7,
    ["x"],
    [None],
    [{}],
    [{"value": None}],
    [{"value": 7}],
    [{"value": {"x": "y"}}],
    None,
    {"value": 7},
)


@check(
    "rfc7644/3.12/wrong-members",
    MUST,
    "Members that are none are no 5xx.",
    needs=["Group", "Group.members"],
    catches=[
        "robust-added-member-null-is-500",
        "robust-group-name-number-is-500",
        "robust-malformed-patch-is-500",
        "robust-members-text-is-500",
        "robust-members-without-value-is-500",
    ],
)
def wrong_members(scim: Scim) -> None:
    """Neither in a creation nor in a change."""
    group = scim.new_group()
    for value in _ODD_MEMBERS:
        scim.post(scim.groups, scim.smallest_group() | {"members": value}).must.be_no_failure()
        change = {"op": "add", "path": "members", "value": value}
        scim.patch(group.path, change).must.be_no_failure()
    for name in (7, {"x": "y"}, ["x"], "", None):
        scim.post(scim.groups, scim.smallest_group() | {"displayName": name}).must.be_no_failure()
    scim.get(group.path).must.have_status(200)
