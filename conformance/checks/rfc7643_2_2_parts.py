"""RFC 7643 §2.2: characteristics of parts of attributes, and of what a PUT or a PATCH sends.

The checks go through all attributes of all resource types that discovery lists.
"""

from collections.abc import Iterator
from typing import Any

from conformance.check import MUST, check
from conformance.claims import Document
from conformance.expect import covers
from conformance.material.attributes import Spot
from conformance.material.operations import add, remove, replace
from conformance.scim import NOT_FOR_US, Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER


def _of_each_type(scim: Scim, *mutabilities: str) -> Iterator[tuple[str, list[Spot]]]:
    """Yield the types that we may write, with their attributes."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for name in scim.claims.type_names:
        yield name, [spot for spot in scim.spots(*mutabilities) if spot.type_name == name]


def _named_as(made: Resource, body: Document) -> Document:
    """Return a body with the name that the resource has."""
    known = made.answer.body.value
    return body | {k: known[k] for k in ("id", "userName", "displayName") if k in known}


@check(
    "rfc7643/2.2/read-only-put",
    MUST,
    "What a client sends for a readOnly attribute is ignored in a replacement.",
    catches=["put-stores-read-only", "put-refuses-read-only"],
)
def read_only_put(scim: Scim) -> None:
    """Clients send back what they read (RFC 7644 §3.5.1); forged values leave no trace."""
    for name, spots in _of_each_type(scim, "readOnly"):
        made = scim.made(name, scim.smallest(name))
        body, forged = scim.read(made).body.value, scim.name()
        fixed = [s for s in spots if s.sub is None]
        for spot in fixed:
            value = {"value": forged} if spot.attribute.get("type") == "complex" else forged
            body = spot.put(body, [value] if spot.is_list else value)
        scim.put(made.path, body).must.have_status(200)
        shown = scim.read(made).body.value
        for spot in fixed:
            is_clean = forged not in str(spot.find(shown))
            scim.require(is_clean, f"{spot} without what was sent", spot.find(shown))


@check(
    "rfc7643/2.2/manager-name",
    MUST,
    "The name of a manager is not taken from the client.",
    needs=["User", "EnterpriseUser.manager.value", "EnterpriseUser.department"],
    catches=["stores-names-of-managers"],
)
def manager_name(scim: Scim) -> None:
    """`manager.displayName` is readOnly: it is that of the other user, or is not shown."""
    named = scim.claims.attribute("EnterpriseUser", "manager.displayName") or {}
    is_fixed = named.get("mutability") == "readOnly"
    scim.skip_unless(is_fixed, "the schema does not call manager.displayName readOnly")
    boss, forged = scim.new_user(), scim.name()
    body = scim.smallest_user()
    body["schemas"] = list(dict.fromkeys([*body["schemas"], ENTERPRISE_USER]))
    body[ENTERPRISE_USER] = {"manager": {"value": boss.id, "displayName": forged}}
    created = scim.post(scim.users, body)
    created.given.have_status(201)
    user = scim.resource(scim.users, created)
    scim.require(forged not in str(scim.read(user).body.value), "no name that we sent", forged)

    scim.put(user.path, body).given.have_status(200)
    scim.require(forged not in str(scim.read(user).body.value), "no name that we sent", forged)


@check(
    "rfc7643/2.2/required-parts",
    MUST,
    "A complex value that lacks a required part is refused.",
    catches=["required-parts-are-not-required"],
)
def required_parts(scim: Scim) -> None:
    """The schema says `required` of a sub-attribute: it is so wherever there is such a value."""
    tried = 0
    for name, spots in _of_each_type(scim, "readWrite"):
        for spot in spots:
            if spot.sub is None or spot.sub.get("required") is not True or spot.refers:
                continue
            body = spot.without(scim.fullest(name))
            if not any(Spot(name, spot.urn, spot.attribute).find(body)):
                continue  # it has no other part
            tried += 1
            answer = scim.post(scim.claims.path_of(name), body)
            if answer.status not in NOT_FOR_US:
                scim.require(answer.status == 400, f"status 400 without {spot}", answer.summary)
    scim.skip_unless(tried > 0, "no schema has a required part")


@check(
    "rfc7644/3.5.2/every-attribute",
    MUST,
    "Every attribute that a client may write is replaced and removed by its path.",
    needs=["patch"],
    catches=["patch-forgets-some-attributes", "patch-removes-not-all-attributes"],
)
def every_attribute(scim: Scim) -> None:
    """Those of extensions and of types of one's own, too; the schemas say which these are."""
    for name, spots in _of_each_type(scim, "readWrite"):
        made = scim.made(name, scim.fullest(name))
        absent = scim.read(scim.made(name, scim.smallest(name))).body.value
        chosen = [spot for spot in spots if not _is_odd(spot)]
        for group in ([s for s in chosen if not s.sub], [s for s in chosen if s.sub]):
            _must_replace(scim, made, group)
            done = _patched(scim, made, [(spot, remove(str(spot))) for spot in group])
            shown = scim.read(made).body.value
            for spot, _ in done:
                left = spot.find(shown)
                is_gone = not left or left == spot.find(absent)  # there may be a default
                scim.require(is_gone, f"{spot} without a value", left)


