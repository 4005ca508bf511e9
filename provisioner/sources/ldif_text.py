"""The text of LDIF content records (RFC 2849): bytes to entries, with the line of what is wrong.

The libraries for it have had no release for years, or need a compiler and a directory's headers.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from typing import BinaryIO

from provisioner.record import SourceError


class Entry:
    """One entry: its name, and its values by attribute, whose letter case does not count."""

    def __init__(self, dn: str, where: str) -> None:
        self.dn = dn
        self.where = where
        self._spelled: dict[str, str] = {}
        self._values: dict[str, list[str | bytes]] = {}
        self._options: dict[str, str] = {}

    def add(self, description: str, value: str | bytes) -> None:
        """Add a value under an attribute description, such as ``cn;lang-en``."""
        name, _, options = description.partition(";")
        key = name.lower()
        self._spelled.setdefault(key, name)
        self._values.setdefault(key, []).append(value)
        if options:
            self._options[key] = options

    @property
    def names(self) -> list[str]:
        """The attributes in lower case, in the order of the file."""
        return list(self._spelled)

    def spelled(self, name: str) -> str:
        """Return an attribute's name as the file has it."""
        return self._spelled[name]

    def values(self, name: str) -> list[str | bytes]:
        """Return the values of an attribute, named in lower case."""
        return self._values.get(name, [])

    def texts(self, name: str) -> list[str]:
        """Return those that are text."""
        return [value for value in self.values(name) if isinstance(value, str)]

    def cut_off(self, name: str) -> str | None:
        """Say if an attribute holds only a part of its values: Active Directory's ``;range=``."""
        options = self._options.get(name, "").lower()
        if options.startswith("range=") and not options.endswith("-*"):
            return (
                f"{self.spelled(name)};{options} holds only a part of the values: export with a "
                "tool that reads ranged attributes to their end"
            )
        return None


def read_entries(file: BinaryIO, name: str) -> Iterator[Entry]:
    """Yield the entries of a file.

    :raises SourceError: at the first line that is not of a content record.
    """
    entry: Entry | None = None
    for number, line in _unfolded(file, name):
        where = f"{name} line {number}"
        if not line:
            if entry is not None:
                yield entry
            entry = None
            continue
        description, value = _parsed(line, where)
        if entry is not None:
            _refuse_changes(description, where)
            entry.add(description, value)
        elif description.lower() == "dn":
            entry = Entry(value if isinstance(value, str) else value.decode("utf-8"), where)
        elif description.lower() not in ("version", "search", "result"):
            raise SourceError(f"{where}: an entry must begin with its dn, not {description!r}")
    if entry is not None:
        yield entry


def _unfolded(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Yield logical lines with the number of their first; "" parts entries."""
    number, start, line = 0, 0, b""
    for number, raw in enumerate(file, 1):
        if not raw.endswith(b"\n"):
            raise SourceError(
                f"{name} line {number}: ends without a line break, so the file may have been cut "
                "off; end it with one"
            )
        text = raw.rstrip(b"\r\n")
        if text.startswith(b" ") and line:
            line += text[1:]
            continue
        if line and not line.startswith(b"#"):
            yield start, line
        if not text:
            yield number, b""
        start, line = number, text
    if line and not line.startswith(b"#"):
        yield start, line


def _parsed(line: bytes, where: str) -> tuple[str, str | bytes]:
    """Part ``name: text``, ``name:: base64`` and ``name:< url``."""
    head, colon, rest = line.partition(b":")
    try:
        description = head.decode("ascii").strip()
        if not colon or not description:
            raise SourceError(f"{where}: is not of the form `attribute: value`")
        if rest.startswith(b"<"):
            raise SourceError(f"{where}: {description} names a file or URL, which is not read")
        if not rest.startswith(b":"):
            return description, rest.strip(b" ").decode("utf-8")
        data = b64decode(rest[1:].strip(), validate=True)
    except (UnicodeDecodeError, Base64Error):
        raise SourceError(f"{where}: is neither UTF-8 text nor Base64; export it again") from None
    try:
        return description, data.decode("utf-8")
    except UnicodeDecodeError:
        return description, data


def _refuse_changes(description: str, where: str) -> None:
    if description.lower() == "changetype":
        raise SourceError(
            f"{where}: these are change records, not the content of a directory; export entries"
        )
