"""PATCH: operations applied to a resource (RFC 7644 §3.5.2).

`apply_patch` is a pure function: all operations or none, and its input stays as it was. It knows
the RFC's rules alone; what clients send beyond them `scim_protocol.dialects` rewrites before.

Chosen where the text is silent:

- Replacing by null unassigns; adding null adds nothing (RFC 7643 §2.5: null is no value).
- A removal of what is not there changes nothing.
- Adding to a complex attribute merges, as replacing it must (§3.5.2.3); so does adding by a value
  path, into each value that it chooses.
- Replacing a value by a value path replaces all of it, but what the filter's equalities say of it
  stays: `emails[type eq "work"]` still finds the value afterwards.
- Adding or replacing by a value path that matches nothing is noTarget; so is removing by one, but
  of members: removing who is no member succeeds (§3.5.2.2).
- A sub-attribute of a multi-valued attribute without a filter means that of each of its values.
- A value counts as present already when one has its `value` and `type`, or, where the attribute
  refers to resources, its `value`; what else is given of it is merged in, but where it has an
  immutable part already, that stays.
- The core schema's URN names the resource itself, as an extension's URN names its object.
- A value goes with all that is in it, unless it is the only one and a part of it is immutable.
- A readOnly part of a value that is given is refused, as it is by its own path.
- `schemas` is the service provider's to keep; setting it to URNs of the type changes nothing.
- Filters that would look at very many values, all operations together, are tooMany.
- Structural faults of the operations are invalidSyntax, though table 9 does not list it for PATCH.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_protocol.assignment import (
    assign,
    assign_each,
    copied,
    keep_one_primary,
    listed,
    merged,
    refuse_read_only_parts,
    replacement,
    unassign,
    without_doubles,
)
from scim_protocol.definitions import Attribute, ResourceModel, Target
from scim_protocol.errors import (
    BadRequest,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    shortened,
)
from scim_protocol.filter import names_equated
from scim_protocol.matching import Effort, values_of
from scim_protocol.place import Place, find_place
from scim_protocol.requirements import require_assigned
from scim_protocol.resource import Resource, check_value, names_schema, schemas_of

OPERATIONS: Final = ("add", "remove", "replace")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a PATCH: what to do, where (None: to the resource itself), with what."""

    op: str
    path: str | None = None
    value: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return the operation as a PatchOp message holds it."""
        document: dict[str, Any] = {"op": self.op}
        if self.path is not None:
            document["path"] = self.path
        if self.op != "remove" or self.value is not None:
            document["value"] = self.value
        return document


Settle = Callable[[Operation, Resource, ResourceModel], Iterable[Operation]]


def apply_patch(
    resource: Resource,
    operations: Sequence[Operation],
    model: ResourceModel,
    *,
    settle: Settle | None = None,
    effort: Effort | None = None,
) -> Resource:
    """Return the resource as the operations leave it; the one given is not touched.

    :param settle: rewrites each operation when its turn comes, seeing the resource as it then is.
    :param effort: how much the filters may look at, where several PATCHes share that.
    :raises InvalidPath, InvalidFilter, NoTarget, InvalidValue, Mutability, InvalidSyntax, TooMany:
        as in RFC 7644 table 9; then nothing is changed.
    """
    patched: Resource = copied(resource)
    unassigned, effort = set[Attribute](), effort or Effort()
    for operation in by_core_urn(operations, model):
        effort.spend(_comparisons(operation, patched, model))
        settled = settle(operation, patched, model) if settle else (operation,)
        for one in settled:
            unassigned.update(_apply(one, patched, model))
    _check_required(patched, model, resource, unassigned)
    patched["schemas"] = schemas_of(patched, model)
    return patched


def by_core_urn(operations: Iterable[Operation], model: ResourceModel) -> Iterator[Operation]:
    """Yield operations in which the core schema's URN stands for the resource itself no more.

    Those with its attributes under its URN, in a value without a path, become one of their own.
    """
    core = model.core.id.lower()
    for operation in operations:
        if operation.path is not None:
            is_core = operation.path.lower() == core
            yield replace(operation, path=None) if is_core else operation
            continue
        value = operation.value if isinstance(operation.value, dict) else {}
        own = [name for name in value if name.lower() == core]
        rest = {name: part for name, part in value.items() if name not in own}
        if rest or not own:
            yield replace(operation, value=rest) if own else operation
        yield from (replace(operation, value=value[name]) for name in own)


def _check_required(
    patched: Resource, model: ResourceModel, before: Resource, unassigned: set[Attribute]
) -> None:
    """Check that the resource has all that is required of it (RFC 7643 §2.2, §6)."""
    for target in require_assigned(patched, model):
        of_several = target.sub is not None and target.attribute.multi_valued
        is_lost = not of_several and values_of(target)(before) and not values_of(target)(patched)
        if is_lost or target.attribute in unassigned:
            raise Mutability(f"{target} is required and cannot be removed.")
        raise InvalidValue(f"{target} is required.")
    for extension in model.type.extensions:
        if extension.required and not patched.get(extension.schema):
            if before.get(extension.schema):
                raise Mutability(f"{extension.schema} is required and cannot be removed.")
            raise InvalidValue(f"{extension.schema} is required.")


def _apply(operation: Operation, resource: Resource, model: ResourceModel) -> Iterable[Attribute]:
    """Apply one operation; yield the attributes that it took a value from."""
    if operation.op not in OPERATIONS:
        known = ", ".join(OPERATIONS)
        raise InvalidSyntax(f"{shortened(operation.op)!r} is not an operation: {known} are.")
    for place, value in _places(operation, model):
        attribute = place.target.attribute
        if attribute is model.attributes["schemas"] and operation.op != "remove":
            _check_schemas(value, attribute, model)
            continue
        _refuse_read_only(place.target)
        if operation.op != "remove":
            refuse_read_only_parts(value, place.target.leaf, str(place))
        holder = place.holder(resource)
        # What is immutable may be set once: only then is it worth knowing what was there.
        is_immutable = attribute.mutability == "immutable"
        before = copied(holder.get(attribute.name)) if is_immutable else None
        _ACTIONS[operation.op](place, holder, value)
        _tidy(place.target, holder, resource)
        if is_immutable and before not in (None, holder.get(attribute.name)):
            raise Mutability(f"{place} is immutable and has a value already.")
        if operation.op == "remove" or _unassigns(place, value):
            yield attribute


def _comparisons(operation: Operation, resource: Resource, model: ResourceModel) -> int:
    """Return how many comparisons it takes at most to find what an operation is about."""
    try:
        places = _places(operation, model)
    except BadRequest:
        return 0  # `_apply` says what is wrong with it.
    count = 0
    for place, _ in places:
        urn, attribute = place.target.urn, place.target.attribute
        holder = resource.get(urn, {}) if urn else resource
        count += len(listed(holder, attribute)) * place.terms
    return count


def _places(operation: Operation, model: ResourceModel) -> Iterable[tuple[Place, Any]]:
    if operation.path is not None:
        return [(find_place(operation.path, model), operation.value)]
    if operation.op == "remove":
        raise NoTarget("A removal needs a path.")
    if not isinstance(operation.value, dict):
        raise InvalidValue("Without a path, the value must be an object of attributes.")
    return [(_named_place(name, model), value) for name, value in operation.value.items()]


def _named_place(name: str, model: ResourceModel) -> Place:
    """Resolve a key of a path-less value: an attribute's name or an extension's URN."""
    place = find_place(name, model)
    if place.target.sub is not None or place.filter is not None:
        raise InvalidPath(f"{shortened(name)!r} is not the name of an attribute.")
    return place


def _refuse_read_only(target: Target) -> None:
    if "readOnly" in (target.attribute.mutability, target.leaf.mutability):
        raise Mutability(f"{target} is readOnly.")


def _check_schemas(value: Any, attribute: Attribute, model: ResourceModel) -> None:
    for urn in check_value(value if isinstance(value, list | None) else [value], attribute) or ():
        if not names_schema(urn, model):
            raise InvalidValue(f"`schemas`: {shortened(urn)!r} is no schema of {model.name}.")


# --- add, replace, remove: `holder` is the object that holds the place's attribute --------------


def _add(place: Place, holder: Resource, value: Any) -> None:
    if not _unassigns(place, value):
        _set(place, holder, value, adding=True)


def _replace(place: Place, holder: Resource, value: Any) -> None:
    if _unassigns(place, value):
        _remove(place, holder, None)
    else:
        _set(place, holder, value, adding=False)


def _remove(place: Place, holder: Resource, value: Any) -> None:
    if value is not None:
        raise InvalidValue("A removal takes no value; name what goes with a filter in the path.")
    attribute, sub = place.target.attribute, place.target.sub
    chosen = _chosen(place, holder, may_lack=_is_membership(attribute))
    if sub is not None:
        for one in chosen:
            unassign(one, sub, str(place))
        if attribute.multi_valued and chosen:
            holder[attribute.name] = without_doubles(holder[attribute.name], chosen)
    elif not attribute.multi_valued:
        unassign(holder, attribute, str(place))
    elif chosen:
        going = set(map(id, chosen))
        kept = [one for one in listed(holder, attribute) if id(one) not in going]
        holder[attribute.name] = kept


def _set(place: Place, holder: Resource, value: Any, *, adding: bool) -> None:
    attribute, sub, where = place.target.attribute, place.target.sub, str(place)
    if sub is not None:
        if not attribute.multi_valued:
            holder.setdefault(attribute.name, {})
        chosen = _chosen(place, holder)
        if not chosen:
            raise NoTarget(f"{where}: {attribute.name} has no such value.")
        assign_each(chosen, sub, value, where, adding=adding)
        if sub.name == "primary" and value is True:
            keep_one_primary(listed(holder, attribute), chosen)
        if attribute.multi_valued:
            holder[attribute.name] = without_doubles(holder[attribute.name], chosen)
    elif place.filter is not None:
        _set_chosen(place, holder, value, adding=adding)
    else:
        assign(holder, attribute, value, where, merge=True, adding=adding)


def _set_chosen(place: Place, holder: Resource, value: Any, *, adding: bool) -> None:
    attribute = place.target.attribute
    chosen = _chosen(place, holder)
    given = value[0] if isinstance(value, list) and len(value) == 1 else value
    checked = check_value(given, attribute, element=True)
    fixed = list(names_equated(place.filter))
    values, changed, going = [], [], set(map(id, chosen))
    for one in listed(holder, attribute):
        if id(one) in going:
            if adding and isinstance(one, dict):
                one = merged(one, checked or {}, {}, attribute, adding=True)
            else:
                one = replacement(one, checked, attribute, fixed)
            changed.append(one)
        values.append(one)
    keep_one_primary(values, changed)
    holder[attribute.name] = without_doubles(values, changed)


def _chosen(place: Place, holder: Resource, *, may_lack: bool = False) -> list[Any]:
    """Return the values of the attribute that the place is about.

    :raises NoTarget: the place has a filter, and it matches none, though it has to.
    """
    values = listed(holder, place.target.attribute)
    if place.filter is None:
        return values
    chosen = list(filter(place.matches, values))
    if not chosen and not may_lack:
        raise NoTarget(f"{place} matches no value.")
    return chosen


def _is_membership(attribute: Attribute) -> bool:
    return attribute.name == "members" and attribute.sub("$ref") is not None


_ACTIONS: Final[dict[str, Callable[[Place, Resource, Any], None]]] = {
    "add": _add,
    "replace": _replace,
    "remove": _remove,
}


def _unassigns(place: Place, value: Any) -> bool:
    return value is None or (value == [] and place.target.leaf.multi_valued)


def _tidy(target: Target, holder: Resource, resource: Resource) -> None:
    """Store nothing for what an operation left without a value."""
    name = target.attribute.name
    values = holder.get(name)
    if isinstance(values, list):
        holder[name] = values = [one for one in values if one not in (None, {})]
    if values in (None, [], {}):
        holder.pop(name, None)
    if not holder and target.urn is not None:
        del resource[target.urn]
