"""`scim-server export` and `import`: a tenant as JSON Lines, between databases of both kinds."""

import itertools
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.commands.storage import export, import_
from scim_server.commands.tenants import tenant
from scim_server.store.databases import open_database

NOW, LATER = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"
CATALOG = Catalog.standard()
USER, GROUP = CATALOG.models["User"], CATALOG.models["Group"]
KINDS = ["SQLite", "PostgreSQL"]
HASH = '{"password":"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"}'


@pytest.fixture
def make(request, tmp_path):
    """Names an empty database of a kind."""
    numbers = itertools.count()

    def name(kind):
        if kind == "PostgreSQL":
            return request.getfixturevalue("postgres").new()
        return str(tmp_path / f"{next(numbers)}.db")

    return name


def fill(name, owner="default"):
    """Two users, one of them changed, and a group in a group, in an order of their own."""
    database = open_database(name, CATALOG)
    if owner not in database.tenants():
        database.add_tenant(owner)
    with database.store(owner).write() as tx:
        outer = tx.insert(GROUP, {"schemas": [urns.GROUP], "id": "g0", "displayName": "All"}, NOW)
        ada = {"schemas": [urns.USER], "id": "u1", "userName": "ada \x01 \U0001f469", "title": "ä"}
        record = tx.insert(USER, ada, NOW, HASH)
        tx.update(record, ada | {"title": "Countess"}, LATER, HASH)
        inner = tx.insert(GROUP, {"schemas": [urns.GROUP], "id": "g1", "displayName": "Sub"}, NOW)
        long = {"schemas": [urns.USER], "id": "u2", "userName": "b" * 5000}
        tx.insert(USER, long, NOW)
        tx.add_members(outer, [{"value": "g1", "display": "The inner"}])
        tx.add_members(inner, [{"value": "u2"}, {"value": "u1"}])
    database.close()


def run(command, *arguments, **options):
    answer = CliRunner().invoke(command, arguments, **options)
    assert 0 == answer.exit_code, answer.output
    return answer


def lines_of(name, *arguments):
    """What is exported, but for the head, which tells the time."""
    return run(export, "--database", name, *arguments).stdout.splitlines()[1:]


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_what_was_imported_is_exported_the_same(make, tmp_path, source, target):
    first, second, file = make(source), make(target), str(tmp_path / "all.jsonl")
    fill(first)
    run(export, "--database", first, "--secrets", file)
    run(import_, "--database", second, file)

    assert lines_of(first, "--secrets") == lines_of(second, "--secrets")


@pytest.fixture
def moved(make, tmp_path):
    """The name of a database into which another was imported."""
    first, second, file = make("SQLite"), make("SQLite"), str(tmp_path / "all.jsonl")
    fill(first)
    run(export, "--database", first, file)
    run(import_, "--database", second, file)
    return second


def test_versions_and_times_are_kept(moved, make_api):
    meta = make_api(database=moved).get("/Users/u1")["meta"]

    assert ('W/"2"', NOW, LATER) == (meta["version"], meta["created"], meta["lastModified"])


def test_members_are_kept(moved, make_api):
    api = make_api(database=moved)

    assert {"/Users/u1", "/Users/u2"} == api.members("/Groups/g1")
    assert ["The inner"] == [member["display"] for member in api.get("/Groups/g0")["members"]]


def test_values_are_found_and_unique_after_an_import(moved, make_api):
    api = make_api(database=moved)

    assert ["u2"] == [user["id"] for user in api.find(f'userName eq "{"B" * 5000}"')]
    assert 409 == api.post("/Users", {"schemas": [urns.USER], "userName": "B" * 5000}).status


def test_totals_and_order_are_those_of_before(moved, make_api):
    found = make_api(database=moved).get("/").json

    assert 4 == found["totalResults"]
    assert ["g0", "u1", "g1", "u2"] == [one["id"] for one in found["Resources"]]


def test_hashes_of_secrets_are_left_out_unless_asked_for(make):
    name = make("SQLite")
    fill(name)

    assert "argon2" not in "".join(lines_of(name))
    assert "argon2" in "".join(lines_of(name, "--secrets"))


def test_hashes_inside_a_document_are_left_out_too(make):
    name = make("SQLite")
    database = open_database(name, CATALOG)
    with database.store().write() as tx:
        inside = {"urn:x:Vault": {"pin": "$argon2id$v=19$x", "keys": ["$argon2id$y", "plain"]}}
        tx.insert(USER, {"schemas": [urns.USER], "id": "u", "userName": "u", **inside}, NOW)
    database.close()

    document = json.loads(lines_of(name)[0])["document"]

    assert {"keys": ["plain"]} == document["urn:x:Vault"]


