"""The documentation is true: what a page shows is run, in the order of the page.

How pages are written, so that this can be:

- A ```python block is run. The blocks of a page share their names; `url` and `token` are those of
  a server of the page's own. A function `test_…` is called with a fresh `scim_server`.
- A block with a file's name behind its language, such as ```csv people.csv, is written to the
  working directory. A job file must load, unless its name says that it is `broken`.
- In a ```console block each `$ command` is run and what it prints compared with what follows;
  `...` stands for anything, and white space for any white space. `$ echo $?` is the exit code.
- http://127.0.0.1:8000/scim/v2 stands for the page's server; `SCIM_URL` and `SCIM_TOKEN` are set.
- ```text and indented blocks are shown alone.
"""

import doctest
import json
import re
import runpy
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from marshmallow import fields as shapes

from conformance.check import all_checks
from conformance.commands import cli as conformance
from provisioner import Job
from provisioner.commands import cli as provisioner
from provisioner.job.durations import seconds
from provisioner.job.fields import ROW_KEYS
from provisioner.job.file import JobTable
from provisioner.job.settings import Guards, Limit, Policy, ScopeSettings, TargetSettings
from provisioner.language.expressions import ExpressionError, parse_expression
from provisioner.language.functions import FUNCTIONS
from provisioner.language.functions.registry import REFUSED
from provisioner.sources import KINDS
from provisioner.sources.tables import TABLES as SOURCES
from provisioner.sources.tables import SourceField
from scim_client import cli as scim_client
from scim_server.commands import cli as scim_server
from scim_server.testing import LiveServer

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "scim-server": scim_server.main,
    "scim-client": scim_client.main,
    "scim-provisioner": provisioner.main,
    "scim-conformance": conformance.main,
}
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.glob("*.md")])
EVERY_PAGE = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("[eb]*/**/*.md")])
SERVER = "http://127.0.0.1:8000/scim/v2"


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


class Block(NamedTuple):
    """A fenced block: its language, its file name, its text and the line where that begins."""

    language: str
    file: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*) *(\S*)\n(.*?)^```$", text, re.M | re.S):
        yield Block(found[1], found[2], found[3], text.count("\n", 0, found.start(3)))


def table(page: Path, heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without its head."""
    section = re.split(r"^#+ ", page.read_text(encoding="utf-8"), flags=re.M)
    below = next(part for part in section if part.startswith(f"{heading}\n"))
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(cell: str) -> str:
    """Return the first `code` of a cell."""
    found = re.search(r"`(.+?)`(?!`)", cell)
    assert found, f"no `code` in the cell {cell!r}"
    return found[1]


# --- pages that are run --------------------------------------------------------------------------


class Reader:
    """Does what a page says."""

    def __init__(self, page: Path, server: LiveServer) -> None:
        self.page = page
        self.server = server
        self.names: dict[str, Any] = {"url": server.url, "token": server.token}
        self.exit_code = 0

    def read(self, block: Block) -> None:
        if block.file:
            self.write(block)
        elif block.language == "python":
            self.run(block)
        elif block.language == "console":
            self.type_in(block)
        elif block.language == "toml":
            tomllib.loads(block.text)

    def write(self, block: Block) -> None:
        path = Path(block.file)
        path.write_text(block.text.replace(SERVER, self.server.url), encoding="utf-8")
        if path.suffix == ".toml" and not path.stem.startswith("broken"):
            Job.load(path)

    def run(self, block: Block) -> None:
        # The empty lines make a traceback name the line of the page.
        text = "\n" * block.line + block.text.replace(SERVER, self.server.url)
        exec(compile(text, name_of(self.page), "exec"), self.names)
        for name in [name for name in self.names if name.startswith("test_")]:
            with LiveServer() as server:
                self.names.pop(name)(server)

    def type_in(self, block: Block) -> None:
        for typed in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
            line, _, expected = typed.replace("\\\n", "").partition("\n")
            printed = self.command(line).replace(self.server.url, SERVER)
            if not same_output(expected, printed):
                pytest.fail(
                    f"{name_of(self.page)}, below line {block.line}: $ {line}\n"
                    f"--- the page says\n{expected}--- it prints\n{printed}",
                    pytrace=False,
                )

    def command(self, line: str) -> str:
        if line == "echo $?":
            return f"{self.exit_code}\n"
        words = shlex.split(line.replace("$SCIM_URL", self.server.url).replace(SERVER, "$URL"))
        words = [word.replace("$URL", self.server.url) for word in words]
        given = None
        if "|" in words:
            assert words[0] == "echo"
            given, words = " ".join(words[1 : words.index("|")]), words[words.index("|") + 1 :]
        result = CliRunner().invoke(COMMANDS[words[0]], words[1:], input=given)
        self.exit_code = result.exit_code
        return result.output


