"""Dialects of resources in bodies, and of values wherever they stand."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.relaxing import is_reference
from scim_protocol.resource import UNASSIGNED, Resource, names_schema, repeats_its_schema
from scim_protocol.urns import GROUP

# --- what `schemas` names ----------------------------------------------------------------------

_DRAFT: Final = "urn:scim:schemas:core:"
_ADSCIM: Final = "http://schemas.microsoft.com/2006/11/resourcemanagement/adscim"
# What was sent instead of the URN of a core schema, in lower case.
_FORMER: Final = {GROUP: (f"{_ADSCIM}/group", f"{_ADSCIM}/2.0/group")}


def without_foreign_schemas(body: Resource, model: ResourceModel) -> Resource:
    """Leave out the URNs that are of no schema of the type, beside that of its core schema.

    OneLogin's word for that is one of a draft, `urn:scim:schemas:core:2.0`, which it sends alone;
    Entra ID's for groups was one of its own until the end of 2018.
    """

    def own(urns: list[Any]) -> list[Any]:
        kept = [urn for urn in urns if not isinstance(urn, str) or names_schema(urn, model)]
        is_former = any(_is_former(str(urn).lower(), model) for urn in urns)
        return [model.core.id, *kept] if is_former and model.core.id not in kept else kept or urns

    return _with_schemas(body, own)


def _is_former(urn: str, model: ResourceModel) -> bool:
    return urn.startswith(_DRAFT) or urn in _FORMER.get(model.core.id, ())


def without_repeated_schemas(body: Resource, model: ResourceModel) -> Resource:
    """Name each schema once."""

    def once(urns: list[Any]) -> list[Any]:
        is_text = all(isinstance(urn, str) for urn in urns)
        return list({urn.lower(): urn for urn in urns}.values()) if is_text else urns

    return _with_schemas(body, once)


def with_all_schemas(body: Resource, model: ResourceModel) -> Resource:
    """Name the schema of each extension that the body has data of."""
    used = list(_extensions_with_data(body, model))

    def completed(urns: list[Any]) -> list[Any]:
        named = {str(urn).lower() for urn in urns}
        return urns + [urn for urn in used if urn.lower() not in named]

    return _with_schemas(body, completed)


def _with_schemas(body: Resource, change: Callable[[list[Any]], list[Any]]) -> Resource:
    """Change a list of URNs that is there; what is none is left for the core to judge."""
    name = next((name for name in body if name.lower() == "schemas"), "")
    given = body.get(name)
    return {**body, name: change(given)} if given and isinstance(given, list) else body


def _extensions_with_data(body: Resource, model: ResourceModel) -> Iterable[str]:
    for name, value in body.items():
        extension = model.extension(name)
        parts = value.values() if isinstance(value, dict) else ()
        if extension is not None and any(part not in UNASSIGNED for part in parts):
            yield extension.id


# --- attributes that there are not -------------------------------------------------------------


def without_unknown_attributes(body: Resource, model: ResourceModel) -> Resource:
    """Leave out attributes of the resource that no schema of the type defines."""
    unknown = {name for name, value in body.items() if _names_nothing(name, value, model)}
    return {n: value for n, value in body.items() if n not in unknown} if unknown else body


def _names_nothing(name: str, value: Any, model: ResourceModel) -> bool:
    if name.lower() in model.attributes or model.extension(name) is not None:
        return False
    return value not in UNASSIGNED


def without_unknown_parts(value: Any, attribute: Attribute) -> Any:
    """Leave out sub-attributes that the schema does not define."""
    if not attribute.is_complex or not isinstance(value, dict):
        return value
    unknown = {name for name, part in value.items() if _is_unknown(name, part, attribute)}
    return {n: part for n, part in value.items() if n not in unknown} if unknown else value


def _is_unknown(name: str, part: Any, attribute: Attribute) -> bool:
    if attribute.sub(name) is not None or part in UNASSIGNED:
        return False
    return not repeats_its_schema(name, attribute.name)


# --- values in another form --------------------------------------------------------------------


def nothing_for_empty_reference(value: Any, attribute: Attribute) -> Any:
    """Take a reference to nothing as none."""
    return None if is_empty_reference(value, attribute) else value


def is_empty_reference(value: Any, attribute: Attribute) -> bool:
    """Tell whether a value refers to nothing: `{"value": ""}`, `""` or `[]` for a single one."""
    if attribute.multi_valued or not is_reference(attribute):
        return False
    if isinstance(value, list):
        return all(is_empty_reference(one, attribute) for one in value)
    if not isinstance(value, dict):
        return bool(value == "")
    named = {name.lower() for name in value}
    return "value" in named and all(
        part in (None, "") or _is_read_only(name, attribute) for name, part in value.items()
    )


def _is_read_only(name: str, attribute: Attribute) -> bool:
    sub = attribute.sub(name)
    return sub is not None and sub.mutability == "readOnly"


def reference_of_id(value: Any, attribute: Attribute) -> Any:
    """Take a bare id for the reference by that id."""
    is_id = isinstance(value, str) and value != ""
    return {"value": value} if is_id and is_reference(attribute) else value


def decoded(value: Any, attribute: Attribute) -> Any:
    """Take the JSON object that is written as text inside of `value` for the whole value."""
    text = value.get("value") if isinstance(value, dict) else None
    if not attribute.is_complex or not isinstance(text, str) or not text.startswith("{"):
        return value
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return value
    if not _is_flat(inner):
        return value
    # The schema has `display` for the name of a role, whatever else comes under its own name.
    names = {name.lower() for name in inner}
    if attribute.sub("display") is not None and "display" not in names:
        inner = {_NAMES.get(name.lower(), name): part for name, part in inner.items()}
    return {**value, "value": None, **inner}


_NAMES: Final = {"displayname": "display"}


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and not any(
        isinstance(part, dict | list) for part in value.values()
    )
