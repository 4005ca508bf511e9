"""The schemas and resource types that a server with a given configuration serves."""

from dataclasses import replace
from pathlib import Path

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import Schema
from scim_server.config import Config, ConfigError
from scim_server.schema_files import json_files, read_files


def catalog_for(config: Config) -> Catalog:
    """Return the standard catalog, with what the configuration adds to it and changes in it.

    What the server enforces, its schemas say: where group names are unique, /Schemas tells so.

    :raises ConfigError: a document of the configured folder cannot be served; all that is wrong
        with each is told, a line each.
    """
    catalog = _with_own(Path(config.schemas)) if config.schemas else Catalog.standard()
    if not config.unique_group_names:
        return catalog
    schemas = [
        _unique_names(schema) if schema.id == urns.GROUP else schema
        for schema in catalog.schemas.values()
    ]
    return Catalog.of(schemas, [model.type for model in catalog.models.values()])


def _with_own(folder: Path) -> Catalog:
    try:
        reading = read_files(json_files(folder))
    except OSError as error:
        raise ConfigError(f"schemas: {error.filename}: {error.strerror}.") from None
    # A schema without a use is a slip: what it was written for would not be there.
    if faults := reading.faults + reading.unused:
        raise ConfigError("\n".join(map(str, faults)))
    return reading.catalog


def _unique_names(group: Schema) -> Schema:
    attributes = tuple(
        replace(attribute, uniqueness="server") if attribute.name == "displayName" else attribute
        for attribute in group.attributes
    )
    return replace(group, attributes=attributes)
