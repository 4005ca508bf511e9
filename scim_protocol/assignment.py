"""How a PATCH sets, merges and unassigns the values of an attribute (RFC 7644 §3.5.2).

The functions change the object that holds the attribute: a copy that `scim_protocol.patch` made.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from scim_protocol.definitions import Attribute
from scim_protocol.errors import InvalidValue, Mutability
from scim_protocol.resource import (
    UNASSIGNED,
    Resource,
    as_values,
    check_value,
    distinct,
    without_primary,
)


def copied(value: Any) -> Any:
    """Return a copy of what JSON can say; `copy.deepcopy` takes five times as long."""
    if isinstance(value, dict):
        return {name: copied(part) for name, part in value.items()}
    return list(map(copied, value)) if isinstance(value, list) else value


def listed(holder: Resource, attribute: Attribute) -> list[Any]:
    """Return the values an attribute has: none, its one value, or those of its list."""
    found = holder.get(attribute.name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def assign(
    holder: Resource,
    attribute: Attribute,
    value: Any,
    where: str,
    *,
    merge: bool = False,
    adding: bool = False,
) -> None:
    """Give an attribute a value.

    :param merge: a complex one keeps what the value leaves out.
    :param adding: a multi-valued one keeps the values it has.

    :raises InvalidValue: the value does not fit.
    :raises Mutability: the attribute is immutable and has another value.
    """
    if attribute.multi_valued:
        if adding:
            add_values(holder, attribute, value)
            return
        value = as_values(value, attribute)
    checked = check_value(value, attribute)
    if merge and attribute.is_complex and isinstance(value, dict):
        old = holder.get(attribute.name, {})
        checked = merged(old, checked or {}, value, attribute, adding=adding)
    _put(holder, attribute, checked, where)


def assign_each(
    holders: Iterable[Resource], attribute: Attribute, value: Any, where: str, *, adding: bool
) -> None:
    """Give a sub-attribute of several values one and the same value, as `assign` does of one.

    :raises InvalidValue, Mutability: as `assign` does.
    """
    if attribute.multi_valued or attribute.is_complex:
        for holder in holders:
            assign(holder, attribute, value, where, merge=True, adding=adding)
        return
    checked = check_value(value, attribute)
    for holder in holders:
        _put(holder, attribute, checked, where)


def _put(holder: Resource, attribute: Attribute, checked: Any, where: str) -> None:
    if checked is None:
        unassign(holder, attribute, where)
        return
    if holder.get(attribute.name, checked) != checked:
        refuse_immutable(attribute, where)
    holder[attribute.name] = checked


def unassign(holder: Resource, attribute: Attribute, where: str) -> None:
    """Take an attribute's value away, if it has one.

    :raises Mutability: it is immutable, or a part of it is.
    """
    if attribute.name in holder:
        _refuse_loss(holder[attribute.name], attribute, where)
        del holder[attribute.name]


def _refuse_loss(value: Any, attribute: Attribute, where: str) -> None:
    refuse_immutable(attribute, where)
    # One of several values may go with all that is in it: a member whose `value` is immutable.
    if isinstance(value, dict) and not attribute.multi_valued:
        for sub in attribute.sub_attributes:
            if sub.name in value:
                _refuse_loss(value[sub.name], sub, where)


def refuse_read_only_parts(value: Any, attribute: Attribute, where: str) -> None:
    """Refuse a value with a part that is the service provider's to set (RFC 7643 §7).

    :raises Mutability: a sub-attribute that it gives is readOnly.
    """
    for one in value if isinstance(value, list) else [value]:
        for name, part in one.items() if isinstance(one, dict) else ():
            sub = attribute.sub(name)
            if sub is None or part in UNASSIGNED:
                continue
            if sub.mutability == "readOnly":
                raise Mutability(f"{where}: {sub.name} is readOnly.")
            refuse_read_only_parts(part, sub, where)


def refuse_immutable(attribute: Attribute, where: str) -> None:
    """Refuse to change a value of an attribute that is set once (RFC 7643 §7).

    :raises Mutability: the attribute is immutable.
    """
    if attribute.mutability == "immutable":
        raise Mutability(f"{where}: {attribute.name} is immutable and has a value already.")


def add_values(holder: Resource, attribute: Attribute, value: Any) -> None:
    """Add one value or a list of them to a multi-valued attribute, each once.

    :raises InvalidValue: a value does not fit, or more than one would be primary.
    """
    new_values = check_value(as_values(value, attribute), attribute) or []
    values = list(listed(holder, attribute))
    identity_of = _identity_by(attribute)
    known: dict[Any, Any] = {}
    for one in values:
        known.setdefault(identity_of(one), one)
    # Of several with one identity the one is meant that has all else in common, too.
    alike = {_text(one): one for one in values} if len(known) < len(values) else {}
    touched = {}
    for new in new_values:
        identity = identity_of(new)
        one = alike.get(_text(new)) if alike else None
        one = known.get(identity) if one is None else one
        if one is None:
            values.append(new)
            known[identity] = one = new
        elif isinstance(one, dict):
            one.update(_changeable(new, one, attribute))
        touched[id(one)] = one
    keep_one_primary(values, list(touched.values()))
    holder[attribute.name] = distinct(values) if alike else values


def replacement(old: Any, new: Any, attribute: Attribute, fixed: list[str]) -> Any:
    """Return the value that takes another's place; `fixed` parts stay unless it gives them.

    :raises Mutability: it would change an immutable sub-attribute.
    """
    if not isinstance(new, dict):
        return new
    names = {name.lower() for name in fixed}
    kept = {
        sub.name: old[sub.name]
        for sub in attribute.sub_attributes
        if sub.name in old and (sub.name.lower() in names or sub.mutability == "immutable")
    }
    for name, value in kept.items():
        sub = attribute.sub(name)
        if sub and sub.mutability == "immutable" and new.get(name, value) != value:
            raise Mutability(f"{attribute.name}.{name} is immutable and has a value already.")
    return kept | new


def without_doubles(values: list[Any], changed: list[Any]) -> list[Any]:
    """Return the values, each once; those that have changed alone may be there twice."""
    compared = list(map(without_primary, values))
    if len(changed) <= _FEW and all(compared.count(without_primary(one)) == 1 for one in changed):
        return values
    return values if _all_differ(compared) else distinct(values)


# `distinct` takes ten times as long as these do to see that there is nothing to be done.
_FEW: Final = 4


def _all_differ(values: list[Any]) -> bool:
    parts = (frozenset(one.items()) if isinstance(one, dict) else one for one in values)
    try:
        return len(set(parts)) == len(values)
    except TypeError:  # A part is a list.
        return False


def keep_one_primary(values: list[Any], touched: list[Any]) -> None:
    """Let a value that has just become primary be the only one (RFC 7644 §3.5.2).

    :raises InvalidValue: more than one of the touched values is primary.
    """
    primary = [one for one in touched if isinstance(one, dict) and one.get("primary") is True]
    if len(primary) > 1:
        raise InvalidValue("Only one value can be primary.")
    for one in values:
        if primary and one is not primary[0] and one.get("primary") is True:
            one["primary"] = False


def _changeable(new: Resource, old: Resource, attribute: Attribute) -> Resource:
    """Return what a value that is there already takes from one added: not what it has for good."""
    fixed = {sub.name for sub in attribute.sub_attributes if sub.mutability == "immutable"}
    return {name: part for name, part in new.items() if name not in fixed or name not in old}


def merged(
    old: Resource, new: Resource, given: Resource, attribute: Attribute, *, adding: bool
) -> Resource:
    """Return the present value of a complex attribute with a new one merged into it.

    Parts given as null are unassigned, but not by adding, which never takes a value away.

    :raises InvalidValue, Mutability: as `assign` does.
    """
    result = dict(old)
    for name, value in new.items():
        sub = attribute.sub(name)
        assert sub is not None  # check_value lets only defined sub-attributes through
        assign(result, sub, value, f"{attribute.name}.{name}", merge=True, adding=adding)
    for name, value in () if adding else given.items():
        sub = attribute.sub(name)
        if sub is not None and sub.mutability != "readOnly" and value in (None, []):
            unassign(result, sub, f"{attribute.name}.{sub.name}")
    return result


def _identity_by(attribute: Attribute) -> Callable[[Any], Any]:
    """Return what tells whether two values of an attribute are one and the same (RFC 7643 §2.4)."""
    refers_to_resource = attribute.sub("$ref") is not None

    def identity(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "value" not in value:
            return _text(value)
        return value["value"] if refers_to_resource else (value["value"], value.get("type"))

    return identity


def _text(value: Any) -> str:
    return json.dumps(without_primary(value), sort_keys=True)
