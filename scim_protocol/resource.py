"""Resources checked and brought to one form: schema documents compiled to marshmallow schemas.

The form that every other module relies on: attributes under the names of the schema document, in
whatever letter case they came (RFC 7643 §2.1); nothing stored for what is unassigned: null, an
empty list where the attribute is multi-valued (§2.5); each value of its attribute's type (§2.3);
`schemas` with the core schema and just those extensions that hold data (§3).

Chosen where the text is silent: attributes that no schema defines are refused, as a typing error
would be lost otherwise; a value that is listed twice is stored once, but in `schemas`, where §3
forbids it; a complex value without a part, `{}`, is no value.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from marshmallow import Schema, ValidationError, fields, post_load, pre_load

from scim_protocol.datatypes import ADMITS, EXPECTED
from scim_protocol.definitions import Attribute, ResourceModel, Target
from scim_protocol.errors import InvalidSyntax, InvalidValue, Mutability, shortened
from scim_protocol.plain import OTHER, plain_resource, plain_value
from scim_protocol.requirements import require_assigned

Resource = dict[str, Any]

UNASSIGNED: Final[tuple[Any, ...]] = (None, [], {})


def check_create(
    document: object, model: ResourceModel, *, relax: Callable[[object], object] | None = None
) -> Resource:
    """Return the resource that a POST body describes, without its readOnly parts (RFC 7644 §3.3).

    :param relax: rewrites a body that is not plain before it is checked.
    :raises InvalidSyntax: the body is not an object, or its `schemas` is missing.
    :raises InvalidValue: a required value is missing, or a value does not fit its attribute.
    """
    plain = plain_resource(document, model)
    if plain is None and relax is not None:
        document = relax(document)
    resource = _load(document, model) if plain is None else plain
    _require(resource, model)
    return resource


def check_replace(document: object, current: Resource, model: ResourceModel) -> Resource:
    """Return what a PUT makes of the current resource (RFC 7644 §3.5.1).

    readOnly attributes stay as they are. So do, when the body leaves them out, immutable ones and
    writeOnly ones (a client cannot send back a password that it cannot read), but for those that
    are required. All other attributes that the body leaves out are cleared.

    :raises InvalidSyntax, InvalidValue: as for a creation.
    :raises Mutability: an immutable attribute has another value already.
    """
    resource = _load(document, model)
    for target in model.every_attribute():
        _keep(target, resource, current)
    _require(resource, model)
    resource["schemas"] = schemas_of(resource, model)
    return resource


def check_value(value: Any, attribute: Attribute, *, element: bool = False) -> Any:
    """Return a value for an attribute in the one form; None if it comes to nothing.

    :param element: the value is one of those of a multi-valued attribute, not their list.
    :raises InvalidValue: the value does not fit the attribute.
    """
    if value is None:
        return None
    if not element and (plain := plain_value(value, attribute)) is not OTHER:
        return plain
    try:
        checked = _value_field(attribute, element).deserialize(value)
    except ValidationError as error:
        raise InvalidValue(_explain(error.messages, attribute.name)) from None
    return None if checked in UNASSIGNED else checked


def as_values(value: Any, attribute: Attribute) -> list[Any]:
    """Return what a PATCH gives a multi-valued attribute as a list: one value may come alone.

    :raises InvalidValue: it is an object without a part, which is neither.
    """
    if value == {}:
        raise InvalidValue(f"{attribute.name}: expected a list or a value, not an empty object.")
    return value if isinstance(value, list) else [value]


def holds_undefined(resource: Resource, model: ResourceModel) -> bool:
    """Tell whether a resource in the one form holds what no schema of the type defines.

    :raises InvalidValue: a value does not fit its attribute, as its schema was another.
    """
    try:
        _resource_schema(model, True).load(resource)
    except ValidationError:
        try:
            _resource_schema(model, False).load(resource)
        except ValidationError as error:
            raise InvalidValue(_explain(error.messages)) from None
        return True
    return False


def schemas_of(resource: Mapping[str, Any], model: ResourceModel) -> list[str]:
    """Return the URNs for `schemas`: the core schema's, and of each extension that holds data."""
    used = [schema.id for schema in model.extensions if resource.get(schema.id)]
    return [model.core.id, *used]


def names_schema(urn: str, model: ResourceModel) -> bool:
    """Tell whether a URN, in any letter case, is that of one of the type's schemas."""
    return urn.lower() == model.core.id.lower() or model.extension(urn) is not None


def repeats_its_schema(name: str, holder: str) -> bool:
    """Tell whether an attribute is `schemas` in an extension's object, whose name says it already.

    scim2-models writes it so; it is passed over, as nothing hangs on it.
    """
    return name.lower() == "schemas" and holder.startswith("urn:")


