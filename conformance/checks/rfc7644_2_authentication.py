"""RFC 7644 §2: who may use the endpoint."""

from urllib.parse import urlencode

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.operations import replace
from conformance.scim import Scim
from scim_protocol.urns import BULK, ME, PATCH_OP, SEARCH

_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@check(
    "rfc7644/2/without-token",
    MUST,
    "A request without credentials is 401.",
    needs=["User"],
    catches=["auth-401-is-403", "auth-lists-open", "auth-no-header-will-do"],
)
def without_token(scim: Scim) -> None:
    """Whoever can reach the endpoint could read everybody otherwise."""
    _ask(scim, None).must.have_status(401)


@check(
    "rfc7644/2/wrong-token",
    MUST,
    "A token that is not known is answered 401.",
    needs=["User"],
    catches=["auth-401-is-404", "auth-any-token", "auth-wrong-token-is-500"],
)
def wrong_token(scim: Scim) -> None:
    """That a token is there is not enough."""
    _ask(scim, f"Bearer {scim.name()}").must.have_status(401)


@check(
    "rfc7644/2/part-of-token",
    MUST,
    "A part of the token is not the token.",
    needs=["User"],
    catches=["auth-beginning-of-token", "auth-longer-token"],
)
def part_of_token(scim: Scim) -> None:
    """Neither its beginning nor its end, nor with a letter more or another one."""
    scheme, token = _given(scim)
    for wrong in (token[:-1], token[: len(token) // 2], token[1:], token + "x", f"x{token}"):
        _ask(scim, f"{scheme} {wrong}").must.have_status(401)


@check(
    "rfc7644/2/token-case",
    MUST,
    "The case of a token's letters counts.",
    needs=["User"],
    catches=["auth-any-header", "auth-token-in-any-case"],
)
def token_case(scim: Scim) -> None:
    """A token compared without it is guessed in far fewer attempts (§7.4)."""
    scheme, token = _given(scim)
    scim.skip_unless(token.swapcase() != token, "the token has no letters")

    _ask(scim, f"{scheme} {token.swapcase()}").must.have_status(401)


@check(
    "rfc7644/2/empty-token",
    MUST,
    "An empty token lets nobody in.",
    needs=["User"],
    catches=["auth-empty-basic", "auth-empty-token", "auth-null-token"],
)
def empty_token(scim: Scim) -> None:
    """Bearer and nothing, null, or a pair of quotes is nobody."""
    for header in ("Bearer", "Bearer null", "Bearer undefined", 'Bearer ""', "Basic Og=="):
        _ask(scim, header).must.have_status(400, 401)


@check(
    "rfc7644/2/malformed",
    MUST,
    "A malformed Authorization header is 401.",
    needs=["User"],
    catches=[
        "auth-any-scheme",
        "auth-bare-token",
        "auth-end-of-token",
        "auth-malformed-is-500",
        "auth-token-within",
    ],
)
def malformed(scim: Scim) -> None:
    """It is answered, never with a 5xx; the token under another scheme, or bare, is not taken."""
    scheme, token = _given(scim)
    other = "Token" if scheme.lower() != "token" else "Other"
    for header in (f"{other} {token}", token, "Basic !!!", "Bearer a b c", ",", "Basic"):
        _ask(scim, header).must.have_status(400, 401)


@check(
    "rfc7644/2/token-in-url",
    SHOULD,
    "The token is not taken from the URL.",
    needs=["User"],
    catches=["auth-token-in-url"],
)
def token_in_url(scim: Scim) -> None:
    """URLs are logged and kept in histories: `?access_token=` is not for use (RFC 6750 §2.3)."""
    scheme, token = _given(scim)
    scim.skip_unless(scheme.lower() == "bearer", "the run's credentials are no bearer token")
    _closed(scim)
    path = f"{scim.users}?count=1&{urlencode({'access_token': token})}"
    answer = scim.send("GET", path, authorization=None)

    scim.require(not answer.ok, "not to be let in", answer.summary)


@check(
    "rfc7644/2/scheme-case",
    MUST,
    "The scheme may be written in any case.",
    needs=["User"],
    catches=["auth-scheme-is-case-sensitive"],
)
def scheme_case(scim: Scim) -> None:
    """RFC 7235 §2.1: `bearer` is `Bearer`."""
    scheme, token = _given(scim)
    for written in (scheme.lower(), scheme.upper()):
        answer = _ask(scim, f"{written} {token}")
        scim.require(answer.status not in (400, 401, 403), "to be let in", answer.summary)


@check(
    "rfc7644/2/challenge",
    MUST,
    "A 401 says in WWW-Authenticate how to sign in.",
    needs=["User"],
    catches=["auth-401-without-challenge", "auth-wrong-token-without-challenge"],
)
def challenge(scim: Scim) -> None:
    """RFC 7235 §4.1 asks it of every 401: without credentials, and with wrong ones."""
    for header in (None, f"Bearer {scim.name()}"):
        refused = _ask(scim, header)
        refused.given.have_status(401)
        refused.must.have_header("WWW-Authenticate")


@check(
    "rfc7644/2/challenge-scheme",
    SHOULD,
    "WWW-Authenticate names the scheme.",
    needs=["User"],
    catches=["auth-challenge-of-another-scheme"],
)
def challenge_scheme(scim: Scim) -> None:
    """It is one that the endpoint takes: the one by which this run is let in."""
    scheme, _ = _given(scim)
    refused = _ask(scim, None)
    refused.given.have_status(401)
    refused.must.have_header("WWW-Authenticate")
    told = refused.headers["WWW-Authenticate"]

    scim.require(scheme.lower() in told.lower(), f"a challenge of {scheme}", told)


@check(
    "rfc7644/2/reading",
    MUST,
    "Nothing is read without credentials.",
    needs=["User"],
    catches=["auth-401-is-302", "auth-search-open", "auth-users-open"],
)
def reading(scim: Scim) -> None:
    """A user by id, a query, a search: none tells anything."""
    user = scim.new_user()
    _closed(scim)
    for method, path, body in (
        ("GET", user.path, None),
        ("GET", f"{scim.users}?count=1", None),
        ("POST", f"{scim.users}{SEARCH}", {"schemas": [_SEARCH_REQUEST]}),
    ):
        told = _refused(scim, method, path, body).exchange.body
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
    ],
)
def reading_groups(scim: Scim) -> None:
    """A list, one group, a search."""
    group = scim.new_group()
    _closed(scim)
    for method, path, body in (
        ("GET", group.path, None),
        ("GET", scim.groups, None),
        ("POST", f"{scim.groups}{SEARCH}", {"schemas": [_SEARCH_REQUEST]}),
    ):
        _refused(scim, method, path, body)


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
    _closed(scim)
    for header in (None, f"Bearer {scim.name()}"):
        _refused(scim, "POST", scim.users, body, header)
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
    _closed(scim)
    body = scim.smallest_user()
    for header in (None, f"Bearer {scim.name()}"):
        _refused(scim, "PUT", user.path, body, header)
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
    _closed(scim)
    body = {"schemas": [PATCH_OP], "Operations": [replace("displayName", "after")]}
    for header in (None, f"Bearer {scim.name()}"):
        _refused(scim, "PATCH", user.path, body, header)
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
    _closed(scim)
    for header in (None, f"Bearer {scim.name()}"):
        _refused(scim, "DELETE", user.path, None, header)
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
    ],
)
def groups(scim: Scim) -> None:
    """Whoever can change groups can make himself an administrator."""
    group = scim.new_group()
    _closed(scim)
    patch = {"schemas": [PATCH_OP], "Operations": [replace("displayName", "x")]}
    for method, path, body in (
        ("POST", scim.groups, scim.smallest_group()),
        ("PUT", group.path, scim.smallest_group()),
        ("PATCH", group.path, patch),
        ("DELETE", group.path, None),
    ):
        _refused(scim, method, path, body)
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
    _closed(scim)
    operation = {"method": "DELETE", "path": user.path}
    body = {"schemas": [_BULK_REQUEST], "Operations": [operation]}
    for header in (None, f"Bearer {scim.name()}"):
        _refused(scim, "POST", BULK, body, header)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/2/root",
    MUST,
    "Neither /Me nor the root tells anything without credentials.",
    catches=["auth-nobody-is-asked", "auth-root-open", "auth-root-search-open"],
)
def root(scim: Scim) -> None:
    """What is not there may be said to be not there."""
    _closed(scim)
    for method, path, body in (
        ("GET", ME, None),
        ("GET", "/?filter=id%20pr", None),
        ("POST", SEARCH, {"schemas": [_SEARCH_REQUEST]}),
    ):
        answer = scim.send(method, path, body=body, authorization=None)
        refused = 400 <= answer.status < 500 or answer.status == 501
        told = {"Resources", "totalResults", "userName", "id"} & set(answer.document or {})
        scim.require(refused or not told, "401", answer.summary)


