"""Writes reports to files."""

from pathlib import Path


def write(text: str, path: Path) -> None:
    """Write a report; a reader sees the old file or the whole new one."""
    if path.exists() and not path.is_file():  # a pipe or a device is written to, never replaced
        path.write_text(text, "utf-8")
        return
    draft = path.with_name(path.name + ".part")
    draft.write_text(text, "utf-8")
    draft.replace(path)