def test_a_tenant_is_exported_without_the_others(make):
    name = make("SQLite")
    fill(name, "acme")

    assert ['{"end":{"resources":0,"memberships":0}}'] == lines_of(name)
    assert 7 == len(lines_of(name, "--tenant", "acme"))


def test_an_import_makes_its_tenant(make, tmp_path):
    first, second, file = make("SQLite"), make("SQLite"), str(tmp_path / "all.jsonl")
    fill(first)
    run(export, "--database", first, file)
    run(import_, "--database", second, "--tenant", "acme", file)

    assert lines_of(first) == lines_of(second, "--tenant", "acme")


def test_an_import_goes_through_standard_input(make):
    first, second = make("SQLite"), make("SQLite")
    fill(first)
    text = run(export, "--database", first).stdout_bytes

    run(import_, "--database", second, input=text)

    assert lines_of(first) == lines_of(second)


def test_a_tenant_that_has_resources_is_not_imported_into(make):
    name = make("SQLite")
    fill(name)
    answer = CliRunner().invoke(import_, ["--database", name], input="{}\n")

    assert 2 == answer.exit_code
    assert "has resources already" in answer.output


def test_an_unknown_tenant_is_not_exported(make):
    name = make("SQLite")
    fill(name)
    answer = CliRunner().invoke(export, ["--database", name, "--tenant", "acme"])

    assert (2, True) == (answer.exit_code, "no tenant 'acme'" in answer.output)


def without(text, line):
    rows = text.splitlines(keepends=True)
    return "".join(rows[:line] + rows[line + 1 :])


