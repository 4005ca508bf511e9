"""docs/corner-cases.md: each row is whole, none is missing, each named test exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "corner-cases.md"
TEST = re.compile(r"`(tests/\w+/test_\w+\.py)::(test_\w+)`")
TABLES = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| ---", "| | ", "| question"))
]
ROWS = [cells for cells in TABLES if cells[0].isdecimal()]


@cache
def functions_in(path):
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_the_rows_are_numbered_without_a_gap():
    assert [str(number) for number in range(1, 99)] == [cells[0] for cells in ROWS]


def test_every_row_has_all_its_cells():
    assert [] == [cells for cells in ROWS if len(cells) != 6 or not all(cells)]


def test_every_row_names_a_section_of_an_rfc_or_says_that_none_speaks_of_it():
    section = re.compile(r"764[34] §\d+(\.\d+)*|—")

    assert [] == [cells for cells in ROWS if not section.fullmatch(cells[4])]


def test_every_row_names_tests_and_nothing_else():
    assert [] == [cells for cells in TABLES if not TEST.search(cells[-1])]
    assert [] == [cells for cells in TABLES if TEST.sub("", cells[-1]).strip(", ")]


def test_every_named_test_exists():
    named = [found for cells in TABLES for found in TEST.finditer(cells[-1])]

    assert [] == [one.group() for one in named if one[2] not in functions_in(one[1])]
