"""RFC 7644 §3.14: when a version changes, and when it stays."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.claims import Document
from conformance.expect import covers
from conformance.material.operations import DEPARTMENT, add, remove
from conformance.material.versions import ETAGS, PATCHED, renaming, tag_of
from conformance.scim import Resource, Scim


@check(
    "rfc7644/3.14/stays",
    MUST,
    "A version stays while nothing is changed.",
    needs=ETAGS,
    catches=["etag-new-at-each-reading"],
)
def stays(scim: Scim) -> None:
    """Else no cache and no condition would ever hold."""
    user, other = scim.new_user(), scim.new_user()
    first = tag_of(scim.get(user.path))
    scim.delete(other.path)
    second = tag_of(scim.get(user.path))

    scim.require(second == first, f"the same ETag {first}", second)


@check(
    "rfc7644/3.14/changes-on-put",
    MUST,
    "A PUT that changes gives a new version.",
    needs=PATCHED,
    catches=["etag-not-by-put"],
)
def changes_on_put(scim: Scim) -> None:
    """In its own answer, and when read."""
    user = scim.new_user(displayName="before")
    before = tag_of(scim.get(user.path))
    answer = scim.put(
        user.path, scim.smallest_user(userName=str(user["userName"]), displayName="after")
    )
    answer.given.have_status(200)

    _is_new(scim, user, before, answer)


@check(
    "rfc7644/3.14/changes-on-patch",
    MUST,
    "So does a PATCH.",
    needs=PATCHED,
    catches=["etag-constant"],
)
def changes_on_patch(scim: Scim) -> None:
    """In its own answer, if it has one with an ETag, and when read."""
    user = scim.new_user(displayName="before")
    before = tag_of(scim.get(user.path))
    answer = scim.patch(user.path, renaming("after"))
    answer.given.have_status(200, 204)

    _is_new(scim, user, before, answer)


@check(
    "rfc7644/3.14/changes-with-members",
    MUST,
    "A group whose members change has a new version.",
    needs=["patch", "etag", "User", "Group", "Group.members"],
    catches=["etag-members-are-no-change", "etag-not-by-patch"],
)
def changes_with_members(scim: Scim) -> None:
    """Members are a part of it, wherever they are stored."""
    group, user = scim.new_group(), scim.new_user()
    before = tag_of(scim.get(group.path))
    change = {"op": "add", "path": "members", "value": [{"value": user.id}]}
    scim.patch(group.path, change).given.have_status(200, 204)

    after = tag_of(scim.get(group.path))
    scim.require(after != before, "a new ETag", after)


@check(
    "rfc7644/3.14/stays-when-refused",
    MUST,
    "A version stays when a change is refused.",
    needs=PATCHED,
    catches=["etag-new-when-refused"],
)
def stays_when_refused(scim: Scim) -> None:
    """Nothing has changed then."""
    user = scim.new_user()
    first = tag_of(scim.get(user.path))
    refused = scim.patch(user.path, {"op": "replace", "path": "userName", "value": {"x": "y"}})
    scim.skip_unless(not refused.ok, "the endpoint takes the wrong change")
    second = tag_of(scim.get(user.path))

    scim.require(second == first, f"the same ETag {first}", second)


_CHANGES = (
    ("EnterpriseUser.department", add(DEPARTMENT, "between")),
    ("EnterpriseUser.department", add(DEPARTMENT, "after")),
    ("User.emails", add("emails", [{"value": "after@example.com", "type": "other"}])),
    ("User.name.givenName", add("name.givenName", "after")),
    ("User.displayName", remove("displayName")),
)


@check(
    "rfc7644/3.14/changes-with-any",
    MUST,
    "Whatever is changed of a resource, it has a new version.",
    needs=PATCHED,
    catches=["etag-extension-is-no-change", "etag-lists-are-no-change", "etag-parts-are-no-change"],
)
def changes_with_any(scim: Scim) -> None:
    """A value of an extension, one more of several values, a part of one, one that is removed."""
    user = scim.user_with(displayName="before")
    for claim, change in _CHANGES:
        if scim.claims.missing(claim) or scim.claims.missing(claim.partition(".")[0]):
            continue
        before = scim.read(user)
        scim.patch(user.path, change)
        after = scim.read(user)
        if _is_same(before, after):
            continue  # the change was not made, which other checks judge
        tag = after.headers.get("ETag")
        scim.require(tag != before.headers.get("ETag"), f"a new ETag after {change}", str(tag))


@check(
    "rfc7644/3.14/groups",
    MUST,
    "Groups have versions as users have.",
    needs=["patch", "etag", "Group"],
    catches=["etag-groups-always-modified", "etag-groups-keep-theirs", "etag-none-of-groups"],
)
def groups(scim: Scim) -> None:
    """In creation and reading; new after a change; what is known is 304."""
    group = scim.new_group()
    tag = tag_of(scim.get(group.path))
    if group.answer.document is not None:
        group.answer.must.have_header("ETag", equal_to=tag)
    known = scim.send("GET", group.path, headers={"If-None-Match": tag})
    known.must.have_status(304)
    scim.patch(group.path, renaming(scim.name())).given.have_status(200, 204)

    after = tag_of(scim.get(group.path))
    scim.require(after != tag, f"another ETag than {tag}", after)


def _is_same(before: Answer, after: Answer) -> bool:
    return covers(before.body.value, _but_meta(after)) and covers(
        after.body.value, _but_meta(before)
    )


def _but_meta(answer: Answer) -> Document:
    return {name: value for name, value in answer.body.value.items() if name.lower() != "meta"}


def _is_new(scim: Scim, user: Resource, before: str, answer: Answer) -> None:
    after = tag_of(scim.get(user.path))
    scim.require(after != before, f"another ETag than {before}", after)
    if told := answer.headers.get("ETag"):
        scim.require(told == after, f"the ETag that reading gives: {after}", told)
