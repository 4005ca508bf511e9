"""What each process counts, in a file of its own that is mapped into its memory.

A number is counted by one write to memory; it is in the file at once, even if the process is killed
then. Whoever is asked reads the files of all. Numbers are 8 bytes each, in the machine's own order:

    how many rows there are
    rows: 256 bytes of name, as JSON, and its numbers
"""

import json
import mmap
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NUMBER: Final = 8
_NAME: Final = 256

Name = tuple[str, ...]


class Counts:
    """The rows of one process, which count on where one of the same number has left off.

    :param rows: how many there may be; those that are not used take no room.
    :param width: how many numbers a row has.
    """

    def __init__(self, file: Path, rows: int, width: int) -> None:
        size = _NUMBER + rows * (_NAME + width * _NUMBER)
        with file.open("a+b") as opened:
            opened.truncate(size)
            self._memory = memoryview(mmap.mmap(opened.fileno(), size))
        self._used = self._memory[:_NUMBER].cast("d")
        self._width = width
        # Held while a number is changed: another thread may be at it.
        self.lock = threading.Lock()

    def row(self, *name: str) -> "memoryview[float]":
        """Return the numbers of a row, which is made if it is not there yet.

        :raises ValueError: the name is too long.
        """
        text = json.dumps(name, ensure_ascii=False).encode().ljust(_NAME)
        if len(text) > _NAME:
            raise ValueError(f"{name} is too long a name for a count")
        with self.lock:
            used = int(self._used[0])
            at = next((n for n in range(used) if self._part(n, 0, _NAME) == text), used)
            if at == used:
                self._part(at, 0, _NAME)[:] = text
                self._used[0] = used + 1
        return self._part(at, _NAME, self._width * _NUMBER).cast("d")

    def _part(self, row: int, start: int, length: int) -> memoryview:
        begin = _NUMBER + row * (_NAME + self._width * _NUMBER) + start
        return self._memory[begin : begin + length]


def read_counts(file: Path, width: int) -> Iterator[tuple[Name, tuple[float, ...]]]:
    """Yield the rows that are in the file of a process."""
    numbers = struct.Struct(f"{width}d")
    with file.open("rb") as opened:
        (used,) = struct.unpack("d", opened.read(_NUMBER))
        for _ in range(int(used)):
            name = tuple(json.loads(opened.read(_NAME)))
            yield name, numbers.unpack(opened.read(numbers.size))
