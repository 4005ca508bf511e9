"""What a PATCH may set, judged wrongly: types, mutability, primary, extensions (§3.5.2)."""

from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    defect,
    replacing,
    showing,
    together,
)
from scim_server.testing.defects.patching import (
    bending,
    done_nothing,
    dropping,
    forgiving,
    is_op,
    operations_of,
    patched,
    path_of,
    refusing,
    without_path,
)


def _as(old: str, new: str) -> Any:
    return bending(lambda one: one | {"op": new} if is_op(old, one) else one)


defect("patch-adds-by-replacing", "patch", "An add puts the values in the place of those there.")(
    _as("add", "replace")
)
defect("patch-replaces-by-adding", "patch", "A replace of a list adds to it.")(
    _as("replace", "add")
)
defect("patch-ignores-adds", "patch", "An add is a success without effect.")(
    dropping(lambda one: is_op("add", one))
)
defect("patch-ignores-removals", "patch", "A removal is a success without effect.")(
    dropping(lambda one: is_op("remove", one))
)
defect("patch-ignores-replacements", "patch", "A replacement is a success without effect.")(
    dropping(lambda one: is_op("replace", one))
)
defect("patch-ignores-values-without-path", "patch", "An operation without path has no effect.")(
    dropping(without_path)
)

# --- types and mutability ----------------------------------------------------------------------

defect("patch-ignores-wrong-types", "patch", "A value of a wrong type is a success.")(
    forgiving(lambda one: True, "invalidValue", "invalidSyntax")
)
defect("patch-fails-on-wrong-types", "patch", "A value of a wrong type is answered 500.")(
    refusing(lambda one: path_of(one) and isinstance(one.get("value"), dict), status=500)
)
defect("patch-checks-types-by-path-only", "patch", "Types without a path are not looked at.")(
    forgiving(without_path, "invalidValue")
)
defect("patch-reads-any-text-as-true", "patch", "Any text for a boolean means true.")(
    bending(
        lambda one: (
            one | {"value": True}
            if path_of(one) == "active" and isinstance(one.get("value"), str)
            else one
        )
    )
)
defect("patch-ignores-text-for-boolean", "patch", "A text for a boolean has no effect, with 200.")(
    dropping(lambda one: path_of(one) == "active" and isinstance(one.get("value"), str))
)
defect("patch-ignores-read-only", "patch", "To change what is readOnly is a success.")(
    forgiving(lambda one: path_of(one), "mutability")
)
defect("patch-takes-meta", "patch", "To change meta is a success.")(
    forgiving(lambda one: path_of(one).startswith("meta"), "mutability")
)
defect("patch-writes-groups", "patch", "To change a user's groups is a success.")(
    forgiving(lambda one: path_of(one).startswith("groups"), "mutability")
)
defect("patch-removes-required", "patch", "To remove what is required is a success.")(
    forgiving(lambda one: path_of(one) == "userName", "mutability")
)
defect("patch-gives-no-mutability", "patch", "A required value's removal has no scimType.")(
    refusing(lambda one: is_op("remove", one) and path_of(one) == "userName", "")
)
defect("patch-removes-without-path", "patch", "A removal without a path is a success.")(
    forgiving(lambda one: "path" not in one, "noTarget")
)
defect("patch-takes-no-value", "patch", "An add without a value is a success.")(
    forgiving(lambda one: "value" not in one)
)
defect("patch-fails-without-value", "patch", "A replace without a value is answered 500.")(
    refusing(lambda one: is_op("replace", one) and "value" not in one, status=500)
)
defect("patch-ignores-odd-values", "patch", "A value without path that is no object is ignored.")(
    dropping(
        lambda one: (
            "path" not in one
            and not is_op("remove", one)
            and not isinstance(one.get("value"), dict)
        )
    )
)

_forged: dict[str, str] = {}


@defect("patch-writes-read-only-without-path", "patch", "A value without path may set the id.")
def writes_id(asked: Asked, server: Server) -> Told:
    """Show the forged id from then on."""
    told = server(asked)
    for one in operations_of(asked) if asked.method == "PATCH" else ():
        if without_path(one) and "id" in one["value"]:
            _forged[asked.path] = one["value"]["id"]
    if asked.method == "GET" and told.status == 200 and asked.path in _forged:
        told.json = told.document | {"id": _forged[asked.path]}
    return told


_stripped: set[str] = set()


@defect("patch-removes-read-only", "patch", "A removal may take the id away.")
def removes_id(asked: Asked, server: Server) -> Told:
    """Show none from then on."""
    given = operations_of(asked) if asked.method == "PATCH" else []
    if any(is_op("remove", one) and path_of(one) == "id" for one in given):
        _stripped.add(asked.path)
        return done_nothing(asked, server)
    told = server(asked)
    if asked.method == "GET" and told.status == 200 and asked.path in _stripped:
        told.json = {name: value for name, value in told.document.items() if name != "id"}
    return told


