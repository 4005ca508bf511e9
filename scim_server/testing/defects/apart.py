"""What reaches further than the resource that is meant (RFC 7644 §3.4.1, §3.5, §3.6)."""

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bodies import is_one
from scim_server.testing.defects.mechanism import Asked, Breakage, Server, Told, asking, defect
from scim_server.testing.defects.patching import operations_of, path_of

_known: set[str] = set()


def _looking(is_found: str) -> Breakage:
    """Find a resource by a part of its id, or by more than its id."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if asked.method == "POST" and told.status == 201 and "id" in told.document:
            _known.add(f"{asked.path}/{told.document['id']}")
        if asked.method != "GET" or told.status != 404 or not is_one(asked):
            return told
        for path in _known:
            is_meant = path.startswith(asked.path) and len(path) == len(asked.path) + 1
            if is_found == "longer":
                is_meant = asked.path == f"{path}x"
            if is_meant:
                return server(asked.other("GET", path))
        return told

    return breakage


defect("ids-are-prefixes", "read", "A resource is found by the beginning of its id.")(
    _looking("prefix")
)
defect("ids-may-go-on", "read", "A resource is found by its id with more behind it.")(
    _looking("longer")
)


def _elsewhere(methods: str, wrong: str, right: str) -> Breakage:
    """Find what is not at one endpoint at the other."""

    def breakage(asked: Asked, server: Server) -> Told:
        body, told = asked.json, server(asked)
        if asked.method in methods.split() and told.status == 404 and wrong in asked.path:
            path = asked.path.replace(wrong, right)
            return server(asked.other(asked.method, path, body))
        return told

    return breakage


defect("groups-work-as-users", "read", "A group is read under the users, too.")(
    _elsewhere("GET DELETE", "/Users/", "/Groups/")
)
defect("patches-under-any-type", "read", "A user is patched under the groups, too.")(
    _elsewhere("PATCH", "/Groups/", "/Users/")
)


@defect("empty-groups-vanish", "groups", "A group whose last member is removed is deleted.")
def vanish(asked: Asked, server: Server) -> Told:
    """Keep no empty groups."""
    told = server(asked)
    is_change = asked.method == "PATCH" and asked.path.startswith("/Groups/") and told.ok
    if is_change and not asked.read(server).get("members"):
        server(asked.other("DELETE", asked.path))
    return told


@defect("users-take-their-groups", "groups", "With a user its groups are deleted.")
def take_groups(asked: Asked, server: Server) -> Told:
    """Cascade the wrong way."""
    is_meant = asked.method == "DELETE" and asked.path.startswith("/Users/")
    groups = asked.read(server).get("groups") or [] if is_meant else []
    told = server(asked)
    for group in groups:
        server(asked.other("DELETE", f"/Groups/{group['value']}"))
    return told


def _leaving(*attributes: str) -> Breakage:
    """Take a user out of its groups with changes of some attributes."""

    def breakage(asked: Asked, server: Server) -> Told:
        changed = {path_of(one) for one in operations_of(asked) if isinstance(one, dict)}
        told = server(asked)
        if asked.method == "PATCH" and told.ok and changed & set(attributes):
            for group in asked.read(server).get("groups") or ():
                path = f"/Groups/{group['value']}"
                shown = asked.read(server, path)
                kept = [m for m in shown["members"] if m["value"] not in asked.path]
                server(asked.other("PUT", path, shown | {"members": kept}))
        return told

    return breakage


defect("patch-loses-memberships", "groups", "A PATCH of a user takes it out of its groups.")(
    _leaving("displayName")
)
defect("renaming-loses-memberships", "groups", "A user who is renamed is in no group.")(
    _leaving("userName")
)
_touched: list[str] = []


@defect(
    "patch-names-schemas-twice", "patch", "`schemas` names an extension for each of its PATCHes."
)
def names_twice(asked: Asked, server: Server) -> Told:
    """Append its URN each time."""
    if asked.method == "PATCH" and ENTERPRISE_USER.encode() in asked.body:
        _touched.append(asked.path)
    told = server(asked)
    more = _touched.count(asked.path) - 1
    if more > 0 and told.ok and "schemas" in told.document:
        told.json = told.document | {
            "schemas": [*told.document["schemas"], *[ENTERPRISE_USER] * more]
        }
    return told


_sent: dict[str, list[str]] = {}


def _forget_unknown(asked: Asked) -> None:
    body = asked.json
    if asked.method == "POST" and isinstance(body, dict) and isinstance(body.get("schemas"), list):
        asked.json = body | {"schemas": [u for u in body["schemas"] if ":none:" not in str(u)]}


@defect("schemas-from-the-client", "meta", "`schemas` is shown as it was sent.")
def schemas_as_sent(asked: Asked, server: Server) -> Told:
    """Store it like any attribute."""
    body = asked.json if asked.method == "POST" else None
    told = asking(_forget_unknown)(asked, server)
    if isinstance(body, dict) and told.status == 201 and "id" in told.document:
        _sent[told.document["id"]] = body.get("schemas") or []
    key = str(told.document.get("id"))
    if key in _sent and told.ok:
        told.json = told.document | {"schemas": _sent[key]}
    return told