def _must_replace(scim: Scim, made: Resource, spots: list[Spot]) -> None:
    """Demand that attributes get other values than they have."""
    before = scim.read(made).body.value
    changes = []
    for spot in spots:
        value = spot.sample(scim.name())
        if value is not None and not covers(spot.find(before), _listed(value)):
            changes.append((spot, replace(str(spot), value)))
    done = _patched(scim, made, changes)
    shown = scim.read(made).body.value
    for spot, change in done:
        found, wanted = spot.find(shown), _listed(change["value"])
        scim.require(_like(spot, found, wanted), f"{spot} to be {wanted}", found)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


Changes = list[tuple[Spot, Document]]


def _patched(scim: Scim, made: Resource, changes: Changes) -> Changes:
    """Make changes at once, or one by one where that is refused; return those that were made."""
    if not changes or scim.patch(made.path, *(change for _, change in changes)).ok:
        return changes
    done = []
    for spot, change in changes:
        answer = scim.patch(made.path, change)
        if answer.ok:
            done.append((spot, change))
            continue
        answer.must.be_no_failure()
        # It may want values of another form, or keep what it has.
        is_choice = change["op"] == "remove" or answer.body.get("scimType") == "invalidValue"
        scim.require(is_choice, f"{spot} to be replaced", answer.summary)
    return done


def _is_odd(spot: Spot) -> bool:
    """Whether a path names no single thing, or what it names cannot be seen or chosen freely."""
    return (
        (spot.sub is not None and spot.is_list)
        or spot.refers
        or spot.returned not in ("default", "always")
        or spot.leaf.get("required") is True
        or spot.leaf.get("type") in ("dateTime", "binary")
        or spot.attribute["name"].lower() in ("username", "displayname", "active", "password")
        or spot.leaf["name"].lower() == "formatted"
    )


def _like(spot: Spot, found: list[Any], wanted: list[Any]) -> bool:
    if spot.leaf.get("type") != "complex":
        return covers(found, wanted)
    shown = [
        str(s.get("name"))
        for s in spot.attribute.get("subAttributes") or ()
        if s.get("type") in (None, "string")
        and s.get("mutability") in (None, "readWrite")
        and s.get("returned") in (None, "default", "always")
        and s.get("name") not in ("formatted", "display")
    ]
    told = [{k: v for k, v in one.items() if k in shown} for one in wanted]
    return covers(found, told)


@check(
    "rfc7644/3.5.2/wrong-types-of-each",
    MUST,
    "A value of a wrong type is stored by no PATCH, whatever the attribute.",
    needs=["patch"],
    catches=["patch-stores-wrong-numbers", "patch-ignores-wrong-types"],
)
def wrong_types_of_each(scim: Scim) -> None:
    """Each attribute of the schemas in turn gets nonsense."""
    for name, spots in _of_each_type(scim, "readWrite"):
        made = scim.made(name, scim.smallest(name))
        for spot in spots:
            is_complex = spot.leaf.get("type") == "complex" and not spot.is_list
            if is_complex or spot.refers or (spot.sub is not None and spot.is_list):
                continue  # a text for a complex value some read as its `value`
            answer = scim.patch(made.path, replace(str(spot), spot.wrong()))
            answer.must.be_no_failure()
            scim.require(not answer.ok, f"{spot} refused", answer.summary)
        shown = scim.read(made).body.value
        scim.require("nonsense" not in str(shown), "no nonsense", shown)


def _unset(scim: Scim) -> list[tuple[Spot, Resource, Any]]:
    """Return immutable attributes that have no value yet, with a resource and a value for each."""
    found = []
    for name, spots in _of_each_type(scim, "immutable"):
        for spot in spots:
            value = spot.sample(scim.name())
            if spot.sub is None and not spot.leaf.get("required") and value is not None:
                found.append((spot, scim.made(name, scim.smallest(name)), value))
    scim.skip_unless(bool(found), "no schema has an immutable attribute that may be absent")
    return found


@check(
    "rfc7643/2.2/immutable-first",
    MUST,
    "An immutable attribute that has no value takes one, from a replacement and from a PATCH.",
    catches=["put-ignores-first-immutable", "patch-refuses-first-immutable"],
)
def immutable_first(scim: Scim) -> None:
    """The new value SHALL be applied (RFC 7644 §3.5.1); it MAY be added (§3.5.2)."""
    for spot, made, value in _unset(scim):
        body = spot.put(scim.read(made).body.value, value)
        scim.put(made.path, body).must.have_status(200)
        _must_show(scim, spot, made)
    if scim.claims.missing("patch"):
        return
    for spot, made, value in _unset(scim):
        scim.patch(made.path, add(str(spot), value)).must.have_status(200, 204)
        _must_show(scim, spot, made)


def _must_show(scim: Scim, spot: Spot, made: Resource) -> None:
    if spot.returned in ("default", "always"):
        shown = scim.read(made).body.value
        scim.require(bool(spot.find(shown)), f"a value of {spot}", shown)


@check(
    "rfc7643/2.2/immutable-removed",
    MUST,
    "An immutable attribute that has a value is not removed by a PATCH.",
    needs=["patch"],
    catches=["patch-removes-immutable"],
)
def immutable_removed(scim: Scim) -> None:
    """A value that may go and come again can be changed."""
    for spot, made, value in _unset(scim):
        body = spot.put(scim.read(made).body.value, value)
        scim.put(made.path, body).given.have_status(200)
        _must_show(scim, spot, made)
        for change in (remove(str(spot)), replace(str(spot), None)):
            scim.refused(made, change).must.be_error(400, None, "mutability")
