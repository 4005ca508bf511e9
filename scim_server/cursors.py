"""Cursors: where a page ended, as text that only this server can write (RFC 9865 §2, §5.2).

A cursor holds the place itself, so nothing is kept for it: it is good for as long as the database
is, in every process that serves it, and does not expire. What it holds cannot be read or changed
by others. Each query has a key of its own, so a cursor of another query is no cursor at all; and
whatever is wrong with one, the answer is the same.
"""

from dataclasses import dataclass, replace
from typing import Final

import orjson

from scim_protocol.errors import InvalidCursor
from scim_protocol.filter import And, AttributePath, Comparison, Filter, Not, Or, Present, ValuePath
from scim_server.sealing import Broken, derived_key, opened, sealed
from scim_server.store.contract import Position


@dataclass(frozen=True)
class Cursors:
    """Writes and reads the cursors of one query."""

    _key: bytes

    @classmethod
    def of(
        cls,
        secret: bytes,
        tenant: str,
        types: list[str],
        tree: Filter | None,
        sort_by: str | None,
        *,
        descending: bool,
    ) -> "Cursors":
        """Return those of the query that asks for this; names are of any letter case."""
        by = sort_by.lower() if sort_by else None
        text = str(_in_lower_case(tree)) if tree is not None else None
        query = orjson.dumps([tenant, types, text, by, bool(by) and descending])
        return cls(derived_key(secret, query))

    def write(self, place: Position | None) -> str:
        """Return the cursor for what comes after a place, or for all, when there is none."""
        return sealed(self._key, orjson.dumps([place.value, place.key] if place else []))

    def read(self, cursor: str) -> Position | None:
        """Return what `write` was given; an empty cursor is for all (RFC 9865 §2, table 1).

        :raises InvalidCursor: `write` did not write it, or not for this query.
        """
        if not cursor:
            return None
        try:
            place = orjson.loads(opened(self._key, cursor))
        except Broken:
            raise InvalidCursor(_INVALID) from None
        return Position(*place) if place else None


_INVALID: Final = "The cursor is not one that this query was given; begin with an empty one."


def _in_lower_case(tree: Filter) -> Filter:
    """Return the filter with its attributes' names in lower case, its values as they are."""
    match tree:
        case And(left, right):
            return And(_in_lower_case(left), _in_lower_case(right))
        case Or(left, right):
            return Or(_in_lower_case(left), _in_lower_case(right))
        case Not(operand):
            return Not(_in_lower_case(operand))
        case ValuePath(path, inside):
            return ValuePath(_lower(path), _in_lower_case(inside))
        case Present(path) | Comparison(path):
            return replace(tree, path=_lower(path))


def _lower(path: AttributePath) -> AttributePath:
    urn, sub = path.urn, path.sub
    return AttributePath(urn and urn.lower(), path.name.lower(), sub and sub.lower())
