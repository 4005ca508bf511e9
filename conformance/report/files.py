"""Writes reports to files."""

import os
from contextlib import suppress
from pathlib import Path

STANDARD_OUTPUT = Path("-")


def problem_of(path: Path) -> str | None:
    """Say why a report could not be written, before there is one; None when it can be."""
    if not path.parent.is_dir():
        return f"there is no directory {path.parent}"
    try:
        if _is_replaced(path):
            _draft(path).touch()
            _draft(path).unlink()
        elif path.exists() and not os.access(path, os.W_OK):
            return "it may not be written to"
    except OSError as problem:
        return problem.strerror or str(problem)
    return None


def write(text: str, path: Path) -> None:
    """Write a report; a reader sees the old file or the whole new one."""
    if not _is_replaced(path):
        path.write_text(text, "utf-8")
        return
    draft = _draft(path)
    try:
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


def _is_replaced(path: Path) -> bool:
    """A pipe, a device or a link is written to, never replaced."""
    return not path.is_symlink() and (path.is_file() or not path.exists())


def _draft(path: Path) -> Path:
    # Short, as there are file names of the longest kind; of two runs each has its own.
    return path.with_name(f".{os.getpid()}.part")
