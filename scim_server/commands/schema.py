"""The commands of `scim-server schema`: documents checked before a server is started with them."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from scim_server.commands.shell import NO, stop
from scim_server.schema_files import Fault, Reading, json_files, read_files, summary


@click.group()
def schema() -> None:
    """Look at schema and resource type documents."""


@schema.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
def check(files: Sequence[str], as_json: bool) -> None:
    """Tell what is wrong with documents, or that nothing is.

    FILEs are read as what one server is to serve, together with the standard schemas; of a folder
    all files that end in .json are. A schema that none of them has a use for is told, but is well;
    so is a characteristic that does not hold, such as the uniqueness of a boolean.
    Exits with 0 if all is well, 1 if anything is wrong, 2 if a file cannot be read.
    """
    try:
        paths = list(dict.fromkeys(path for name in files for path in _expanded(Path(name))))
        reading = read_files(paths)
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}.")
    if as_json:
        click.echo(json.dumps(_report(paths, reading), ensure_ascii=False, indent=2))
    else:
        for line in _lines(reading):
            click.echo(line)
    sys.exit(NO if reading.faults else 0)


def _expanded(path: Path) -> list[Path]:
    return json_files(path) if path.is_dir() else [path]


def _lines(reading: Reading) -> list[str]:
    wrong = {fault.file for fault in reading.faults}
    well = [f"{file}: {summary(found)}" for file, found in reading.defined if file not in wrong]
    well += map(str, (*reading.unused, *reading.doubts))
    faults = list(map(str, reading.faults))
    count = len(faults)
    total = f"{count} {'thing is' if count == 1 else 'things are'} wrong." if count else "All well."
    return [*well, *faults, total]


def _report(paths: Sequence[Path], reading: Reading) -> dict[str, Any]:
    return {"ok": not reading.faults, "files": [_of_file(path, reading) for path in paths]}


def _of_file(path: Path, reading: Reading) -> dict[str, Any]:
    faults = [fault for fault in reading.faults if fault.file == path]
    return {
        "file": str(path),
        "ok": not faults,
        "defines": [summary(found) for file, found in reading.defined if file == path],
        "unused": [one.message for one in reading.unused if one.file == path],
        "warnings": [_told(one) for one in reading.doubts if one.file == path],
        "problems": [_told(fault) for fault in faults],
    }


def _told(fault: Fault) -> dict[str, str]:
    return {"place": fault.place, "message": fault.message}