def _require(resource: Mapping[str, Any], model: ResourceModel) -> None:
    for target in require_assigned(resource, model):
        raise InvalidValue(f"{target} is required.")
    for extension in model.type.extensions:
        if extension.required and not resource.get(extension.schema):
            raise InvalidValue(f"{extension.schema} is required.")


def _keep(target: Target, resource: Resource, current: Resource) -> None:
    """Carry over from the current resource what a PUT cannot change or did not mean to clear."""
    attribute, urn = target.attribute, target.urn
    holder: Resource = current.get(urn, {}) if urn else current
    if attribute.name not in holder:
        return
    if attribute.mutability != "readWrite":
        into: Resource = resource.setdefault(urn, {}) if urn else resource
        _keep_value(attribute, into, holder, target)
    elif attribute.is_complex and not attribute.multi_valued:
        _keep_parts(target, resource, holder[attribute.name])


def _keep_parts(target: Target, resource: Resource, present: Resource) -> None:
    """Carry over the parts of a complex value; those that are readOnly go with all of it."""
    attribute, urn = target.attribute, target.urn
    lasting = [
        sub
        for sub in attribute.sub_attributes
        if sub.mutability != "readWrite" and sub.name in present
    ]
    is_given = attribute.name in (resource.get(urn, {}) if urn else resource)
    if is_given or any(sub.mutability != "readOnly" for sub in lasting):
        holder: Resource = resource.setdefault(urn, {}) if urn else resource
        into = holder.setdefault(attribute.name, {})
        for sub in lasting:
            _keep_value(sub, into, present, Target(urn, attribute, sub))


def _keep_value(attribute: Attribute, into: Resource, holder: Resource, target: Target) -> None:
    present = holder[attribute.name]
    if attribute.mutability == "immutable" and into.get(attribute.name, present) != present:
        raise Mutability(f"{target} is immutable and has another value already.")
    if not attribute.required or attribute.mutability == "readOnly":
        into.setdefault(attribute.name, present)


