"""Indexes that know a resource as it was, and names that are kept or given too freely."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import keeping
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect


def _forgetting(method: str, *words: str) -> Breakage:
    """Find no user that was changed by a method by filters that hold one of these words."""
    changed: set[str] = set()

    def is_found(asked: Asked, one: Document) -> bool:
        text = asked.query.get("filter", "")
        return one.get("id") not in changed or not any(word in text for word in words)

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == method and asked.path.startswith("/Users/"):
            changed.add(asked.path.rpartition("/")[2])
        return keeping(is_found)(asked, server)

    return breakage


VALUES = ("displayName eq", "emails.value eq", "externalId eq", "active eq")
defect("patch-forgets-the-index-of-values", "patch", "Values that a PATCH gave are not found.")(
    _forgetting("PATCH", *VALUES)
)
defect("put-forgets-the-index-of-values", "put", "Values of a replacement are not found.")(
    _forgetting("PUT", *VALUES)
)
defect("patch-forgets-the-index-of-extensions", "patch", "Values of extensions are not found.")(
    _forgetting("PATCH", "enterprise:2.0:User:")
)
_former: dict[str, str] = {}


@defect("groups-are-found-by-old-names", "groups", "A renamed group is found by its former name.")
def old_names(asked: Asked, server: Server) -> Told:
    """Look for the name of now where that of before is asked for."""
    is_change = asked.method == "PATCH" and asked.path.startswith("/Groups/")
    before = asked.read(server).get("displayName") if is_change else None
    text = asked.query.get("filter", "")
    for old, new in _former.items():
        if f'"{old}"' in text:
            asked.query = asked.query | {"filter": text.replace(old, new)}
    told = server(asked)
    after = asked.read(server, asked.path).get("displayName") if before else None
    if before and after and before != after:
        _former[before] = after
    return told


def _renaming(remember: Callable[[str, str], None]) -> Breakage:
    """Be told the names of before and after a change of a user."""

    def breakage(asked: Asked, server: Server) -> Told:
        is_change = asked.method in ("PUT", "PATCH") and asked.path.startswith("/Users/")
        before = asked.read(server).get("userName") if is_change else None
        told = server(asked)
        after = asked.read(server).get("userName") if before and told.ok else None
        if before and after and before != after:
            remember(str(before), str(after))
        return told

    return breakage


_left: set[str] = set()
_given: set[str] = set()


def _name(asked: Asked) -> str:
    body: Any = asked.json if asked.method == "POST" and asked.path == "/Users" else None
    return str(body.get("userName")) if isinstance(body, dict) else ""


@defect("former-names-stay-taken", "create", "A userName that a user had is never free.")
def former_names(asked: Asked, server: Server) -> Told:
    """Remember all that ever were."""
    if _name(asked) in _left:
        return Told.error(409, "uniqueness")
    return _renaming(lambda old, new: _left.add(old))(asked, server)


def _as_another(asked: Asked, server: Server) -> Told:
    """Create a user although the name is taken."""
    return server(asked.other("POST", "/Users", asked.json | {"userName": f"{_name(asked)}-2"}))


@defect("new-names-can-be-taken", "create", "A userName that a change gave can be had twice.")
def new_names(asked: Asked, server: Server) -> Told:
    """Look at the names of creations alone."""
    told = _renaming(lambda old, new: _given.add(new))(asked, server)
    return _as_another(asked, server) if told.status == 409 and _name(asked) in _given else told


@defect("names-of-the-inactive-are-free", "create", "The userName of who is inactive is free.")
def inactive_names(asked: Asked, server: Server) -> Told:
    """Look at those who are active."""
    told = server(asked)
    if told.status == 409 and _name(asked):
        query = f'filter=userName eq "{_name(asked)}"'.replace(" ", "%20")
        found = server(asked.other("GET", "/Users", query=query)).document.get("Resources") or []
        if any(one.get("active") is False for one in found):
            return _as_another(asked, server)
    return told
