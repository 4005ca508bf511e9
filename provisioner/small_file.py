"""Files that people write by hand, read whole: one that has no end is given up early."""

import errno
import stat
from pathlib import Path
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
