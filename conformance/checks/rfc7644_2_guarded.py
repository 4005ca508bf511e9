"""RFC 7644 §2: what nobody may do without credentials."""

from conformance.check import MUST, SHOULD, check
from conformance.material import bulk
from conformance.material.guards import closed, guarded, refused
from conformance.material.operations import replace
from conformance.scim import Scim
from scim_protocol.urns import BULK, ME, PATCH_OP, SEARCH

_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@check(
    "rfc7644/2/challenge-of-each",
    MUST,
    "Every 401 has WWW-Authenticate, wherever it is.",
    needs=["User"],
    catches=["auth-bulk-without-challenge", "auth-groups-without-challenge"],
)
def challenge_of_each(scim: Scim) -> None:
    """Of each endpoint and method; one that asks nobody, or is not there, is another matter."""
    closed(scim)
    for method, path, body in guarded(scim):
        answer = scim.send(method, path, body=body, authorization=None)
        if answer.status == 401:
            answer.must.have_header("WWW-Authenticate")


@check(
    "rfc7644/2/error-of-each",
    MUST,
    "Every 401 has the form of a SCIM error, wherever it is.",
    needs=["User"],
    catches=["error-401-of-bulk-in-another-form", "error-401-of-writing-in-another-form"],
)
def error_of_each(scim: Scim) -> None:
    """§3.12: what stands before an endpoint answers for it, too."""
    closed(scim)
    for method, path, body in guarded(scim):
        for header in (None, f"Bearer {scim.name()}"):
            answer = scim.send(method, path, body=body, authorization=header)
            if answer.status == 401:
                answer.must.be_error_message()


@check(
    "rfc7644/2/whether-there",
    SHOULD,
    "Without credentials nobody learns who exists.",
    needs=["User"],
    catches=["auth-missing-before-401"],
)
def whether_there(scim: Scim) -> None:
    """Of an id that nobody has the answer is the same: 401, not 404 (§7)."""
    user = scim.new_user()
    closed(scim)
    there = scim.send("GET", user.path, authorization=None)
    there.given.have_status(401)

    scim.send("GET", f"{scim.users}/{scim.name()}", authorization=None).must.have_status(401)


@check(
    "rfc7644/2/reading",
    MUST,
    "Nothing is read without credentials.",
    needs=["User"],
    catches=[
        "auth-401-is-302",
        "auth-head-open",
        "auth-search-open",
        "auth-users-open",
        "auth-wrong-token-may-read",
        "auth-wrong-token-may-search",
    ],
)
def reading(scim: Scim) -> None:
    """A user by id, a query, a search: none tells anything."""
    user = scim.new_user()
    closed(scim)
    for method, path, body in (
        ("GET", user.path, None),
        ("HEAD", user.path, None),
        ("GET", f"{scim.users}?count=1", None),
        ("POST", f"{scim.users}{SEARCH}", {"schemas": [_SEARCH_REQUEST]}),
    ):
        for header in (None, f"Bearer {scim.name()}"):
            told = refused(scim, method, path, body, header).exchange.body
            scim.require(str(user["userName"]) not in told, "nothing of the user", told[:200])


@check(
    "rfc7644/2/reading-groups",
    MUST,
    "No group is read without credentials.",
    needs=["Group"],
    catches=[
        "auth-401-is-empty-list",
        "auth-group-open",
        "auth-groups-open",
        "auth-groups-search-open",
        "auth-wrong-token-may-read-groups",
    ],
)
def reading_groups(scim: Scim) -> None:
    """A list, one group, a search."""
    group = scim.new_group()
    closed(scim)
    for method, path, body in (
        ("GET", group.path, None),
        ("GET", scim.groups, None),
        ("POST", f"{scim.groups}{SEARCH}", {"schemas": [_SEARCH_REQUEST]}),
    ):
        for header in (None, f"Bearer {scim.name()}"):
            refused(scim, method, path, body, header)


@check(
    "rfc7644/2/creating",
    MUST,
    "Nothing is created without credentials.",
    needs=["User"],
    catches=["auth-create-open", "auth-wrong-token-may-create"],
)
def creating(scim: Scim) -> None:
    """401, and nobody new: an endpoint for registering oneself (§2.2) is another matter."""
    body = scim.smallest_user()
    closed(scim)
    for header in (None, f"Bearer {scim.name()}"):
        refused(scim, "POST", scim.users, body, header)
    scim.post(scim.users, body).must.have_status(201)


