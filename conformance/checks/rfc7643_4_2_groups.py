"""RFC 7643 §3.1, §4.2: what holds of users holds of groups: names, meta, ids, and refusals."""

import time
from typing import Final

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.material.operations import add, remove, replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import PATCH_OP

GROUP = ["Group"]
MEMBERS = ["User", "Group", "Group.members"]
_A_SECOND: Final = 1.1


@check(
    "rfc7644/3.5.2/group-names-case",
    MUST,
    "Paths and filters of a group's PATCH may be written in any case.",
    needs=["patch", *MEMBERS],
    catches=["patch-of-groups-takes-names-by-case", "patch-of-members-takes-filters-by-case"],
)
def names_case(scim: Scim) -> None:
    """`MEMBERS` is `members`, and `VALUE EQ` is `value eq`."""
    first, second, name = scim.new_user(), scim.new_user(), scim.name()
    group = scim.group_of(first)
    after = scim.change(
        group,
        replace("DISPLAYNAME", name),
        add("MEMBERS", [{"value": second.id}]),
        remove(f'members[VALUE EQ "{first.id}"]'),
    )

    after.must.hold({"displayName": name, "members": [{"value": second.id}]})


@check(
    "rfc7644/3.5.2/group-unknown-attribute",
    MUST,
    "A path to an attribute that groups do not have is refused.",
    needs=["patch", *GROUP],
    catches=["patch-of-groups-ignores-unknown"],
)
def unknown_attribute(scim: Scim) -> None:
    """Whatever is to be done there; what users have is nothing to a group."""
    group = scim.new_group()
    before = scim.read(group)
    for change in (
        replace("noSuchAttribute", "x"),
        add("noSuchAttribute", "x"),
        remove("noSuchAttribute"),
        replace("userName", "x"),
    ):
        answer = scim.allowed(scim.patch(group.path, change))
        answer.must.be_error(400, None, "invalidPath", "noTarget", "invalidValue", "invalidSyntax")
    scim.must_be_as(before, scim.read(group))


@check(
    "rfc7644/3.5.2/group-read-only",
    MUST,
    "The id and meta of a group cannot be changed.",
    needs=["patch", *GROUP],
    catches=["patch-of-groups-ignores-read-only", "put-of-groups-takes-meta"],
)
def read_only(scim: Scim) -> None:
    """By a PATCH it is refused, in a replacement it is ignored."""
    group = scim.new_group()
    for path, value in (("id", scim.name()), ("meta.created", "1999-01-01T00:00:00Z")):
        scim.allowed(scim.patch(group.path, replace(path, value))).must.be_error(
            400, None, "mutability"
        )
    meta = {"created": "1999-01-01T00:00:00Z", "resourceType": "Robot"}
    body = scim.smallest_group(displayName=str(group["displayName"]), meta=meta)
    scim.put(group.path, body).must.have_status(200)

    shown = scim.read(group)["meta"].value
    is_ours = "1999" in str(shown.get("created")) or shown.get("resourceType") == "Robot"
    scim.require(not is_ours, "meta without what was sent", shown)


@check(
    "rfc7643/3.1/group-id-put",
    MUST,
    "Another id in the replacement of a group changes nothing.",
    needs=GROUP,
    catches=["put-of-groups-moves-to-the-id"],
)
def id_put(scim: Scim) -> None:
    """As with users: it is ignored or refused."""
    group, chosen = scim.new_group(), scim.name()
    body = scim.smallest_group(displayName=str(group["displayName"]), id=chosen)
    scim.allowed(scim.put(group.path, body)).must.have_status(200, 400)

    scim.get(group.path).must.have_status(200)
    scim.get(f"{scim.groups}/{chosen}").must.be_error(404)


@check(
    "rfc7644/3.3/group-schemas-required",
    SHOULD,
    "A group without `schemas`, or of another schema, is refused.",
    needs=GROUP,
    catches=["groups-need-no-schemas"],
)
def schemas_required(scim: Scim) -> None:
    """A user that is sent to /Groups is a mistake of the client's."""
    body = scim.smallest_group()
    other = {"schemas": ["urn:example:params:scim:schemas:none:2.0:Robot"]}
    for wrong in ({k: v for k, v in body.items() if k != "schemas"}, body | other):
        answer = scim.allowed(scim.post(scim.groups, wrong))
        answer.must.be_error(400, None, "invalidSyntax", "invalidValue")


def _stamps(scim: Scim, resource: Resource) -> tuple[str, str]:
    meta = scim.read(resource)["meta"].value
    scim.skip_unless("created" in meta and "lastModified" in meta, "meta tells no dates")
    return str(meta["created"]), str(meta["lastModified"])


@check(
    "rfc7643/3.1/modified-by-each-change",
    MUST,
    "lastModified moves with every sort of change, and `created` with none.",
    needs=["patch", "User", "User.displayName", "User.title", "Group"],
    catches=["removals-forget-modified", "put-of-groups-forgets-modified", "groups-renew-created"],
)
def modified_by_each(scim: Scim) -> None:
    """A removal, a value without a path, the new name of a group, and its replacement."""
    user, group = scim.user_with(displayName="ada", title="engineer"), scim.new_group()
    removals = (remove("displayName"), remove("title"))
    _must_move(scim, user, "PATCH", *map(_patch, removals))
    values = ({"displayName": "grace"}, {"title": "admiral"})
    _must_move(scim, user, "PATCH", *(_patch(replace(None, value)) for value in values))
    names = [scim.name() for _ in range(4)]
    renamings = (_patch(replace("displayName", name)) for name in names[:2])
    _must_move(scim, group, "PATCH", *renamings)
    bodies = (scim.smallest_group(displayName=name) for name in names[2:])
    _must_move(scim, group, "PUT", *bodies)


def _patch(operation: Document) -> Document:
    return {"schemas": [PATCH_OP], "Operations": [operation]}


def _must_move(scim: Scim, one: Resource, method: str, *bodies: Document) -> None:
    """Demand that lastModified is later after a change; dates may have whole seconds only."""
    created, before = _stamps(scim, one)
    after = before
    for place, body in enumerate(bodies):
        if place:
            time.sleep(_A_SECOND)
        scim.allowed(scim.send(method, one.path, body=body)).given.have_status(200, 204)
        still, after = _stamps(scim, one)
        scim.require(still == created, f"meta.created {created}", still)
        if after != before:
            break
    scim.require(after > before, f"lastModified later than {before}", after)


@check(
    "rfc7643/3.1/modified-alone",
    MUST,
    "A change moves the lastModified of one resource, and of no other.",
    needs=["User", "User.displayName"],
    catches=["changes-move-all-dates"],
)
def modified_alone(scim: Scim) -> None:
    """Clients would read everybody again."""
    user, other = scim.new_user(displayName="before"), scim.new_user(displayName="other")
    before = _stamps(scim, other)
    body = scim.smallest_user(userName=str(user["userName"]), displayName="after")
    scim.put(user.path, body).given.have_status(200)

    after = _stamps(scim, other)
    scim.require(after == before, f"the dates {before}", after)
