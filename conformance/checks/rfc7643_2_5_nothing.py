"""RFC 7643 §2.2, §2.5: what null, an empty list, an empty object and an empty text do."""

from collections.abc import Iterator

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.material.attributes import Spot
from conformance.material.operations import remove, replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER

TITLE = ["User", "User.title"]


def _tops(scim: Scim, name: str) -> list[Spot]:
    """Return the attributes of a type that a client may write and see, without parts."""
    return [
        spot
        for spot in scim.spots("readWrite")
        if spot.type_name == name
        and spot.sub is None
        and spot.returned in ("default", "always")
        and not spot.refers
    ]


def _named(made: Resource, body: Document) -> Document:
    """Return a body with the name that the resource has."""
    known = made.answer.body.value
    return body | {k: known[k] for k in ("userName", "displayName") if k in known and k in body}


@check(
    "rfc7643/2.5/unassigned-each",
    MUST,
    "A replacement by null, or by an empty list, takes away whatever it is said of.",
    catches=["put-ignores-null-of-some", "put-ignores-null", "put-ignores-empty-lists"],
)
def unassigned_each(scim: Scim) -> None:
    """Every attribute of the schemas that is not required; where there is a default it is back."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for name in scim.claims.type_names:
        made = scim.made(name, scim.fullest(name))
        absent = scim.read(scim.made(name, scim.smallest(name))).body.value
        body = _with_immutable(scim, name, made, _named(made, scim.smallest(name)))
        tops = [spot for spot in _tops(scim, name) if not spot.leaf.get("required")]
        tried = [spot for spot in tops if spot.attribute["name"] not in body]
        for spot in tried:
            body = spot.put(body, [] if spot.is_list else None)
        scim.put(made.path, body).must.have_status(200)
        after = scim.read(made).body.value
        for spot in tried:
            left = spot.find(after)
            is_gone = not left or left == spot.find(absent)
            scim.require(is_gone, f"{spot} without a value", left)


def _with_immutable(scim: Scim, name: str, made: Resource, body: Document) -> Document:
    """Put those values into a body that must be what they are."""
    shown = scim.read(made).body.value
    for spot in scim.spots("immutable"):
        kept = spot.find(shown) if spot.type_name == name and spot.sub is None else []
        if kept:
            body = spot.put(body, kept if spot.is_list else kept[0])
    return body


@check(
    "rfc7643/2.5/empty-extension",
    MUST,
    "An extension that is null or has no values harms nothing.",
    needs=["User", "EnterpriseUser.department"],
    catches=["fails-on-empty-extensions", "refuses-empty-extensions"],
)
def empty_extension(scim: Scim) -> None:
    """It is as if it were not there, in a creation as in a replacement."""
    for nothing in (None, {}, {"department": None}):
        body = scim.smallest_user()
        body["schemas"] = list(dict.fromkeys([*body["schemas"], ENTERPRISE_USER]))
        body[ENTERPRISE_USER] = nothing
        created = scim.post(scim.users, body)
        created.must.have_status(201)
        user = scim.resource(scim.users, created)
        scim.put(user.path, body).must.have_status(200)


@check(
    "rfc7643/2.5/empty-text",
    MUST,
    "A replacement by an empty text does not leave the old one.",
    needs=TITLE,
    catches=["put-ignores-empty-texts"],
)
def empty_text(scim: Scim) -> None:
    """It is empty then, or unassigned, or all is refused."""
    user = scim.user_with(title="engineer")
    body = scim.smallest_user(userName=str(user["userName"]), title="")
    answer = scim.put(user.path, body)

    answer.must.be_no_failure()
    shown = scim.read(user).body.value.get("title")
    wanted = ("", None) if answer.ok else ("engineer",)
    scim.require(shown in wanted, f"title to be one of {wanted}", shown)


@check(
    "rfc7644/3.5.2/empty-text",
    MUST,
    "So it is in a PATCH.",
    needs=["patch", *TITLE],
    catches=["patch-ignores-empty-texts"],
)
def patch_empty_text(scim: Scim) -> None:
    """With a path, and without one."""
    for path in ("title", None):
        user = scim.user_with(title="engineer")
        change = replace(path, "" if path else {"title": ""})
        answer = scim.patch(user.path, change)

        answer.must.be_no_failure()
        shown = scim.read(user).body.value.get("title")
        wanted = ("", None) if answer.ok else ("engineer",)
        scim.require(shown in wanted, f"title to be one of {wanted}", shown)


@check(
    "rfc7643/2.3.1/blanks",
    SHOULD,
    "Blanks at the ends of a text, and two in a row, are kept.",
    needs=["User", "User.displayName"],
    catches=["texts-are-trimmed"],
)
def blanks(scim: Scim) -> None:
    """They are characters like others; what is sent is what should be there."""
    user = scim.user_with(displayName="plain")
    text = " two  blanks "
    body = scim.smallest_user(userName=str(user["userName"]), displayName=text)
    scim.put(user.path, body).given.have_status(200)

    scim.read(user).must.hold({"displayName": text})


def _required(scim: Scim) -> Iterator[tuple[Spot, Resource]]:
    """Yield the attributes that a schema requires, with a resource of the type for each."""
    found = [
        (name, spot)
        for name in scim.claims.type_names
        for spot in _tops(scim, name)
        if spot.leaf.get("required") is True and spot.urn is None and not spot.is_list
    ]
    scim.skip_unless(bool(found), "no schema has a required attribute")
    for name, spot in found:
        yield spot, scim.made(name, scim.fullest(name))


@check(
    "rfc7643/2.2/required-patch",
    MUST,
    "What a schema requires is removed by no PATCH.",
    needs=["patch"],
    catches=["patch-removes-required-names", "patch-removes-required"],
)
def required_patch(scim: Scim) -> None:
    """Of every type: 400, and the resource is as it was (RFC 7644 §3.5.2.2)."""
    for spot, made in _required(scim):
        scim.refused(made, remove(str(spot))).must.have_status(400)


@check(
    "rfc7643/2.2/required-put",
    MUST,
    "Nor by a replacement that says null, or leaves it out.",
    catches=["put-clears-required-names", "put-needs-no-user-name"],
)
def required_put(scim: Scim) -> None:
    """It is refused, or what was there is kept."""
    for spot, made in _required(scim):
        before = scim.read(made).body.value
        for body in (spot.without(before), spot.put(before, None)):
            answer = scim.put(made.path, body)
            answer.must.be_no_failure()
            kept = spot.find(scim.read(made).body.value)
            scim.require(kept == spot.find(before), f"{spot} as it was", kept)
