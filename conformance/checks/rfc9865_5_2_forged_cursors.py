"""RFC 9865 §2.1 and §5.2: cursors that are none, and what a cursor gives no right to."""

from conformance.check import MUST, SHOULD, check
from conformance.material.cursors import claimed, page
from conformance.scim import Scim
from scim_protocol.urns import SEARCH

USERS = ["User", "filter"]
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@check(
    "rfc9865/2.1/invalid-cursor",
    SHOULD,
    "A cursor that is none is refused.",
    needs=USERS,
    catches=["cursor-wrong-one-is-500", "cursor-wrong-one-without-keyword"],
)
def invalid_cursor(scim: Scim) -> None:
    """With 400 and invalidCursor: an endpoint that begins anew sends a client round for ever."""
    claimed(scim)
    for made_up in (scim.name(), "x"):
        refused = scim.people.listed(cursor=made_up, count=2)
        refused.must.be_error(400, "invalidCursor")


@check(
    "rfc9865/2.1/invalid-in-search",
    SHOULD,
    "A cursor that is none is refused in a search by POST, too.",
    needs=USERS,
    catches=["cursor-wrong-one-in-a-search-is-500"],
)
def invalid_in_search(scim: Scim) -> None:
    """The parameters are the same, and so are their errors."""
    claimed(scim)
    scim.people.need_all()
    body = {"schemas": [_SEARCH_REQUEST], "filter": scim.people.all, "cursor": "x", "count": 2}
    refused = scim.post(f"{scim.users}{SEARCH}", body)
    scim.skip_unless(refused.status not in (404, 405, 501), "the endpoint has no .search")

    refused.must.be_error(400, "invalidCursor")


@check(
    "rfc9865/5.2/forged",
    SHOULD,
    "A cursor that was changed is refused.",
    needs=USERS,
    catches=["cursor-wrong-one-begins-anew"],
)
def forged(scim: Scim) -> None:
    """Clients must not make cursors of their own: neither shortened nor with a letter changed."""
    cursor = str(page(scim, count=2)["nextCursor"])
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for made_up in (changed, cursor[:-4]):
        refused = scim.people.listed(cursor=made_up, count=2)
        refused.must.be_error(400, None, "invalidCursor", "expiredCursor")


@check(
    "rfc9865/5.2/needs-token",
    MUST,
    "A cursor gives no right to its page.",
    needs=USERS,
    catches=[],
)
def needs_token(scim: Scim) -> None:
    """Whoever has only the cursor gets nothing."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    cursor = str(page(scim, count=2)["nextCursor"])
    query: dict[str, str | int] = {"filter": scim.people.all, "cursor": cursor, "count": 2}

    scim.send("GET", scim.users, query=query, authorization=None).must.have_status(401)
