"""RFC 7644 §3.3, §3.5: answers to writing show the resource as it then is, all of it."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.claims import Document
from conformance.material.operations import DEPARTMENT, WORK, add, replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER

MEMBERS = ["User", "Group", "Group.members"]
NAME = ["User", "User.displayName"]


def _must_be_true(scim: Scim, answer: Answer, resource: Resource) -> None:
    """Demand that an answer which shows a resource shows it as a read does, `meta` too."""
    answer.must.have_status(200, 201, 204)
    if answer.document is None:
        return
    read = scim.read(resource)
    scim.must_be_as(read, answer)
    answer.must.hold({"meta": _meta(read)})
    read.must.hold({"meta": _meta(answer)})


def _meta(answer: Answer) -> object:
    meta = answer.body.get("meta")
    return None if meta is None else meta.value


@check(
    "rfc7644/3.3/whole-answer",
    MUST,
    "The answer to a creation shows all that a read shows: members, extensions and meta.",
    needs=["User"],
    catches=[
        "creations-show-no-extensions",
        "creations-show-no-members",
        "creations-show-no-dates",
    ],
)
def created(scim: Scim) -> None:
    """Clients keep the answer, and do not read again."""
    body = scim.smallest_user()
    if scim.claims.missing("EnterpriseUser.department") is None:
        body["schemas"] = list(dict.fromkeys([*body["schemas"], ENTERPRISE_USER]))
        body[ENTERPRISE_USER] = {"department": "tools"}
    made = scim.post(scim.users, body)
    made.given.have_status(201)
    user = scim.resource(scim.users, made)
    _must_be_true(scim, made, user)
    if any(scim.claims.missing(need) for need in MEMBERS):
        return
    sent = scim.smallest_group(members=[{"value": user.id}])
    grouped = scim.post(scim.groups, sent)
    if grouped.status == 201:
        _must_be_true(scim, grouped, scim.resource(scim.groups, grouped))


@check(
    "rfc7644/3.5.1/whole-answer",
    MUST,
    "The answer to a replacement shows all that a read shows, its new meta too.",
    needs=NAME,
    catches=[
        "put-shows-the-old-meta",
        "put-shows-no-meta",
        "put-shows-no-members",
        "put-shows-no-groups",
    ],
)
def replaced(scim: Scim) -> None:
    """The entire resource, says §3.5.1; its lastModified is that of the replacement."""
    user = scim.new_user(displayName="before")
    body = scim.smallest_user(userName=str(user["userName"]), displayName="after")
    _must_be_true(scim, scim.put(user.path, body), user)
    if any(scim.claims.missing(need) for need in MEMBERS):
        return
    group = scim.group_given(user)
    again = scim.smallest_group(members=[{"value": user.id}])
    _must_be_true(scim, scim.put(group.path, again), group)
    _must_be_true(scim, scim.put(user.path, body), user)  # who is in a group now


@check(
    "rfc7644/3.5.2/whole-answer",
    MUST,
    "So does that to a PATCH, where it has a body.",
    needs=["patch", *NAME],
    catches=["patch-shows-the-old-meta", "patch-shows-no-meta", "patch-shows-the-old-group"],
)
def patched(scim: Scim) -> None:
    """200 comes with the entire resource; what was before is of no use to anybody."""
    user = scim.new_user(displayName="before")
    _must_be_true(scim, scim.patch(user.path, replace("displayName", "after")), user)
    if any(scim.claims.missing(need) for need in MEMBERS):
        return
    group = scim.group_of()
    _must_be_true(scim, scim.patch(group.path, add("members", [{"value": user.id}])), group)


HOPELESS = {"op": "replace", "path": "id", "value": "x"}


@check(
    "rfc7644/3.5.2/atomic-extension",
    MUST,
    "Extensions stay as they were when an operation beside them fails.",
    needs=["patch", "User", "EnterpriseUser.department"],
    catches=["patch-keeps-extensions-after-a-failure"],
)
def atomic_extension(scim: Scim) -> None:
    """They are often kept in another table, and so escape the undoing."""
    scim.refused(scim.new_user(), add(DEPARTMENT, "tools"), HOPELESS)


@check(
    "rfc7644/3.5.2/atomic-group",
    MUST,
    "A group keeps its name when an operation beside it fails.",
    needs=["patch", *MEMBERS],
    catches=["patch-keeps-names-of-groups-after-a-failure"],
)
def atomic_group(scim: Scim) -> None:
    """All or none, for groups as for users."""
    scim.refused(scim.group_of(scim.new_user()), replace("displayName", scim.name()), HOPELESS)


@check(
    "rfc7644/3.5.2/atomic-conflict",
    MUST,
    "A PATCH that ends in a conflict, or in a value of a wrong type, changes nothing.",
    needs=["patch", *NAME, "User.emails.value", "User.emails.type"],
    catches=["patch-keeps-the-rest-of-a-conflict", "patch-keeps-what-was-before-a-wrong-type"],
)
def atomic_conflict(scim: Scim) -> None:
    """Both are often found late, when the rest is written already."""
    first, user = scim.new_user(), scim.user_with(displayName="before", emails=[WORK])
    for failing in (
        replace("userName", str(first["userName"])),
        replace("emails", [7]),
        replace("displayName", {"x": "nonsense"}),
    ):
        scim.refused(user, replace("displayName", "after"), failing)


@check(
    "rfc7644/3.5.2.1/timestamp-kept-elsewhere",
    MUST,
    "A value, or a member, that is there already leaves meta.lastModified alone when it is added.",
    needs=["patch", *NAME],
    catches=["patch-of-the-same-value-moves-last-modified", "same-members-move-last-modified"],
)
def timestamp_kept(scim: Scim) -> None:
    """Of a single value and of members, as of lists."""
    user = scim.user_with(displayName="ada")
    tried: list[tuple[Resource, Document]] = [(user, add("displayName", "ada"))]
    if not any(scim.claims.missing(need) for need in MEMBERS):
        tried.append((scim.group_of(user), add("members", [{"value": user.id}])))
    for resource, change in tried:
        before = scim.read(resource)["meta"].get("lastModified")
        scim.skip_unless(before is not None, "the endpoint gives no meta.lastModified")
        after = scim.change(resource, change)
        after["meta"]["lastModified"].must.equal(str(before))
