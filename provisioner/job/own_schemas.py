"""Schemas that a target has beyond RFC 7643, from files such as its saved /Schemas answer."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

from provisioner.small_file import read_small
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import ResourceModel, Schema, SchemaExtension


class SchemaFileError(Exception):
    """A schema file cannot be used; the message names it and says why."""


def catalog_with(files: Sequence[Path]) -> Catalog:
    """Return the standard schemas and resource types, with the files' schemas added.

    A schema of a known URN takes that one's place; another is an extension of the resource type
    that its URN ends in (``…:2.0:User``), or of both if it ends in neither.

    :raises SchemaFileError: if a file is not a schema document, nor a list of them.
    """
    schemas = [schema for file in files for schema in _read(file)]
    return reduce(_add, schemas, Catalog.standard())


def _read(file: Path) -> Iterator[Schema]:
    try:
        document = json.loads(read_small(file).decode("utf-8-sig"))
    except OSError as error:
        raise SchemaFileError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SchemaFileError(f"{file.name}: is not JSON: {error}") from None
    except RecursionError:
        raise SchemaFileError(f"{file.name}: is JSON that is nested too deeply") from None
    listed = document.get("Resources") if isinstance(document, dict) else document
    for item in listed if isinstance(listed, list) else [document]:
        yield _schema(file, item)


def _schema(file: Path, document: Any) -> Schema:
    try:
        return Schema.from_json(document)
    except KeyError as error:
        missing = str(error)
    except (TypeError, AttributeError, RecursionError):
        missing = "what makes it one"
    raise SchemaFileError(
        f"{file.name}: is not a schema as a target's /Schemas shows it (RFC 7643 §7): "
        f"it lacks {missing}"
    )


def _add(catalog: Catalog, schema: Schema) -> Catalog:
    ends = schema.id.rpartition(":")[2].lower()
    meant = [name for name in catalog.models if name.lower() == ends]
    if not meant and schema.id not in catalog.schemas:
        meant = list(catalog.models)
    models = {
        name: _extended(model, schema) if name in meant else model
        for name, model in catalog.models.items()
    }
    return Catalog({**catalog.schemas, schema.id: schema}, models)


def _extended(model: ResourceModel, schema: Schema) -> ResourceModel:
    if schema.id.lower() == model.core.id.lower():
        return replace(model, core=schema)
    others = tuple(known for known in model.extensions if known.id.lower() != schema.id.lower())
    kind = model.type
    if len(others) == len(model.extensions):
        kind = replace(kind, extensions=(*kind.extensions, SchemaExtension(schema.id)))
    return replace(model, type=kind, extensions=(*others, schema))
