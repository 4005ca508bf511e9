"""PATCHes gone wrong as a whole: order, all or nothing, the answer (RFC 7644 §3.5.2)."""

from typing import Any

from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    asking,
    defect,
    replacing,
    telling,
)
from scim_server.testing.defects.patching import (
    bending,
    bending_all,
    done_nothing,
    dropping,
    one_by_one,
    operations_of,
    patched,
    path_of,
)

defect("patch-does-first-operation-only", "patch", "Only the first operation is carried out.")(
    bending_all(lambda given: given[:1])
)
defect("patch-does-last-operation-only", "patch", "Only the last operation is carried out.")(
    bending_all(lambda given: given[-1:])
)
defect("patch-reverses-operations", "patch", "Operations are carried out last to first.")(
    bending_all(lambda given: reversed(given))
)
defect("patch-sorts-removals-last", "patch", "Removals are carried out after all else.")(
    bending_all(lambda given: sorted(given, key=lambda one: one.get("op") == "remove"))
)
defect("patch-answers-201", "patch", "A PATCH is answered 201.")(
    telling(lambda asked, told: setattr(told, "status", 201), method="PATCH", status=200)
)
defect("patch-answers-400-for-404", "patch", "A PATCH of what does not exist is answered 400.")(
    telling(lambda asked, told: setattr(told, "status", 400), method="PATCH", status=404)
)


@defect("patch-creates", "patch", "A PATCH of what does not exist is answered as a success.")
def patch_creates(asked: Asked, server: Server) -> Told:
    """Answer 204 for any id."""
    told = server(asked)
    return Told.of(204) if asked.method == "PATCH" and told.status == 404 else told


@defect("patch-operations-see-the-old-resource", "patch", "Each operation works on what was first.")
def _(asked: Asked, server: Server) -> Told:
    def make(original: Any) -> Any:
        def broken(resource: Document, given: list[Any], *rest: Any, **named: Any) -> Document:
            result = dict(resource)
            for one in given:
                alone = original(resource, [one], *rest, **named)
                for name in {*alone, *resource}:
                    if alone.get(name) != resource.get(name):
                        result.pop(name, None)
                        result |= {name: alone[name]} if name in alone else {}
            return result

        return broken

    return replacing("scim_server.operations:apply_patch", make)(asked, server)


@defect(
    "patch-keeps-what-came-before-a-failure",
    "patch",
    "Operations before one that fails stay done.",
)
def keeps_what_came_before(asked: Asked, server: Server) -> Told:
    """Carry them out one by one, and stop."""
    given = asked.method == "PATCH" and operations_of(asked)
    return one_by_one(asked, server)[-1] if given else server(asked)


@defect("patch-goes-on-after-a-failure", "patch", "Operations after one that fails are done.")
def goes_on(asked: Asked, server: Server) -> Told:
    """Carry them all out, then tell of the first failure."""
    if asked.method != "PATCH" or not operations_of(asked):
        return server(asked)
    told = one_by_one(asked, server, go_on=True)
    return next((one for one in told if not one.ok), told[-1])


@defect("patch-skips-failing-operations", "patch", "Operations that fail are passed over with 200.")
def skips_failing(asked: Asked, server: Server) -> Told:
    """Carry them all out; one success is enough."""
    if asked.method != "PATCH" or not operations_of(asked):
        return server(asked)
    told = one_by_one(asked, server, go_on=True)
    return next((one for one in told if one.ok), told[-1])


@defect("patch-keeps-members-after-a-failure", "patch", "Members change though the PATCH fails.")
def keeps_members(asked: Asked, server: Server) -> Told:
    """Write memberships first, in a transaction of their own."""
    given = operations_of(asked) if asked.method == "PATCH" else []
    if not any(path_of(one).startswith("members") for one in given):
        return server(asked)
    told = one_by_one(asked, server, go_on=True)
    return next((one for one in told if not one.ok), told[-1])


@defect("patch-applies-half-a-value", "patch", "A value without path is applied up to a failure.")
def applies_half(asked: Asked, server: Server) -> Told:
    """Make an operation of each of its attributes."""
    split: list[Any] = []
    for one in operations_of(asked):
        value = one.get("value") if isinstance(one, dict) and "path" not in one else None
        parts = value.items() if isinstance(value, dict) else ()
        split += [{**one, "value": {name: part}} for name, part in parts] or [one]
    if asked.method != "PATCH" or not split:
        return server(asked)
    asked.json = asked.json | {"Operations": split}
    return one_by_one(asked, server)[-1]


@defect("patch-answers-with-the-old-resource", "patch", "The answer shows what was before.")
def answers_with_the_old(asked: Asked, server: Server) -> Told:
    """Read first, and answer with that."""
    before = asked.read(server) if asked.method == "PATCH" else {}
    told = server(asked)
    if before and told.status == 200:
        told.json = before
    return told


