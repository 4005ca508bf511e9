"""CSV files: one for people, one for groups, as an administrator exports them."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from provisioner.nearest import did_you_mean
from provisioner.record import Kind, Record, SourceError, Value
from provisioner.small_file import regular
from provisioner.sources.files import fingerprint_of
from provisioner.sources.settings import CsvSettings

# A group's members share one cell; the csv module's own bound of 128 KiB holds about 3,500 of them.
MAX_CELL = 256 * 1024 * 1024


class CsvSource:
    """Reads the two files of a `[source]` with kind = "csv".

    The first line names the columns; they are matched exactly. An empty cell is no value. The
    columns in `list_columns` hold lists, parted by `list_separator`. A file that has a header and
    no rows is read as empty: whether that is to be believed is for the engine to say.
    """

    def __init__(
        self, settings: CsvSettings, needed: Mapping[Kind, frozenset[str]] | None = None
    ) -> None:
        self.settings = settings
        self.needed = needed or {}

    def columns(self, kind: Kind) -> Sequence[str] | None:
        """Return the names in the header; None if there is no file or it cannot be read."""
        path = self.settings.file(kind)
        if path is None:
            return None
        try:
            with regular(path).open(encoding=self.settings.encoding, newline="") as file:
                _, header = next(self._rows(path, file), (1, None))
                return header
        except (OSError, UnicodeDecodeError, SourceError):
            return None

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
        try:
            with regular(path).open(encoding=self.settings.encoding, newline="") as file:
                yield from self._records(kind, path, file)
        except OSError as error:
            raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SourceError(_wrong_encoding(path, self.settings.encoding)) from None

    def _records(self, kind: Kind, path: Path, file: TextIO) -> Iterator[Record]:
        rows = self._rows(path, file)
        _, header = next(rows, (1, []))
        self._check_header(kind, path, header)
        anchor = header.index(self.settings.anchor)
        lists = {i for i, name in enumerate(header) if name in self.settings.list_columns}
        for line, row in rows:
            where = f"{path.name} line {line}"
            if len(row) != len(header):
                raise SourceError(_wrong_width(where, row, header))
            if not row[anchor]:
                raise SourceError(
                    f"{where}: the column {self.settings.anchor!r} is empty; every row needs its "
                    "unchangeable id"
                )
            attributes: dict[str, Value] = {
                name: self._list(cell) if index in lists else cell or None
                for index, (name, cell) in enumerate(zip(header, row, strict=True))
            }
            yield Record(kind, row[anchor], attributes, where)

    def _rows(self, path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that is not blank with the number of its first line."""
        csv.field_size_limit(MAX_CELL)
        reader = csv.reader(
            _lines_of_text(path, file), delimiter=self.settings.delimiter, strict=True
        )
        line = 1
        try:
            for row in reader:
                if row:
                    yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise SourceError(f"{path.name} line {line}: {_reason(error)}") from None

    def _check_header(self, kind: Kind, path: Path, header: Sequence[str]) -> None:
        if not header:
            raise SourceError(f"{path}: is empty; its first line must name the columns")
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise SourceError(f"{path.name}: the column {twice[0]!r} is there twice; rename one")
        wanted = {self.settings.anchor, *self.needed.get(kind, ())}
        missing = [
            f"no column {name!r}{did_you_mean(name, header)}"
            for name in sorted(wanted.difference(header))
        ]
        if missing:
            raise SourceError(f"{path.name}: {', '.join(missing)}{self._delimiter_hint(header)}")

    def _delimiter_hint(self, header: Sequence[str]) -> str:
        hint = other_delimiter(header)
        return f"; {hint}" if hint else ""

    def _list(self, cell: str) -> Value:
        values = [value.strip() for value in cell.split(self.settings.list_separator)]
        return [value for value in values if value] or None


def _lines_of_text(path: Path, file: TextIO) -> Iterator[str]:
    """Yield the lines of a file; a zero byte is in no text."""
    for number, line in enumerate(file, 1):
        if "\0" in line:
            raise SourceError(
                f"{path.name} line {number}: is not text, it has bytes that are zero; export the "
                "file again, or set source.encoding to what it is (such as utf-16)"
            )
        yield line


def other_delimiter(columns: Sequence[str]) -> str:
    """Return what to do if all columns were read as one; nothing if they were not."""
    marks = [mark for mark in ";\t|," if len(columns) == 1 and mark in columns[0]]
    return f"the columns seem to be parted by {marks[0]!r}: set source.delimiter" if marks else ""


def _reason(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return 'a quoted cell that begins in this row has no closing "'
    return f"is not well-formed CSV: {error}"


def _wrong_width(where: str, row: Sequence[str], header: Sequence[str]) -> str:
    return (
        f"{where}: has {len(row)} cells and the header has {len(header)}; a cell that holds the "
        "delimiter must be in double quotes"
    )


def _wrong_encoding(path: Path, encoding: str) -> str:
    """Name the line and byte at which the text stops being what the encoding says."""
    data = path.read_bytes()
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding.lower().startswith("utf-8") else encoding
        likely = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        return (
            f"{path.name} line {line}: byte 0x{data[error.start]:02x} is not {name} text; save the "
            f"file as UTF-8, or set source.encoding to what it is (such as {likely})"
        )
    return f"{path.name}: is not {encoding} text; set source.encoding to what it is"