def _ask(scim: Scim, authorization: str | None) -> Answer:
    _closed(scim)
    return scim.send("GET", scim.users, query={"count": 1}, authorization=authorization)


def _closed(scim: Scim) -> None:
    """Skip where an endpoint says that it asks nobody for credentials."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    schemes = (scim.claims.config or {}).get("authenticationSchemes")
    scim.skip_unless(schemes != [], "ServiceProviderConfig lists no authentication scheme")


def _refused(scim: Scim, method: str, path: str, body: object, header: str | None = None) -> Answer:
    """Demand 401; or the refusal that whoever has credentials gets, too: it tells nothing."""
    answer = scim.send(method, path, body=body, authorization=header)
    if answer.status == 501:
        return answer  # there is no such thing, for nobody
    if answer.status != 401 and 400 <= answer.status < 500:
        allowed = scim.send(method, path, body=body)
        scim.require(allowed.status == answer.status, "status 401", answer.summary)
    else:
        answer.must.have_status(401)
    return answer


def _given(scim: Scim) -> tuple[str, str]:
    """Return the scheme and the token by which the run is let in."""
    header = scim.endpoint.authorization()
    scim.skip_unless(header is not None, "the run has no token: the endpoint may be open")
    scheme, _, token = str(header).partition(" ")
    scim.skip_unless(len(token) > 3, "the run's credentials are no token")
    return scheme, token
