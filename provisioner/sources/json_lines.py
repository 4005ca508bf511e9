"""JSON Lines: one JSON object a line, one file for people, one for groups."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from provisioner.record import Kind, Record, SourceError, Value
from provisioner.sources.files import fingerprint_of, reading
from provisioner.sources.seen import SeenAttributes
from provisioner.sources.settings import JsonLinesSettings


class JsonLinesSource:
    """Reads the two files of a `[source]` with kind = "jsonl".

    An object inside an object is read as dotted names (`name.givenName`), a list of objects as the
    list of their `value`. Numbers become text, null and "" are no value. The last line must end
    with a line break: a file that was cut off in the middle does not.
    """

    def __init__(
        self, settings: JsonLinesSettings, needed: Mapping[Kind, frozenset[str]] | None = None
    ) -> None:
        self.settings = settings
        self.needed = needed or {}

    def columns(self, kind: Kind) -> None:
        """Return None: which attributes there are is known at the end of a read."""

    def fingerprint(self) -> str | None:
        """Return a hash over the files; None if one cannot be read."""
        return fingerprint_of(self.settings.users, self.settings.groups)

    def read(self, kind: Kind) -> Iterator[Record]:
        """Yield the records of one kind, in the order of the file.

        :raises SourceError: at the first thing that is wrong, with its line.
        """
        path = self.settings.file(kind)
        if path is None:
            return
        seen = SeenAttributes(self.needed.get(kind, ()))
        with reading(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    record = self._record(kind, line, f"{path.name} line {number}")
                    seen.note(record.attributes)
                    yield record
        seen.refuse_missing(path.name)

    def _record(self, kind: Kind, line: bytes, where: str) -> Record:
        document = _parsed(line, where)
        attributes = dict(_attributes(document, "", where))
        anchor = attributes.get(self.settings.anchor)
        if not isinstance(anchor, str) or not anchor:
            raise SourceError(
                f"{where}: {self.settings.anchor!r} is no text or number; every record needs its "
                "unchangeable id (source.anchor)"
            )
        return Record(kind, anchor, attributes, where)


def _parsed(line: bytes, where: str) -> dict[str, Any]:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{where}: is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise SourceError(f"{where}: must be a JSON object, one for each record")
    if not line.endswith(b"\n"):
        raise SourceError(f"{where}: ends without a line break, so the file may have been cut off")
    return document


def _attributes(
    document: Mapping[str, Any], prefix: str, where: str
) -> Iterator[tuple[str, Value]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _attributes(value, f"{prefix}{name}.", where)
        elif isinstance(value, list):
            yield prefix + name, [_item(item, prefix + name, where) for item in value] or None
        else:
            yield prefix + name, plain(value)


def plain(value: object) -> Value:
    """Return a JSON scalar as the engine knows it: text, a boolean, or no value."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str | bool) else str(value)


def _item(item: object, name: str, where: str) -> str:
    value = item.get("value") if isinstance(item, Mapping) else item
    if isinstance(value, str | int | float):
        return str(value)
    raise SourceError(
        f"{where}: a value of the list {name!r} is neither text, nor a number, nor an object with "
        'a "value"'
    )
