"""RFC 7644 §3.5.2: the rules of a PATCH hold in each of its forms: by path, without, and by add."""

from conformance.check import MUST, check
from conformance.claims import Document
from conformance.expect import covers
from conformance.material.operations import HOME, WORK, add, replace
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]


def _forms(path: str, value: object) -> list[Document]:
    """Return all ways to give an attribute a value, but for the plainest."""
    return [add(path, value), add(None, {path: value}), replace(None, {path: value})]


@check(
    "rfc7644/3.5.2/uniqueness-in-each-form",
    MUST,
    "Another user's userName is taken by no form of a PATCH.",
    needs=["patch", "User"],
    catches=["patch-adds-duplicates-of-names", "patch-allows-duplicates-without-path"],
)
def uniqueness(scim: Scim) -> None:
    """Added, or given without a path, it is the same name."""
    first, second = scim.new_user(), scim.new_user()
    for change in _forms("userName", str(first["userName"])):
        scim.refused(second, change).must.have_status(409, 400)


@check(
    "rfc7644/3.5.2/wrong-types-in-each-form",
    MUST,
    "A value of a wrong type is stored by no form of a PATCH.",
    needs=[*EMAILS, "User.displayName", "User.active"],
    catches=["patch-adds-any-type", "patch-stores-any-list-without-path"],
)
def wrong_types(scim: Scim) -> None:
    """By add as by replace, with a path and without one."""
    user = scim.user_with(displayName="ada", active=True, emails=[WORK])
    for path, value in (
        ("displayName", {"x": "nonsense"}),
        ("active", "nonsense"),
        ("emails", "nonsense"),
        ("emails", [7]),
    ):
        for change in _forms(path, value):
            scim.refused(user, change).must.have_status(400)


@check(
    "rfc7644/3.5.2/read-only-without-path",
    MUST,
    "What the endpoint alone sets is written by no value without a path.",
    needs=["patch", "User"],
    catches=["patch-takes-meta-without-path", "patch-shows-groups-without-path"],
)
def read_only(scim: Scim) -> None:
    """It is ignored or refused: clients send back what they read."""
    user, forged = scim.new_user(), scim.name()
    meta = {"created": "1999-01-01T00:00:00Z", "resourceType": "Robot"}
    values: list[Document] = [{"meta": meta}]
    declared = scim.claims.attribute("User", "groups") or {}
    if declared.get("mutability") == "readOnly":
        values.append({"groups": [{"value": forged}]})
    for value in values:
        for change in (add(None, value), replace(None, value)):
            scim.patch(user.path, change).must.be_no_failure()
            shown = scim.read(user).body.value
            is_clean = forged not in str(shown.get("groups")) and "1999" not in str(shown["meta"])
            scim.require(is_clean and "Robot" not in str(shown), "nothing of ours", shown)


@check(
    "rfc7644/3.5.2/required-without-path",
    MUST,
    "A userName is not taken away without a path either.",
    needs=["patch", "User"],
    catches=["patch-clears-required-without-path"],
)
def required(scim: Scim) -> None:
    """By null it is refused, or as it was."""
    user = scim.new_user()
    name = str(user["userName"])
    scim.patch(user.path, replace(None, {"userName": None})).must.be_no_failure()

    shown = str(scim.read(user).body.value.get("userName"))
    scim.require(shown.lower() == name.lower(), name, shown)


@check(
    "rfc7643/2.2/immutable-without-path",
    MUST,
    "An immutable attribute that has a value is changed by no value without a path.",
    needs=["patch"],
    catches=["patch-changes-immutable-without-path"],
)
def immutable(scim: Scim) -> None:
    """It may be ignored or refused there; it stays."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    spots = [s for s in scim.spots("immutable") if s.sub is None and not (s.urn or s.refers)]
    found = [s for s in spots if s.sample("x") is not None and s.sample("x") != s.sample("y")]
    scim.skip_unless(bool(found), "no schema has an immutable attribute")
    for spot in found:
        body = spot.put(scim.smallest(spot.type_name), spot.sample(scim.name()))
        made = scim.made(spot.type_name, body)
        before = spot.find(scim.read(made).body.value)
        other = spot.sample(scim.name())
        scim.patch(made.path, replace(None, {spot.attribute["name"]: other}))
        after = spot.find(scim.read(made).body.value)
        scim.require(covers(after, before), f"{spot} to be {before}", after)


@check(
    "rfc7644/3.5.2.3/no-match-whole",
    MUST,
    "A filter that matches nothing is refused where the whole value is given, too.",
    needs=EMAILS,
    catches=["patch-ignores-whole-values-without-match", "patch-adds-whole-values-without-match"],
)
def no_match_whole(scim: Scim) -> None:
    """400 with noTarget, and nothing is changed."""
    user = scim.user_with(emails=[WORK, HOME])
    value = {"value": "x@example.com", "type": "home"}

    refused = scim.refused(user, replace('emails[value eq "nobody@example.com"]', value))
    refused.must.be_error(400, "noTarget")


@check(
    "rfc7644/3.5.2.1/one-value-for-all-parts",
    MUST,
    "If an add by a filter makes a value where none matches, all parts get into the same one.",
    needs=["patch", "User", "User.addresses.locality", "User.addresses.region"],
    catches=["patch-makes-a-value-for-each-part"],
)
def one_value(scim: Scim) -> None:
    """It may be refused; three values with a part each are of use to nobody."""
    user = scim.new_user()
    scim.read(user).given.hold({"addresses": None})
    path = 'addresses[type eq "work"]'
    parts = {"locality": "a", "region": "b", "country": "DE"}
    known = {k: v for k, v in parts.items() if scim.claims.missing(f"User.addresses.{k}") is None}
    answer = scim.patch(user.path, *(add(f"{path}.{k}", v) for k, v in known.items()))
    answer.must.be_no_failure()

    wanted = [known | {"type": "work"}] if answer.ok else None
    scim.read(user).must.hold({"addresses": wanted})


@check(
    "rfc7644/3.5.2/extension-urn-in-schemas",
    MUST,
    "`schemas` names an extension whose first value came without a path.",
    needs=["patch", "User", "EnterpriseUser.department"],
    catches=["patch-forgets-schemas-without-path"],
)
def extension_in_schemas(scim: Scim) -> None:
    """The URN is a key of the value there, and no path."""
    for make in (add, replace):
        user = scim.new_user()
        after = scim.change(user, make(None, {ENTERPRISE_USER: {"department": "tools"}}))

        after.must.hold({ENTERPRISE_USER: {"department": "tools"}})
        after["schemas"].must.contain(ENTERPRISE_USER)