# --- primary -----------------------------------------------------------------------------------


def _keep_all(original: Any) -> Any:
    return lambda values, touched: None


defect("patch-keeps-two-primaries", "patch", "A new primary value leaves the old one primary.")(
    together(
        replacing("scim_protocol.patch:keep_one_primary", _keep_all),
        replacing("scim_protocol.assignment:keep_one_primary", _keep_all),
    )
)


def _without_primary(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_primary(one) for one in value]
    return {k: v for k, v in value.items() if k != "primary"} if isinstance(value, dict) else value


defect("patch-keeps-the-old-primary", "patch", "A new value never becomes primary.")(
    bending(
        lambda one: one | {"value": _without_primary(one["value"])} if one.get("value") else one
    )
)
defect("patch-clears-primary-always", "patch", "Any change of a list clears its primary value.")(
    patched(
        lambda before, after, given: (
            after | ({"emails": _without_primary(after["emails"])} if "emails" in after else {})
        )
    )
)

# --- nothing, and texts ------------------------------------------------------------------------

defect("patch-ignores-null", "patch", "To replace by null has no effect.")(
    dropping(lambda one: is_op("replace", one) and "value" in one and one["value"] is None)
)
defect("patch-stores-null-as-text", "patch", 'null is stored as the text "null".')(
    bending(
        lambda one: (
            one | {"value": "null"} if path_of(one) == "title" and one.get("value") is None else one
        )
    )
)
defect("patch-ignores-empty-lists", "patch", "To replace by an empty list has no effect.")(
    dropping(lambda one: one.get("value") == [])
)
defect("patch-mangles-text", "patch", "Of a text what is not ASCII is lost.")(
    bending(
        lambda one: (
            one | {"value": one["value"].encode("ascii", "ignore").decode()}
            if isinstance(one.get("value"), str)
            else one
        )
    )
)

# --- extensions --------------------------------------------------------------------------------


def _in_extension(one: Document) -> bool:
    return path_of(one).startswith(f"{ENTERPRISE_USER}:")


defect("patch-drops-extensions-without-path", "patch", "Without a path extensions are ignored.")(
    dropping(lambda one: without_path(one) and ENTERPRISE_USER in one["value"])
)
defect(
    "patch-replaces-whole-extensions", "patch", "Without a path an extension is replaced whole."
)(
    patched(
        lambda before, after, given: (
            after
            | {
                urn: dict(value)
                for one in given
                for urn, value in (one.value.items() if isinstance(one.value, dict) else ())
                if urn == ENTERPRISE_USER
            }
        )
    )
)


def _alone(before: Document, after: Document, given: list[Any]) -> Document:
    for one in given:
        if one.op != "remove" and (one.path or "").startswith(f"{ENTERPRISE_USER}:department"):
            return after | {ENTERPRISE_USER: {"department": one.value}}
    return after


defect(
    "patch-loses-rest-of-extension", "patch", "One attribute of an extension replaces them all."
)(patched(_alone))
defect("patch-ignores-extension-removals", "patch", "A removal in an extension has no effect.")(
    dropping(lambda one: is_op("remove", one) and _in_extension(one))
)
defect("patch-removes-whole-extensions", "patch", "A removal in an extension takes it all.")(
    patched(
        lambda before, after, given: {
            name: value
            for name, value in after.items()
            if name != ENTERPRISE_USER
            or not any(one.op == "remove" and ENTERPRISE_USER in (one.path or "") for one in given)
        }
    )
)
defect("patch-ignores-extensions", "patch", "A path into an extension has no effect.")(
    dropping(_in_extension)
)


def _into_core(before: Document, after: Document, given: list[Any]) -> Document:
    paths = [one.path or "" for one in given if one.op != "remove"]
    names = [path.rpartition(":")[2] for path in paths if path.startswith(f"{ENTERPRISE_USER}:")]
    extension = after.get(ENTERPRISE_USER, {})
    written = {name: extension[name] for name in names if name in extension}
    return {**after, **written, ENTERPRISE_USER: before.get(ENTERPRISE_USER, {})}


defect("patch-writes-extensions-into-core", "patch", "A path with a URN writes a core attribute.")(
    patched(_into_core)
)
defect("extension-missing-in-schemas", "patch", "`schemas` does not name an extension in use.")(
    showing(
        lambda one: one | {"schemas": [urn for urn in one["schemas"] if urn != ENTERPRISE_USER]},
        type="User",
    )
)
