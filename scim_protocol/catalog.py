"""What an endpoint serves: schemas and resource types, joined (RFC 7643 §6, §8)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Self

from scim_protocol.definitions import Document, ResourceModel, ResourceType, Schema


@dataclass(frozen=True, eq=False)
class Catalog:
    """The schemas and resource types that an endpoint serves."""

    schemas: Mapping[str, Schema]
    models: Mapping[str, ResourceModel]

    @classmethod
    def of(cls, schemas: Iterable[Schema], types: Iterable[ResourceType]) -> Self:
        """Join resource types with their schemas.

        :raises KeyError: when a resource type names a schema that is not among them.
        """
        by_id = {schema.id: schema for schema in schemas}
        listed = list(types)
        endpoints = {kind.name: kind.endpoint for kind in listed}
        models = {
            kind.name: ResourceModel(
                kind,
                by_id[kind.schema],
                tuple(by_id[extension.schema] for extension in kind.extensions),
                endpoints,
            )
            for kind in listed
        }
        return cls(by_id, models)

    @classmethod
    @cache
    def standard(cls) -> "Catalog":
        """Return the schemas and resource types of RFC 7643 §8: User, Group, Enterprise User."""
        schemas = map(Schema.from_json, _documents("schemas"))
        types = map(ResourceType.from_json, _documents("resource_types"))
        return cls.of(schemas, types)

    def model_at(self, endpoint: str) -> ResourceModel | None:
        """Return the model served at an endpoint such as "/Users"."""
        return next((m for m in self.models.values() if m.endpoint == endpoint), None)


def _documents(folder: str) -> Iterator[Document]:
    files = resources.files("scim_protocol").joinpath(folder).iterdir()
    for file in sorted(files, key=lambda file: file.name):
        yield json.loads(file.read_text(encoding="utf-8"))
