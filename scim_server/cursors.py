"""Cursors: where a page ended, as text that only this server can write (RFC 9865 §2, §5.2).

A cursor holds the place itself, so nothing is kept for it: it is good for as long as the database
is, in every process that serves it, and does not expire. What it holds cannot be read or changed
by others. Each query has a key of its own, so a cursor of another query is no cursor at all; and
whatever is wrong with one, the answer is the same.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import Final

import orjson

from scim_protocol.errors import InvalidCursor
from scim_protocol.filter import And, AttributePath, Comparison, Filter, Not, Or, Present, ValuePath
from scim_server.store.contract import Position

_SEAL: Final = 16
# The longest is of a place in texts of which the store takes 1,000 characters.
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{22,16384}")


@dataclass(frozen=True)
class Cursors:
    """Writes and reads the cursors of one query.

    A cursor is `seal | text`: the seal is a MAC of the text (HMAC-SHA256), and also what the
    stream that hides the text begins from (SHAKE256 with the key before it).
    """

    _key: bytes

    @classmethod
    def of(
        cls,
        secret: bytes,
        types: list[str],
        tree: Filter | None,
        sort_by: str | None,
        *,
        descending: bool,
    ) -> "Cursors":
        """Return those of the query that asks for this; names are of any letter case."""
        by = sort_by.lower() if sort_by else None
        text = str(_in_lower_case(tree)) if tree is not None else None
        query = orjson.dumps([types, text, by, bool(by) and descending])
        return cls(_mac(secret, query))

    def write(self, place: Position | None) -> str:
        """Return the cursor for what comes after a place, or for all, when there is none."""
        text = orjson.dumps([place.value, place.key] if place else [])
        seal = _mac(self._key, text)[:_SEAL]
        return _encode(seal + self._mask(seal, text))

    def read(self, cursor: str) -> Position | None:
        """Return what `write` was given; an empty cursor is for all (RFC 9865 §2, table 1).

        :raises InvalidCursor: `write` did not write it, or not for this query.
        """
        if not cursor:
            return None
        sealed = _decode(cursor)
        seal = sealed[:_SEAL]
        text = self._mask(seal, sealed[_SEAL:])
        if not hmac.compare_digest(seal, _mac(self._key, text)[:_SEAL]):
            raise InvalidCursor(_INVALID)
        place = orjson.loads(text)
        return Position(*place) if place else None

    def _mask(self, seal: bytes, text: bytes) -> bytes:
        """Hide a text, or show what was hidden."""
        stream = hashlib.shake_256(self._key + seal).digest(len(text))
        return bytes(one ^ other for one, other in zip(text, stream, strict=True))


_INVALID: Final = "The cursor is not one that this query was given; begin with an empty one."


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(cursor: str) -> bytes:
    if not _FORM.fullmatch(cursor) or len(cursor) % 4 == 1:
        raise InvalidCursor(_INVALID)
    data = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    # The last character may have bits that no byte takes: one cursor has one spelling.
    if _encode(data) != cursor:
        raise InvalidCursor(_INVALID)
    return data


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
