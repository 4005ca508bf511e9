"""Files that people write by hand, read whole; and those that are written whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Final

MOST: Final = 16 * 1024 * 1024  # bytes


def read_small(path: Path, most: int = MOST) -> bytes:
    """Return the bytes of a file.

    :raises OSError: when it cannot be read, or has more than `most` bytes.
    """
    with path.open("rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes")
    return found


def regular(path: Path) -> Path:
    """Return the path of something that can be read more than once, and has an end.

    :raises OSError: when it is a device, a pipe or a socket, or is not there.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file")
    return path


def write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Write a file that nobody else may read; what was there stays until all of it is written.

    :raises OSError: when it cannot be written; then all is as it was.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:  # A pipe or a device: there is nothing to keep.
            file.writelines(content)
        return
    path = path.resolve()  # A link stays one.
    number, beside = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(number, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(number)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