def _load(document: object, model: ResourceModel) -> Resource:
    if not isinstance(document, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    if (plain := plain_resource(document, model)) is not None:
        return plain
    try:
        loaded: Resource = _resource_schema(model, True).load(document)
    except ValidationError as error:
        raise InvalidValue(_explain(error.messages)) from None
    named = loaded.get("schemas")
    if not named:
        raise InvalidSyntax(f"`schemas` must list the URNs of the body's schemas: {model.core.id}.")
    _check_named(_given_schemas(document), loaded, model)
    loaded["schemas"] = schemas_of(loaded, model)
    return loaded


def _given_schemas(document: Mapping[str, Any]) -> list[str]:
    """Return `schemas` as it came: what is loaded has each value but once."""
    given = next(value for name, value in document.items() if str(name).lower() == "schemas")
    return [urn for urn in given if urn is not None]


def _check_named(named: list[str], loaded: Resource, model: ResourceModel) -> None:
    """Check that `schemas` names, each once, the type's schemas that the body uses (§3)."""
    known = [urn.lower() for urn in named]
    for urn in named:
        if not names_schema(urn, model):
            raise InvalidSyntax(
                f"`schemas` holds {shortened(urn)!r}, which is no schema of {model.name}."
            )
        if known.count(urn.lower()) > 1:
            raise InvalidSyntax(f"`schemas` holds {shortened(urn)!r} more than once.")
    for urn in schemas_of(loaded, model):
        if urn.lower() not in known:
            why = f"the schema of a {model.name}" if urn == model.core.id else "which the body uses"
            raise InvalidSyntax(f"`schemas` must hold {urn}, {why}.")


# --- schema documents compiled -----------------------------------------------------------------


Unknown = Literal["exclude", "raise"]

_NULL: Final = "expected {}, not null."


class _Complex(Schema):
    """The values of a complex attribute, or a resource: names in any case, nothing unassigned."""

    # marshmallow declares it of instances, and reads it from the class.
    error_messages: dict[str, str] = {"unknown": "no schema defines this attribute."}  # noqa: RUF012

    @pre_load
    def _names(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        canonical = _canonical_names(type(self))
        named: dict[str, Any] = {}
        for key, value in data.items():
            name = canonical.get(str(key).lower(), str(key))
            if repeats_its_schema(name, type(self).__name__):
                continue
            if name in named:
                raise ValidationError(f"{name} is given twice.")
            # Only null is no value of any type: `[]` is one of lists alone (RFC 7643 §2.5).
            if value is not None and (value not in UNASSIGNED or name.lower() in canonical):
                named[name] = value
        return named

    @post_load
    def _assigned(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        own_names = {name: str(field.data_key) for name, field in self.fields.items()}
        return {own_names[key]: value for key, value in data.items() if value not in UNASSIGNED}


@lru_cache(maxsize=1024)
def _canonical_names(schema: type[_Complex]) -> dict[str, str]:
    declared = schema._declared_fields.items()
    names = [str(field.data_key) for _, field in declared]
    return {name.lower(): name for name in names}


class _Value(fields.Field[Any]):
    """A value of a simple type."""

    def __init__(self, attribute: Attribute) -> None:
        self._admits, self._expected = ADMITS[attribute.type], EXPECTED[attribute.type]
        super().__init__(error_messages={"null": _NULL.format(self._expected)})
        self._is_secret = attribute.returned == "never"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not self._admits(value):
            if isinstance(value, str) and self._expected == EXPECTED["string"]:
                raise ValidationError("text must hold neither NUL nor half of a surrogate pair.")
            is_told = isinstance(value, dict | list) or not self._is_secret
            came = _describe(value) if is_told else "this"
            raise ValidationError(f"expected {self._expected}, not {came}.")
        return value


class _Dropped(fields.Field[Any]):
    """A readOnly attribute: whatever a client sends for it is ignored (RFC 7644 §3.3, §3.5.1)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return None


class _Values(fields.List[Any]):
    """The values of a multi-valued attribute, each once, at most one of them primary."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"expected a list, not {_describe(value)}.")
        loaded = super()._deserialize(value, attr, data, **kwargs)
        values = distinct([item for item in loaded if item not in UNASSIGNED])
        if sum(isinstance(v, dict) and v.get("primary") is True for v in values) > 1:
            raise ValidationError("only one value can be primary.")
        return values


class _Object(fields.Nested):
    """A complex value."""

    default_error_messages = {"null": _NULL.format(EXPECTED["complex"])}  # noqa: RUF012

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, dict):
            raise ValidationError(f"expected an object, not {_describe(value)}.")
        return super()._deserialize(value, attr, data, partial=partial, **kwargs)


def _field(attribute: Attribute, unknown: Unknown, *, element: bool = False) -> fields.Field[Any]:
    if attribute.mutability == "readOnly":
        return _Dropped()
    if not attribute.is_complex:
        one: fields.Field[Any] = _Value(attribute)
    else:
        one = _Object(_complex_schema(attribute, unknown), unknown=unknown)
    return _Values(one) if attribute.multi_valued and not element else one


@lru_cache(maxsize=2048)
def _value_field(attribute: Attribute, element: bool) -> fields.Field[Any]:
    return _field(attribute, "raise", element=element)


@lru_cache(maxsize=1024)
def _complex_schema(attribute: Attribute, unknown: Unknown) -> type[_Complex]:
    return _compile(attribute.sub_attributes, attribute.name, unknown)


def _compile(attributes: tuple[Attribute, ...], name: str, unknown: Unknown) -> type[_Complex]:
    # marshmallow reads a dot in a field's own name as a nested one, and URNs have dots: so fields
    # are numbered and carry their attribute's name as the key of their data.
    members: dict[str, Any] = {}
    for number, attribute in enumerate(attributes):
        field = _field(attribute, unknown)
        field.data_key = attribute.name
        members[f"field_{number}"] = field
    return type(name, (_Complex,), members)


@lru_cache(maxsize=256)
def _resource_schema(model: ResourceModel, strict: bool) -> Schema:
    unknown: Unknown = "raise" if strict else "exclude"
    own = (*model.attributes.values(), *model.extension_objects.values())
    schema: Schema = _compile(own, model.name, unknown)(unknown=unknown)
    return schema


# --- small things ------------------------------------------------------------------------------


def distinct(values: list[Any]) -> list[Any]:
    """Return the values, each once: those too that differ in whether they are primary (§2.4)."""
    if len(values) < 2:
        return values
    kept: dict[str, Any] = {}
    for one in values:
        first = kept.setdefault(json.dumps(without_primary(one), sort_keys=True), one)
        if isinstance(one, dict) and one.get("primary") is True:
            first["primary"] = True
    return list(kept.values())


def without_primary(value: Any) -> Any:
    """Return what a value is, whether or not it is the primary one."""
    if not isinstance(value, dict) or not isinstance(value.get("primary"), bool):
        return value
    return {name: part for name, part in value.items() if name != "primary"}


def _describe(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return shortened(json.dumps(value), 40)


def _explain(messages: Any, where: str = "") -> str:
    """Put marshmallow's nested messages as one sentence that begins with the place."""
    if isinstance(messages, list):
        return f"{where}: {messages[0]}" if where else str(messages[0])
    key, inner = next(iter(messages.items()))
    if key == "_schema":
        return _explain(inner, where)
    place = f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}" if where else str(key)
    return _explain(inner, place)