@check(
    "rfc7644/2/replacing",
    MUST,
    "Nothing is replaced without credentials.",
    needs=["User"],
    catches=["auth-replace-open"],
)
def replacing(scim: Scim) -> None:
    """401, and the user stays what it was."""
    user = scim.new_user()
    closed(scim)
    body = scim.smallest_user()
    for header in (None, f"Bearer {scim.name()}"):
        refused(scim, "PUT", user.path, body, header)
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/2/patching",
    MUST,
    "Nothing is changed without credentials.",
    needs=["patch", "User", "User.displayName"],
    catches=["auth-patch-open"],
)
def patching(scim: Scim) -> None:
    """401, and the user stays what it was."""
    user = scim.user_with(displayName="before")
    closed(scim)
    body = {"schemas": [PATCH_OP], "Operations": [replace("displayName", "after")]}
    for header in (None, f"Bearer {scim.name()}"):
        refused(scim, "PATCH", user.path, body, header)
    scim.read(user).must.have("displayName", equal_to="before")


@check(
    "rfc7644/2/deleting",
    MUST,
    "Nothing is deleted without credentials.",
    needs=["User"],
    catches=["auth-delete-open", "auth-wrong-token-may-write"],
)
def deleting(scim: Scim) -> None:
    """401, and the user is still there."""
    user = scim.new_user()
    closed(scim)
    for header in (None, f"Bearer {scim.name()}"):
        refused(scim, "DELETE", user.path, None, header)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/2/groups",
    MUST,
    "No group is changed without credentials.",
    needs=["Group"],
    catches=[
        "auth-create-groups-open",
        "auth-delete-groups-open",
        "auth-patch-groups-open",
        "auth-replace-groups-open",
        "auth-wrong-token-may-write-groups",
    ],
)
def groups(scim: Scim) -> None:
    """Whoever can change groups can make himself an administrator."""
    group = scim.new_group()
    closed(scim)
    patch = {"schemas": [PATCH_OP], "Operations": [replace("displayName", "x")]}
    for method, path, body in (
        ("POST", scim.groups, scim.smallest_group()),
        ("PUT", group.path, scim.smallest_group()),
        ("PATCH", group.path, patch),
        ("DELETE", group.path, None),
    ):
        for header in (None, f"Bearer {scim.name()}"):
            refused(scim, method, path, body, header)
    scim.read(group).must.have("displayName", equal_to=group["displayName"])


@check(
    "rfc7644/2/bulk",
    MUST,
    "/Bulk does nothing without credentials.",
    needs=["bulk", "User"],
    catches=["auth-401-yet-done", "auth-bulk-open"],
)
def in_bulk(scim: Scim) -> None:
    """Else it would be the way round every other guard."""
    user = scim.new_user()
    closed(scim)
    operation = {"method": "DELETE", "path": user.path}
    body = {"schemas": [bulk.REQUEST], "Operations": [operation]}
    for header in (None, f"Bearer {scim.name()}"):
        refused(scim, "POST", BULK, body, header)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/2/root",
    MUST,
    "Neither /Me nor the root tells anything without credentials.",
    catches=[
        "auth-nobody-is-asked",
        "auth-root-open",
        "auth-root-search-open",
        "auth-wrong-token-may-search-all",
    ],
)
def root(scim: Scim) -> None:
    """What is not there may be said to be not there."""
    closed(scim)
    for method, path, body in (
        ("GET", ME, None),
        ("GET", "/?filter=id%20pr", None),
        ("POST", SEARCH, {"schemas": [_SEARCH_REQUEST]}),
    ):
        for header in (None, f"Bearer {scim.name()}"):
            answer = scim.send(method, path, body=body, authorization=header)
            is_refused = 400 <= answer.status < 500 or answer.status == 501
            told = {"Resources", "totalResults", "userName", "id"} & set(answer.document or {})
            scim.require(is_refused or not told, "401", answer.summary)


@check(
    "rfc7644/2/other-spellings",
    MUST,
    "No other spelling of a path is a way round the credentials.",
    needs=["User"],
    catches=["auth-other-spellings-open"],
)
def other_spellings(scim: Scim) -> None:
    """In other letters, escaped, with a slash more: refused, or not there."""
    user = scim.new_user()
    closed(scim)
    name = scim.users.strip("/")
    for path in (
        f"/{name.swapcase()}",
        f"/{name.lower()}/{user.id}",
        f"{scim.users}/",
        f"/{scim.users}",
        f"/%{ord(name[0]):02X}{name[1:]}",
        f"{scim.users}.json",
        f"{scim.users};x=y",
    ):
        answer = scim.send("GET", path, authorization=None)
        told = answer.ok and {"Resources", "userName"} & set(answer.document or {})
        scim.require(not told, "status 401, or 404", answer.summary)