@defect("patch-answers-without-saving", "patch", "The answer shows the change, which is not kept.")
def answers_without_saving(asked: Asked, server: Server) -> Told:
    """Put back what was."""
    before = asked.read(server) if asked.method == "PATCH" else {}
    told = server(asked)
    if before and told.ok:
        server(asked.other("PUT", asked.path, before))
    return told


defect("patch-answers-200-without-body", "patch", "A PATCH is answered 200 with an empty body.")(
    telling(lambda asked, told: setattr(told, "body", b""), method="PATCH", status=200)
)


@defect("patch-answers-204-always", "patch", "A PATCH that asks for attributes is answered 204.")
def answers_204(asked: Asked, server: Server) -> Told:
    """Send nothing back, whatever is asked."""
    told = server(asked)
    return Told.of(204) if asked.method == "PATCH" and told.status == 200 else told


defect("patch-loses-schemas", "patch", "After a PATCH `schemas` is gone.")(
    patched(lambda before, after, given: after | {"schemas": []})
)
defect("patch-loses-other-attributes", "patch", "Attributes that a PATCH does not name are lost.")(
    patched(
        lambda before, after, given: {
            name: value
            for name, value in after.items()
            if name in ("schemas", "id", "userName") or value != before.get(name)
        }
    )
)
defect("patch-loses-extensions", "patch", "A PATCH of a core attribute loses the extensions.")(
    patched(
        lambda before, after, given: {
            name: value
            for name, value in after.items()
            if ":" not in name or value != before.get(name)
        }
    )
)


@defect("patch-allows-duplicates", "patch", "A PATCH takes the userName of another user.")
def allows_duplicates(asked: Asked, server: Server) -> Told:
    """Call the conflict a success."""
    told = server(asked)
    is_conflict = asked.method == "PATCH" and told.status == 409
    return done_nothing(asked, server) if is_conflict else told


@defect("patch-duplicates-by-case", "patch", "A PATCH takes another's userName in other letters.")
def duplicates_by_case(asked: Asked, server: Server) -> Told:
    """Compare what is unique exactly."""
    told = server(asked)
    given = [one.get("value") for one in operations_of(asked)]
    is_upper = any(isinstance(value, str) and value != value.lower() for value in given)
    if asked.method == "PATCH" and told.status == 409 and is_upper:
        return done_nothing(asked, server)
    return told


_renamed: set[str] = set()


@defect("patch-forgets-the-index", "patch", "A userName set by a PATCH is not found by a filter.")
def forgets_the_index(asked: Asked, server: Server) -> Told:
    """Look for the old name instead of the new."""
    if asked.method == "PATCH":
        for one in operations_of(asked):
            if isinstance(one, dict) and one.get("path") == "userName":
                _renamed.add(str(one.get("value")))
    parameters = asked.query
    if any(f'"{name}"' in parameters.get("filter", "") for name in _renamed):
        asked.query = parameters | {"filter": 'userName eq "forgotten"'}
    return server(asked)


def _any_schemas(asked: Asked) -> None:
    body = asked.json
    if isinstance(body, dict):
        asked.json = body | {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}


defect("patch-takes-any-schemas", "patch", "A body of another schema is taken for a PATCH.")(
    asking(_any_schemas, method="PATCH")
)


def _is_odd(asked: Asked) -> bool:
    given = (asked.json or {}).get("Operations")
    return not isinstance(given, list) or not all(isinstance(one, dict) for one in given)


@defect("patch-takes-no-operations", "patch", "A body without operations is a success.")
def takes_no_operations(asked: Asked, server: Server) -> Told:
    """There is nothing to do, so it is done."""
    is_nothing = asked.method == "PATCH" and "Operations" not in (asked.json or {})
    return done_nothing(asked, server) if is_nothing else server(asked)


@defect(
    "patch-fails-on-odd-operations", "patch", "Operations that are no list of objects crash it."
)
def fails_on_odd(asked: Asked, server: Server) -> Told:
    """Iterate over whatever there is."""
    return Told.error(500) if asked.method == "PATCH" and _is_odd(asked) else server(asked)


def _replace_by_default(one: Document) -> Document:
    return one if one.get("op") in ("add", "remove", "replace") else one | {"op": "replace"}


defect("patch-takes-replace-by-default", "patch", "An operation that is not known is a replace.")(
    bending(_replace_by_default)
)
defect("patch-ignores-unknown-operations", "patch", "An operation that is not known is ignored.")(
    dropping(lambda one: str(one.get("op")).lower() not in ("add", "remove", "replace"))
)
defect("patch-ignores-capital-operations", "patch", "An operation that begins large is ignored.")(
    dropping(lambda one: str(one.get("op")) != str(one.get("op")).lower())
)
