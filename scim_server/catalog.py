"""The schemas and resource types that a server with a given configuration serves."""

from dataclasses import replace

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import Schema
from scim_server.config import Config


def catalog_for(config: Config) -> Catalog:
    """Return the standard catalog, with what the configuration changes in it.

    What the server enforces, its schemas say: where group names are unique, /Schemas tells so.
    """
    standard = Catalog.standard()
    if not config.unique_group_names:
        return standard
    schemas = [
        _unique_names(schema) if schema.id == urns.GROUP else schema
        for schema in standard.schemas.values()
    ]
    return Catalog.of(schemas, [model.type for model in standard.models.values()])


def _unique_names(group: Schema) -> Schema:
    attributes = tuple(
        replace(attribute, uniqueness="server") if attribute.name == "displayName" else attribute
        for attribute in group.attributes
    )
    return replace(group, attributes=attributes)