HEAD = '{"export":"scim-toolkit","version":1}\n'
ADA = (
    f'{{"type":"User","id":"u","version":1,"created":"{NOW}","lastModified":"{NOW}",'
    '"document":%s}\n'
)
END = '{"end":{"resources":1,"memberships":0}}\n'
DOCUMENT = f'{{"schemas":["{urns.USER}"],"id":"u","userName":"ada"}}'
GROUP_DOCUMENT = f'{{"schemas":["{urns.GROUP}"],"id":"u","members":[{{"value":"u"}}]}}'
TEAM = (
    (ADA % f'{{"schemas":["{urns.GROUP}"],"id":"g","displayName":"Team"}}')
    .replace('"User","id":"u"', '"Group","id":"g"')
)  # fmt: skip
FAULTS = {
    "no head": ("{}\n", "line 1: is not the head"),
    "a newer format": (
        '{"export":"scim-toolkit","version":2}\n',
        "line 1: the export has format 2",
    ),
    "no JSON": (HEAD + "nonsense\n", "line 2: is not JSON"),
    "no object": (HEAD + "[]\n", "line 2: is not a JSON object"),
    "no end": (HEAD + ADA % DOCUMENT, "ends before its last line"),
    "too little": (HEAD + END, "line 2: tells of"),
    "an unknown type": (
        HEAD + (ADA % DOCUMENT).replace('"User"', '"Device"') + END,
        "line 2: there is no resource type 'Device'",
    ),
    "no document": (HEAD + '{"type":"User"}\n' + END, "line 2: has no 'document'"),
    "another id": (HEAD + ADA % DOCUMENT.replace('"u"', '"v"') + END, "line 2: its id is not"),
    "a wrong value": (
        HEAD + ADA % DOCUMENT.replace('"ada"', "1") + END,
        "line 2: does not fit the schemas",
    ),
    "the same id": (HEAD + ADA % DOCUMENT * 2 + END, "an id is there twice"),
    "the same name": (
        HEAD + ADA % DOCUMENT + (ADA % DOCUMENT).replace('"u"', '"v"') + END,
        "userName 'ada' must be unique",
    ),
    "what is not a text for a type": (
        HEAD + (ADA % DOCUMENT).replace('"User"', '["User"]') + END,
        "line 2: type must be",
    ),
    "an id with a slash": (HEAD + (ADA % DOCUMENT).replace('"u"', '"a/b"') + END, "2: id must be"),
    "no version": (HEAD + (ADA % DOCUMENT).replace(":1,", ":null,") + END, "2: version must be"),
    "a huge version": (HEAD + (ADA % DOCUMENT).replace(":1,", f":{2**64},") + END, "version must"),
    "no time": (HEAD + (ADA % DOCUMENT).replace(NOW, "yesterday") + END, "2: created must be"),
    "no object as document": (HEAD + ADA % "[]" + END, "line 2: document must be an object"),
    "no userName": (
        HEAD + ADA % DOCUMENT.replace(',"userName":"ada"', "") + END,
        "userName is required",
    ),
    "a null": (HEAD + ADA % DOCUMENT.replace('"ada"', "null") + END, "2: userName has no value"),
    "a name in other letters": (
        HEAD + ADA % DOCUMENT.replace("userName", "USERNAME") + END,
        "line 2: USERNAME is to be spelt userName",
    ),
    "a password that anybody can read": (
        HEAD + ADA % DOCUMENT.replace("userName", "password") + END,
        "line 2: password has no place in a document",
    ),
    "a password as its own hash": (
        HEAD + (ADA % DOCUMENT).replace('"version"', '"secrets":{"password":"x"},"version"') + END,
        "line 2: secrets must be hashes",
    ),
    "members in a document": (
        HEAD + (ADA % GROUP_DOCUMENT).replace('"User"', '"Group"') + END,
        "line 2: members has no place in a document",
    ),
    "a name twice": (HEAD + ADA % DOCUMENT.replace('"id"', '"id":"v","id"') + END, "is not JSON"),
    "a depth beyond all": (HEAD + ADA % ("[" * 500 + "]" * 500) + END, "line 2: is not JSON"),
    "a second head": (HEAD * 2 + END, "line 2: has no 'type'"),
    "a second export": ((HEAD + ADA % DOCUMENT + END) * 2, "line 4: comes after the end"),
    "a second end": (HEAD + ADA % DOCUMENT + END * 2, "line 4: comes after"),
    "members that are no pairs": (
        HEAD + ADA % DOCUMENT + '{"group":"u","members":["u"]}\n',
        "line 3: members must be a list of pairs",
    ),
    "members of a user": (
        HEAD + ADA % DOCUMENT + '{"group":"u","members":[["u",null]]}\n',
        "line 3: 'u' cannot be a member of a User",
    ),
    "a member twice": (
        HEAD + ADA % DOCUMENT + TEAM + '{"group":"g","members":[["u",null],["u",null]]}\n',
        "line 4: a member is there twice",
    ),
    "a member in two lines": (
        HEAD + ADA % DOCUMENT + TEAM + '{"group":"g","members":[["u",null]]}\n' * 2,
        "line 5: a member is there twice",
    ),
    "a member that is not there": (
        HEAD + ADA % DOCUMENT + '{"group":"u","members":[["x",null]]}\n',
        "line 3: there is no resource with id 'x'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_a_fault_is_refused_as_a_whole(make, fault):
    name = make("SQLite")
    text, message = FAULTS[fault]
    answer = CliRunner().invoke(import_, ["--database", name], input=text)

    assert 2 == answer.exit_code
    assert message in answer.output
    with sqlite3.connect(name) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM resources").fetchone()
    connection.close()
    assert 0 == rows


def test_an_import_that_fails_leaves_no_tenant(make):
    name = make("SQLite")
    CliRunner().invoke(import_, ["--database", name, "--tenant", "acme"], input=HEAD)

    assert 0 == CliRunner().invoke(tenant, ["add", "acme", "--database", name]).exit_code


def test_an_export_that_fails_leaves_no_file(make, tmp_path):
    name = make("SQLite")
    fill(name)
    target = tmp_path / "acme.jsonl"
    CliRunner().invoke(export, ["--database", name, "--tenant", "acme", str(target)])

    assert [] == list(tmp_path.glob("acme*"))


def test_an_export_is_for_its_owner_alone(make, tmp_path):
    name, target = make("SQLite"), tmp_path / "all.jsonl"
    fill(name)
    run(export, "--database", name, str(target))

    assert 0o600 == target.stat().st_mode & 0o777


def test_a_pipe_that_is_exported_to_stays_a_pipe(make, tmp_path):
    name, pipe = make("SQLite"), tmp_path / "pipe"
    fill(name)
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_bytes)
        run(export, "--database", name, str(pipe))

        assert lines_of(name) == read.result().decode().splitlines()[1:]
    assert pipe.is_fifo()


def test_a_link_that_is_exported_to_stays_a_link(make, tmp_path):
    name, link, file = make("SQLite"), tmp_path / "latest", tmp_path / "all.jsonl"
    fill(name)
    link.symlink_to(file)
    run(export, "--database", name, str(link))

    assert link.is_symlink()
    assert file.read_bytes()
