"""RFC 7644 §3.5: what was changed is found by what it is now, and by nothing that it was."""

from collections.abc import Iterator

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.material.operations import DEPARTMENT, WORK, replace
from conformance.scim import Resource, Scim

SECOND = {"value": "second@example.org", "type": "work"}


def _finds(scim: Scim, path: str, condition: str, wanted: bool, one: Resource) -> None:
    """Demand that a filter finds a resource, or does not; one that is refused says nothing."""
    answer = scim.get(path, filter=condition)
    if answer.status in (400, 403, 501):
        return  # by what it can be asked is the endpoint's choice
    found = [str(node["id"]) for node in scim.matches(path, filter=condition)]
    says = "to find" if wanted else "not to find"
    scim.require((one.id in found) == wanted, f"{condition} {says} {one.id}", found)


def _values(scim: Scim) -> list[tuple[str, str, Document, Document]]:
    """Return filters, with how a user is before and after each comes to be true."""
    own = scim.name()
    tried: list[tuple[str, str, Document, Document]] = [
        ("User.displayName", f'displayName eq "{own}"', {}, {"displayName": own}),
        ("User.externalId", f'externalId eq "{own}"', {}, {"externalId": own}),
        ("User.active", "active eq false", {"active": True}, {"active": False}),
        (
            "User.emails.value",
            f'emails.value eq "{SECOND["value"]}"',
            {"emails": [WORK]},
            {"emails": [SECOND]},
        ),
    ]
    return [one for one in tried if scim.claims.missing(one[0]) is None]


@check(
    "rfc7644/3.5.2/found",
    MUST,
    "A user is found by the values that a PATCH gave, and not by those that it took.",
    needs=["patch", "filter", "User"],
    catches=["patch-forgets-the-index-of-values", "patch-forgets-the-index-of-extensions"],
)
def patched(scim: Scim) -> None:
    """An index that is not kept up to date finds the wrong people."""
    for _, condition, before, after in _values(scim):
        user = scim.new_user(**before)
        narrow = f'userName eq "{user["userName"]}" and {condition}'
        _finds(scim, scim.users, narrow, False, user)
        scim.patch(user.path, replace(None, after)).given.have_status(200, 204)
        _finds(scim, scim.users, narrow, True, user)
        if before:
            scim.patch(user.path, replace(None, before)).given.have_status(200, 204)
            _finds(scim, scim.users, narrow, False, user)
    if scim.claims.missing("EnterpriseUser.department") is None:
        user, own = scim.new_user(), scim.name()
        scim.patch(user.path, replace(DEPARTMENT, own)).given.have_status(200, 204)
        _finds(scim, scim.users, f'{DEPARTMENT} eq "{own}"', True, user)


@check(
    "rfc7644/3.5.1/found",
    MUST,
    "So it is after a replacement.",
    needs=["filter", "User"],
    catches=["put-forgets-the-index-of-values"],
)
def replaced(scim: Scim) -> None:
    """Whichever way the values came."""
    for _, condition, before, after in _values(scim):
        user = scim.new_user(**before)
        narrow = f'userName eq "{user["userName"]}" and {condition}'
        body = scim.smallest_user(userName=str(user["userName"]), **after)
        scim.put(user.path, body).given.have_status(200)
        _finds(scim, scim.users, narrow, True, user)


@check(
    "rfc7644/3.5.2/group-found",
    MUST,
    "A group is found by its new name, and not by its old one.",
    needs=["patch", "filter", "Group"],
    catches=["groups-are-found-by-old-names"],
)
def group(scim: Scim) -> None:
    """A client that looks the group up by its name creates a second one otherwise."""
    made, new = scim.new_group(), scim.name()
    old = str(made["displayName"])
    scim.allowed(scim.patch(made.path, replace("displayName", new))).given.have_status(200, 204)

    _finds(scim, scim.groups, f'displayName eq "{new}"', True, made)
    _finds(scim, scim.groups, f'displayName eq "{old}"', False, made)


def _renamed(scim: Scim) -> Iterator[tuple[str, str]]:
    """Rename users, by each way there is; yield the old name and the new one."""
    for way in ("PUT",) if scim.claims.missing("patch") else ("PUT", "PATCH"):
        user, new = scim.new_user(), scim.name()
        if way == "PUT":
            scim.put(user.path, scim.smallest_user(userName=new)).given.have_status(200)
        else:
            scim.patch(user.path, replace("userName", new)).given.have_status(200, 204)
        yield str(user["userName"]), new


@check(
    "rfc7644/3.5.2/new-name-taken",
    MUST,
    "The userName that a user was given later is taken like its first.",
    needs=["User", "User.userName"],
    catches=["new-names-can-be-taken"],
)
def new_name_taken(scim: Scim) -> None:
    """However it was given."""
    for _, new in _renamed(scim):
        scim.post(scim.users, scim.smallest_user(userName=new)).must.have_status(409)


@check(
    "rfc7644/3.5.2/old-name-free",
    SHOULD,
    "The userName that a user had is free.",
    needs=["User", "User.userName"],
    catches=["former-names-stay-taken"],
)
def old_name_free(scim: Scim) -> None:
    """Nobody has it any more; an endpoint that keeps it for aliases should be asked why."""
    for old, _ in _renamed(scim):
        scim.post(scim.users, scim.smallest_user(userName=old)).must.have_status(201)


@check(
    "rfc7644/3.3/uniqueness-inactive",
    MUST,
    "The userName of a user who is inactive is taken.",
    needs=["User", "User.active"],
    catches=["names-of-the-inactive-are-free"],
)
def inactive(scim: Scim) -> None:
    """Two accounts of one name are left when the first comes back."""
    user = scim.user_with(active=False)

    again = scim.post(scim.users, scim.smallest_user(userName=str(user["userName"])))
    again.must.have_status(409)
