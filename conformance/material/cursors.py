"""Pages by cursor, for the checks of RFC 9865."""

from conformance.answer import Answer
from conformance.expect import Node
from conformance.scim import Scim


def claimed(scim: Scim) -> None:
    """Skip the check where the endpoint does not say that it has cursors."""
    pagination = (scim.claims.config or {}).get("pagination")
    claimed = isinstance(pagination, dict) and pagination.get("cursor") is True
    scim.skip_unless(claimed, "ServiceProviderConfig does not claim pagination.cursor")


def page(scim: Scim, *, cursor: str = "", **query: str | int) -> Answer:
    """Ask for a page of the users made for all checks, or of what another filter finds."""
    claimed(scim)
    scim.people.need_all()
    asked: dict[str, str | int] = {"filter": scim.people.all, "cursor": cursor}
    return scim.get(scim.users, **asked | query)


def ids(answer: Answer) -> list[str]:
    """Return the ids on a page."""
    nodes: list[Node] = answer.must.be_list(counted=False)
    return [str(node["id"]) for node in nodes]


def all_pages(scim: Scim, **query: str | int) -> list[str]:
    """Return the ids of all pages, from the first cursor to the last."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None and len(found) <= scim.people.number:
        answer = page(scim, cursor=cursor, **query)
        found += ids(answer)
        following = answer.body.get("nextCursor")
        cursor = None if following is None else str(following)
    return found
