"""LDIF exports of a directory (RFC 2849): people and groups, in one file or in two.

References in a directory are distinguished names, which change when somebody is moved; the engine
wants the id that never does. So the files are read once for the names, and once for the records.
"""

import sqlite3
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Final

from provisioner.record import Kind, Record, SourceError, Value
from provisioner.sources.files import fingerprint_of, reading
from provisioner.sources.ldif_text import Entry, read_entries
from provisioner.sources.seen import SeenAttributes
from provisioner.sources.settings import LdifSettings

# Active Directory's: this bit of userAccountControl says that the account is disabled.
_DISABLED: Final = 0x2
# What the engine asks of every group, by the names that directories have for it.
_GROUP_NAMES: Final = ("displayName", "cn")
_GROUP_MEMBERS: Final = ("member", "uniqueMember", "memberUid")


class LdifSource:
    """Reads the entries of a `[source]` with kind = "ldif".

    Attribute names are matched without regard to letter case. An attribute with one value is text,
    with several a list. Groups have `displayName` and `members` also where the directory calls them
    `cn`, and `member`, `uniqueMember` or `memberUid`; people have `accountEnabled` where
    `userAccountControl` or `nsAccountLock` says it.
    """

    def __init__(
        self, settings: LdifSettings, needed: Mapping[Kind, frozenset[str]] | None = None
    ) -> None:
        self.settings = settings
        self.needed = needed or {}
        self._names = {name.lower(): name for each in self.needed.values() for name in each}

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
        classes = {name.lower() for name in self._classes(kind)}
        seen = SeenAttributes(self.needed.get(kind, ()))
        with self._index() as index, reading(path) as file:
            for entry in read_entries(file, path.name):
                if classes & {text.lower() for text in entry.texts("objectclass")}:
                    record = self._record(kind, entry, index)
                    seen.note(record.attributes)
                    yield record
        seen.refuse_missing(path.name)

    def _classes(self, kind: Kind) -> tuple[str, ...]:
        return self.settings.user_classes if kind == "users" else self.settings.group_classes

    def _index(self) -> "_Index":
        index = _Index()
        for path in dict.fromkeys(
            each for each in (self.settings.users, self.settings.groups) if each is not None
        ):
            with reading(path) as file:
                index.fill(read_entries(file, path.name), self.settings.anchor.lower())
        return index

    def _record(self, kind: Kind, entry: Entry, index: "_Index") -> Record:
        anchor = _anchor(entry, self.settings.anchor.lower())
        if anchor is None:
            raise SourceError(
                f"{entry.where}: has no {self.settings.anchor}, the unchangeable id that every "
                "entry needs (source.anchor); operational attributes are exported only if asked for"
            )
        references = {name.lower() for name in self.settings.references}
        attributes: dict[str, Value] = {}
        for name in entry.names:
            if (rest := entry.cut_off(name)) is not None:
                raise SourceError(f"{entry.where}: {rest}")
            values = [_text(value) for value in entry.values(name)]
            if name in references:
                values = [index.anchor_of(value) for value in values]
            attributes[self._names.get(name, entry.spelled(name))] = _value(values)
        attributes[self._names.get(self.settings.anchor.lower(), self.settings.anchor)] = anchor
        _complete(kind, attributes, entry, index)
        return Record(kind, anchor, attributes, entry.where)


class _Index:
    """Which anchor a distinguished name, or a login name, stands for: on disk, not in memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # a temporary database, spilled to disk as it grows
        self._db.execute("create table names (name text primary key, anchor text) without rowid")

    def __enter__(self) -> "_Index":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def fill(self, entries: Iterator[Entry], anchor: str) -> None:
        """Note all entries of a file."""
        rows = (row for entry in entries for row in _names_of(entry, anchor))
        self._db.executemany("insert or replace into names values (?, ?)", rows)

    def anchor_of(self, dn: str) -> str:
        """Return the anchor of an entry; the name itself if the export does not have it."""
        return self._find(_folded(dn)) or dn

    def anchor_of_login(self, uid: str) -> str:
        """Return the anchor of who has a login name."""
        return self._find(f"uid:{uid.lower()}") or uid

    def _find(self, name: str) -> str | None:
        found = self._db.execute("select anchor from names where name = ?", (name,)).fetchone()
        return found[0] if found else None


def _names_of(entry: Entry, anchor: str) -> Iterator[tuple[str, str]]:
    identifier = _anchor(entry, anchor)
    if identifier is not None:
        yield _folded(entry.dn), identifier
        for uid in entry.texts("uid"):
            yield f"uid:{uid.lower()}", identifier


def _folded(dn: str) -> str:
    """Bring a name to the form in which names are compared: case and blanks do not count."""
    return ",".join(part.strip().casefold() for part in dn.split(","))


def _anchor(entry: Entry, name: str) -> str | None:
    if name == "dn":
        return entry.dn
    value = next(iter(entry.values(name)), None)
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes_le=value))  # Active Directory's objectGUID
    return _text(value) if value else None


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else b64encode(value).decode("ascii")


def _value(values: list[str]) -> Value:
    filled = [value for value in values if value]
    return filled if len(filled) > 1 else next(iter(filled), None)


def _complete(kind: Kind, attributes: dict[str, Value], entry: Entry, index: _Index) -> None:
    """Add what the engine looks for under its own names."""
    if kind == "groups":
        names = (text for name in _GROUP_NAMES for text in entry.texts(name.lower()))
        attributes.setdefault("displayName", next(names, None))
        attributes.setdefault("members", _members(entry, index))
    elif (enabled := _enabled(entry)) is not None:
        attributes.setdefault("accountEnabled", enabled)


def _members(entry: Entry, index: _Index) -> Value:
    found: list[str] = []
    for name in _GROUP_MEMBERS:
        find = index.anchor_of_login if name == "memberUid" else index.anchor_of
        found += [find(text) for text in entry.texts(name.lower())]
    return list(dict.fromkeys(found)) or None


def _enabled(entry: Entry) -> bool | None:
    for text in entry.texts("useraccountcontrol"):
        if text.lstrip("-").isdigit():
            return not int(text) & _DISABLED
    for text in entry.texts("nsaccountlock"):
        return text.lower() != "true"
    return None
