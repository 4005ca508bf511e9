"""docs/clauses.md: each row is whole, each section is one of its RFC, each named test exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "clauses.md"
LEVELS = {
    "MUST", "MUST NOT", "SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "REQUIRED",
    "RECOMMENDED", "OPTIONAL",
}  # fmt: skip
# The sections of each RFC that say something of a service provider.
SECTIONS = {
    "7643": "1.2 2.1 2.3 2.3.1 2.3.4 2.3.5 2.3.6 2.3.7 2.3.8 2.4 2.5 3 3.1 3.3 4.1.1 4.1.2 4.2 4.3"
    " 5 6 7 9.2",
    "7644": "1.2 1.3 2 2.2 3.1 3.2 3.3 3.3.1 3.4 3.4.2 3.4.2.1 3.4.2.2 3.4.2.3 3.4.2.4 3.4.2.5"
    " 3.4.3 3.5 3.5.1 3.5.2 3.5.2.1 3.5.2.2 3.5.2.3 3.6 3.7 3.7.1 3.7.3 3.7.4 3.8 3.9 3.10 3.11"
    " 3.12 3.13 3.14 4 5 6 6.1 7.2 7.4 7.5.2 7.6 7.7 7.8 8.1",
    "9865": "2 2.1 2.3 2.4 4 5.2",
}


def tables():
    """Yield the number of the RFC and the cells of each row."""
    rfc = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rfc = line.split()[2].rstrip(":")
        elif line.startswith("| ") and not line.startswith(("| ---", "| section")):
            yield rfc, [cell.strip() for cell in line.strip("|").split(" | ")]


ROWS = list(tables())


@cache
def functions_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("rfc", SECTIONS)
def test_every_section_with_clauses_has_rows_and_no_other_has(rfc):
    assert set(SECTIONS[rfc].split()) == {cells[0] for number, cells in ROWS if number == rfc}


def test_every_row_has_all_its_cells():
    assert [] == [cells for _, cells in ROWS if len(cells) != 5 or not all(cells)]


def test_every_level_is_a_word_of_rfc_2119():
    assert {cells[1] for _, cells in ROWS} <= LEVELS


def test_what_the_server_does_is_said_in_one_of_three_ways():
    ways = ("done", "not offered", "chosen: ")

    assert [] == [cells for _, cells in ROWS if not cells[3].startswith(ways)]


def test_every_named_test_exists():
    named = [re.fullmatch(r"`(tests/server/test_\w+\.py)::(test_\w+)`", c[4]) for _, c in ROWS]

    assert None not in named
    assert [] == [m.group() for m in named if m and m[2] not in functions_in(m[1])]


def test_the_head_tells_how_many_there_are():
    counted = [re.search(r" \((\d+)\)$", cells[2]) for _, cells in ROWS]
    clauses = sum(int(found[1]) if found else 1 for found in counted)

    assert f"{clauses} clauses in {len(ROWS)} rows" in PAGE.read_text(encoding="utf-8")
