"""What an operation needs besides its request: the store, and what is known of each type."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Self

import orjson

from scim_protocol.catalog import Catalog
from scim_protocol.definitions import ResourceModel, Target
from scim_protocol.dialects import Noted, Spoken, relax_name
from scim_protocol.etag import Preconditions
from scim_protocol.matching import Effort
from scim_protocol.projection import Names, Projection, listed_names
from scim_protocol.resource import schemas_of
from scim_server.config import Config
from scim_server.representation import (
    GROUPS,
    MEMBERS,
    as_object,
    as_texts,
    beside,
    has_groups,
    has_members,
    is_shown_whole,
    secret_names,
)
from scim_server.store.contract import DEFAULT_TENANT, Link, Record, Store, Transaction
from scim_server.store.lookups import references

UNCONDITIONAL: Final = Preconditions()
"""What most requests come with."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as an operation sees it, free of any web framework.

    `read_body` reads the JSON of the body, which may be of so many bytes if a number is given.
    `subject` is the userName that the token stands for, if any. The names of the dialects that are
    needed to understand the request are gathered in `noted`; `hashes` has those of its secrets that
    were made before its transaction; `effort` bounds what the filters of
    its PATCHes look at, all together.
    """

    base_url: str
    parameters: Mapping[str, str]
    preconditions: Preconditions
    read_body: Callable[..., Any]
    subject: str | None = None
    noted: set[str] = field(default_factory=set)
    hashes: dict[str, str] = field(default_factory=dict, repr=False)
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as an operation gives it; the body is JSON text or nothing."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Kind:
    """A resource type with what is worked out of its schemas once.

    `holds_more` tells that resources may hold what no schema defines, which is never shown;
    `unasked` is what is shown to who asks for nothing in particular, `unasked_links` whether
    members and groups are in that.
    """

    model: ResourceModel
    has_members: bool
    has_groups: bool
    shown_whole: bool
    secrets: Sequence[str]
    references: Sequence[Target]
    holds_more: bool
    unasked: Projection
    unasked_links: tuple[bool, bool]

    @classmethod
    def of(cls, model: ResourceModel, *, holds_more: bool = False) -> Self:
        """Work it out."""
        unasked = Projection.parse(None, None, model)
        members, groups = has_members(model), has_groups(model)
        return cls(
            model,
            members,
            groups,
            is_shown_whole(model) and not holds_more,
            secret_names(model),
            references(model),
            holds_more,
            unasked,
            (members and unasked.shows(MEMBERS), groups and unasked.shows(GROUPS)),
        )

    def shows_links(self, projection: Projection) -> tuple[bool, bool]:
        """Tell whether an answer shows members, and groups."""
        if projection is self.unasked:
            return self.unasked_links
        shows = projection.shows
        return self.has_members and shows(MEMBERS), self.has_groups and shows(GROUPS)


@lru_cache(maxsize=64)
def _kinds(catalog: Catalog, more: frozenset[str]) -> Sequence[Kind]:
    return [Kind.of(model, holds_more=model.name in more) for model in catalog.models.values()]


def _new_id() -> str:
    return str(uuid.uuid4())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, eq=False)
class Service:
    """The server without HTTP, for one tenant."""

    config: Config
    catalog: Catalog
    store: Store
    tenant: str = DEFAULT_TENANT
    now: Callable[[], str] = _now
    new_id: Callable[[], str] = _new_id
    kinds: Sequence[Kind] = field(init=False)
    kind_of: Mapping[str, Kind] = field(init=False)
    spoken: Spoken = field(init=False)

    def __post_init__(self) -> None:
        kinds = _kinds(self.catalog, self.store.types_with_more)
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "kind_of", {kind.model.name: kind for kind in kinds})
        object.__setattr__(self, "spoken", self.config.spoken)

    def projection(
        self, kind: Kind, attributes: Names, excluded: Names, noted: Noted
    ) -> Projection:
        """Return what of resources of a type an answer is to show (RFC 7644 §3.9).

        :raises InvalidValue: both attributes and excluded ones are given.
        """
        if attributes is None and excluded is None:
            return kind.unasked
        model, spoken = kind.model, self.spoken

        def relaxed(given: Names) -> list[str]:
            return [relax_name(name, model, noted, spoken) for name in listed_names(given)]

        return Projection.parse(relaxed(attributes), relaxed(excluded), model)

    def show(
        self,
        tx: Transaction,
        kind: Kind,
        records: Sequence[Record],
        projection: Projection,
        base_url: str,
    ) -> list[bytes]:
        """Return resources as the JSON text of an answer.

        What the projection leaves out of members and groups is not even read.
        """
        keys = [record.key for record in records]
        members: Mapping[int, Sequence[Link]] = {}
        shows_members, shows_groups = kind.shows_links(projection)
        if shows_members:
            members = tx.members(keys, named=True)
        groups = tx.groups(records) if shows_groups else {}
        if kind.shown_whole and projection.requested is None and not projection.excluded:
            return as_texts(records, kind.model, base_url, members, groups)
        texts = []
        for record in records:
            linked = members.get(record.key, ()), groups.get(record.key, ())
            resource = as_object(record, beside(record, kind.model, base_url, *linked))
            if kind.holds_more:
                resource["schemas"] = schemas_of(resource, kind.model)
            texts.append(orjson.dumps(projection.apply(resource)))
        return texts
