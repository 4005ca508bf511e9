"""Values that are in the one form already: no rule and no dialect has anything to change in them.

Most requests are plain. To see that a resource is takes a tenth of what `resource` and `dialects`
need to check it part by part; what is not plain goes to them, and they say what is wrong with it.
Whatever is plain they would give back as it is: `tests/protocol/test_plain.py` holds them to that.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from scim_protocol.datatypes import ADMITS
from scim_protocol.definitions import Attribute, ResourceModel

# What a value that is not plain comes to: None is a value that JSON has.
OTHER: Final[Any] = object()

_Shape = Callable[[Any], Any]
_Shapes = Iterable[tuple[str, _Shape]]


def plain_resource(document: object, model: ResourceModel) -> dict[str, Any] | None:
    """Return a resource that came in a body, its attributes in the schema's order, if it is plain.

    What is readOnly is left out. Whether it has all that is required is not looked at.
    """
    if not isinstance(document, dict):
        return None
    shapes, ignored = _resource_shapes(model)
    found = _taken(document, shapes, sum(name in document for name in ignored))
    if found is OTHER or "schemas" not in found:
        return None
    used = [schema.id for schema in model.extensions if schema.id in found]
    return found if found["schemas"] == [model.core.id, *used] else None


def plain_value(value: Any, attribute: Attribute) -> Any:
    """Return a value of an attribute, a list if it has several; OTHER if it is not plain."""
    return _value_shape(attribute)(value)


def _taken(holder: dict[str, Any], shapes: _Shapes, ignored: int = 0) -> Any:
    """Return an object with its parts in order; OTHER if one is not plain, or is unknown."""
    found = {}
    for name, shape in shapes:
        if name in holder:
            value = shape(holder[name])
            if value is OTHER:
                return OTHER
            found[name] = value
    return found if found and len(found) + ignored == len(holder) else OTHER


@lru_cache(maxsize=256)
def _resource_shapes(model: ResourceModel) -> tuple[_Shapes, Sequence[str]]:
    own = (*model.attributes.values(), *model.extension_objects.values())
    return _shapes_of(own), [one.name for one in own if one.mutability == "readOnly"]


@lru_cache(maxsize=2048)
def _value_shape(attribute: Attribute) -> _Shape:
    return _shape(attribute) if attribute.mutability != "readOnly" else lambda _: OTHER


def _shapes_of(attributes: Iterable[Attribute]) -> _Shapes:
    return tuple((one.name, _shape(one)) for one in attributes if one.mutability != "readOnly")


def _shape(attribute: Attribute) -> _Shape:
    one = _complex(attribute) if attribute.is_complex else _simple(attribute)
    return _several(one) if attribute.multi_valued else one


def _simple(attribute: Attribute) -> _Shape:
    admits = ADMITS[attribute.type]
    return lambda value: value if admits(value) else OTHER


def _complex(attribute: Attribute) -> _Shape:
    shapes = _shapes_of(attribute.sub_attributes)
    # `""` as a reference may mean that there is none, and `{` as a value that JSON is in it.
    is_reference = attribute.sub("$ref") is not None

    def shape(value: Any) -> Any:
        if not isinstance(value, dict):
            return OTHER
        said = value.get("value", " ")
        if isinstance(said, str) and (said[:1] == "{" or (is_reference and not said)):
            return OTHER
        return _taken(value, shapes)

    return shape


def _several(one: _Shape) -> _Shape:
    def shape(values: Any) -> Any:
        if not isinstance(values, list) or not values:
            return OTHER
        found = [one(value) for value in values]
        if OTHER in found or (len(found) > 1 and not _are_distinct(found)):
            return OTHER
        return found

    return shape


def _are_distinct(values: list[Any]) -> bool:
    """Tell whether values surely differ, and not more than one of them is primary."""
    known = [one.get("value") if isinstance(one, dict) else one for one in values]
    if not all(isinstance(one, str) for one in known) or len(set(known)) < len(known):
        return False
    return sum(isinstance(one, dict) and one.get("primary") is True for one in values) < 2
