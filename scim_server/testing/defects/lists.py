"""Lists that tell too little, or what is not so (RFC 7644 §3.4.2, §3.4.2.1)."""

from scim_server.testing.defects.bending import is_listing, is_query, parameter, set_parameter
from scim_server.testing.defects.mechanism import Asked, Server, Told, defect


@defect("page-groups-without-members", "paging", "Groups have no members in lists.")
def groups_without_members(asked: Asked, server: Server) -> Told:
    """Leave them out, unless they are asked for."""
    told = server(asked)
    if asked.path == "/Groups" and is_listing(told) and "attributes" not in asked.query:
        bare = [{k: v for k, v in one.items() if k != "members"} for one in _shown(told)]
        told.json = told.document | {"Resources": bare}
    return told


@defect("page-root-ignores-count", "paging", "count is ignored over the base URL.")
def root_ignores_count(asked: Asked, server: Server) -> Told:
    """Give everything at once."""
    if asked.path in ("", "/") and asked.method == "GET":
        set_parameter(asked, "count", None)
    return server(asked)


@defect("page-start-below-one-told-as-asked", "paging", "startIndex 0 is told as 0.")
def start_told_as_asked(asked: Asked, server: Server) -> Told:
    """Repeat the number that was asked for."""
    told = server(asked)
    given = str(parameter(asked, "startIndex")) if is_query(asked) else ""
    if is_listing(told) and given.lstrip("-").isdecimal() and int(given) < 1:
        told.json = told.document | {"startIndex": int(given)}
    return told


@defect("page-locations-of-lists-are-wrong", "paging", "In lists meta.location lacks the type.")
def locations_of_lists(asked: Asked, server: Server) -> Told:
    """Put the id behind the base URL."""
    told = server(asked)
    if is_query(asked) and is_listing(told):
        text = told.body.decode()
        told.body = text.replace(f"{asked.base_url}/Users/", f"{asked.base_url}/").encode()
    return told


@defect("page-count-zero-without-filter-is-none", "paging", "Without a filter count=0 is no count.")
def count_zero_without_filter(asked: Asked, server: Server) -> Told:
    """Leave the parameter out."""
    alone = is_query(asked) and parameter(asked, "filter") is None
    if alone and str(parameter(asked, "count")) == "0":
        set_parameter(asked, "count", None)
    return server(asked)


_deleted: set[str] = set()


@defect("page-total-counts-the-deleted", "paging", "totalResults counts who was deleted.")
def total_counts_the_deleted(asked: Asked, server: Server) -> Told:
    """Remember their names, and count them where they are asked for."""
    if asked.method == "DELETE" and asked.path.startswith("/Users/"):
        _deleted.add(f'userName eq "{asked.read(server).get("userName")}"')
    told = server(asked)
    if is_listing(told) and is_query(asked) and parameter(asked, "filter") in _deleted:
        told.json = told.document | {"totalResults": told.document["totalResults"] + 1}
    return told


def _shown(told: Told) -> list[dict[str, object]]:
    return list(told.document["Resources"])