def same_output(expected: str, printed: str) -> bool:
    how = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(expected, printed, how)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_shows_is_what_happens(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    # A page may declare a check of its own.
    checks = {check.id: check for check in all_checks()}
    monkeypatch.setattr("conformance.check._registry", checks)
    with LiveServer() as server:
        monkeypatch.setenv("SCIM_URL", server.url)
        monkeypatch.setenv("SCIM_TOKEN", server.token)
        reader = Reader(page, server)
        for block in blocks(page):
            reader.read(block)


# --- expressions ---------------------------------------------------------------------------------

EXPRESSIONS = DOCS / "expressions.md"
KINDS_OF_FUNCTIONS = ("Texts", "Lists", "Choices and tests", "Dates", "Made values, numbers")


def function_rows() -> list[list[str]]:
    return [row for kind in KINDS_OF_FUNCTIONS for row in table(EXPRESSIONS, kind)]


def example_rows() -> list[list[str]]:
    return function_rows() + table(EXPRESSIONS, "Replace")


def record() -> dict[str, Any]:
    text = next(block.text for block in blocks(EXPRESSIONS) if block.file == "record.json")
    return json.loads(text)


def test_every_function_is_documented_with_its_signature():
    documented = [code(row[0]) for row in function_rows() if row[0]]

    assert sorted(each.signature for each in FUNCTIONS.values()) == sorted(documented)


@pytest.mark.parametrize("row", example_rows(), ids=lambda row: code(row[2]))
def test_an_example_gives_the_result_that_is_documented(row):
    example, result = code(row[2]), row[3]
    value = parse_expression(example).evaluate(record())

    if result.startswith("`"):
        assert (None if result == "`Null`" else json.loads(code(result))) == value
    else:
        assert "such as" in result
        assert isinstance(value, str)


def test_every_refused_function_is_documented():
    rows = table(EXPRESSIONS, "Refused functions")

    assert set(REFUSED) == {code(row[0]).lower() for row in rows}


@pytest.mark.parametrize("row", table(EXPRESSIONS, "What is refused"), ids=lambda row: code(row[0]))
def test_what_is_documented_as_refused_is_refused_with_that_message(row):
    with pytest.raises(ExpressionError) as refusal:
        parse_expression(code(row[0]))

    assert code(row[1]) == str(refusal.value)


# --- job file ------------------------------------------------------------------------------------

JOB_FILE = DOCS / "job-file.md"
COMMON = {"kind", "anchor"}
TABLES = {
    f"`[{name}]`": field.schema.fields.keys()
    for name, field in JobTable().fields.items()
    if isinstance(field, shapes.Nested)
} | {
    "`[source]`": COMMON,
    **{f'`kind = "{kind}"`': each().fields.keys() - COMMON for kind, each in SOURCES.items()},
}
SETTINGS = {
    **{f'`kind = "{kind}"`': settings for kind, (settings, _) in KINDS.items()},
    "`[target]`": TargetSettings,
    "`[scope]`": ScopeSettings,
    "`[policy]`": Policy,
}


def keys_under(heading: str) -> dict[str, list[str]]:
    return {code(row[0]): row for row in table(JOB_FILE, heading)}


@pytest.mark.parametrize("heading", [each for each in TABLES if each != "`[users]`"])
def test_every_key_of_a_table_is_documented(heading):
    documented = keys_under("`[users]` and `[groups]`" if heading == "`[groups]`" else heading)

    assert TABLES[heading] == documented.keys()


def test_users_have_no_key_that_groups_lack():
    assert TABLES["`[users]`"] <= TABLES["`[groups]`"]


def test_every_key_above_the_tables_is_documented():
    tables = shapes.Nested | SourceField
    plain = {key for key, field in JobTable().fields.items() if not isinstance(field, tables)}

    assert plain == keys_under("Above the tables").keys()


def test_every_key_of_a_long_row_is_documented():
    assert set(ROW_KEYS) == keys_under("The long form").keys()


@pytest.mark.parametrize("heading", SETTINGS)
def test_the_documented_defaults_are_the_real_ones(heading):
    documented = {key: row[2] for key, row in keys_under(heading).items()}
    real = {field.name: default_of(field) for field in fields(SETTINGS[heading])}

    assert {key: real[key] for key in documented} == {
        key: value_of(code(cell)) if cell.startswith("`") else cell
        for key, cell in documented.items()
    }


def value_of(text: str) -> object:
    """Return a default as a job file writes it; of a time the seconds."""
    value = tomllib.loads(f"x = {text}")["x"]
    is_time = isinstance(value, str) and re.fullmatch(r"[0-9]+[smhd]", value)
    return seconds(value) if is_time else value


def default_of(field: Field[Any]) -> object:
    """Return a default as a page writes it."""
    if field.default is MISSING or field.default == "":
        return "required"
    if isinstance(field.default, Guards):
        return "[below](#policyguards)"
    if isinstance(field.default, Limit):
        return field.default.count
    if isinstance(field.default, tuple):
        return list(field.default) or "none"
    return "none" if field.default is None else field.default


# --- commands and links --------------------------------------------------------------------------


def test_the_page_of_commands_is_up_to_date():
    commands = runpy.run_path(str(DOCS / "commands.py"))

    assert commands["page"]() == (DOCS / "commands.md").read_text(encoding="utf-8"), (
        "run: python docs/commands.py"
    )


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_every_link_leads_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]

    assert [] == [link for link in links if not leads_somewhere(page, link)]


def leads_somewhere(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
