"""What an endpoint serves: schemas and resource types, joined (RFC 7643 §6, §8)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Self

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
        schemas = map(Schema.from_json, _documents("schemas", _SCHEMAS))
        types = map(ResourceType.from_json, _documents("resource_types", _RESOURCE_TYPES))
        return cls.of(schemas, types)

    def model_at(self, endpoint: str) -> ResourceModel | None:
        """Return the model served at an endpoint such as "/Users"."""
        return next((m for m in self.models.values() if m.endpoint == endpoint), None)


# In the order of RFC 7643 §8.7, which discovery keeps: clients have been seen to rely on it.
_RESOURCE_TYPES: Final = ("user", "group")
_SCHEMAS: Final = (
    *("user", "group", "enterprise_user"),
    *("service_provider_config", "resource_type", "schema"),
)


def _documents(folder: str, names: Iterable[str]) -> Iterator[Document]:
    place = resources.files("scim_protocol").joinpath(folder)
    for name in names:
        yield json.loads(place.joinpath(f"{name}.json").read_text(encoding="utf-8"))
