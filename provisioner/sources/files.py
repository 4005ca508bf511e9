"""Files as sources: opened with one message for what can go wrong, and told apart by a hash."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from provisioner.record import SourceError
from provisioner.small_file import regular


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read its bytes.

    :raises SourceError: when it cannot be read.
    """
    try:
        with regular(path).open("rb") as file:
            yield file
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None


def fingerprint_of(*paths: Path | None) -> str | None:
    """Return a hash over the content of all files; None if one of them cannot be read."""
    total = hashlib.blake2b(digest_size=16)
    try:
        for path in paths:
            if path is not None:
                with regular(path).open("rb") as file:
                    total.update(hashlib.file_digest(file, "blake2b").digest())
    except OSError:
        return None
    return total.hexdigest()
