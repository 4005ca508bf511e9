"""What every kind of source promises: the same directory in five forms gives the same records."""

import base64
import json
import sqlite3
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from provisioner.record import SourceError
from provisioner.sources import open_kind, settings_of
from scim_client import Bearer, ScimClient, add
from scim_protocol import urns
from scim_server.testing import LiveServer

TOKEN = "source-token"
# anchor: mail, manager, blocked
PEOPLE = {
    "a1": ("ada@x.example", "a2", False),
    "a2": ("zoë@x.example", None, False),
    "a3": (None, "a2", True),
}
GROUPS = {"g1": ("Tea, coffee", ["a1", "a2"]), "g2": ("Lone", ["a3"]), "g3": ("Nested", ["g1"])}


def as_csv(folder):
    rows = ["objectId,mail,manager,accountEnabled"]
    rows += [f"{a},{m or ''},{b or ''},{not off}" for a, (m, b, off) in PEOPLE.items()]
    folder.joinpath("users.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = ["objectId,displayName,members"]
    rows += [f'{a},"{name}",{";".join(members)}' for a, (name, members) in GROUPS.items()]
    folder.joinpath("groups.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return {"kind": "csv", "users": "users.csv", "groups": "groups.csv"}


def as_json_lines(folder):
    people = [
        {"objectId": a, "mail": m, "manager": b, "accountEnabled": not off}
        for a, (m, b, off) in PEOPLE.items()
    ]
    groups = [
        {"objectId": a, "displayName": n, "members": [{"value": m} for m in members]}
        for a, (n, members) in GROUPS.items()
    ]
    for name, records in (("users", people), ("groups", groups)):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        folder.joinpath(f"{name}.jsonl").write_text(text, encoding="utf-8")
    return {"kind": "jsonl", "users": "users.jsonl", "groups": "groups.jsonl"}


def dn(anchor):
    return f"cn={anchor},ou=all,dc=example"


def ldif_line(name, text):
    if text.isascii():
        return f"{name}: {text}"
    return f"{name}:: {base64.b64encode(text.encode()).decode()}"


def as_ldif(folder):
    lines = ["version: 1", ""]
    for anchor, (mail, manager, off) in PEOPLE.items():
        lines += [f"dn: {dn(anchor)}", "objectClass: top", "objectClass: inetOrgPerson"]
        lines += [f"entryUUID: {anchor}", f"userAccountControl: {514 if off else 512}"]
        lines += [ldif_line("Mail", mail)] if mail else []
        lines += [f"manager: {dn(manager).upper()}"] if manager else []
        lines.append("")
    for anchor, (name, members) in GROUPS.items():
        lines += [f"dn: {dn(anchor)}", "objectClass: groupOfNames", f"entryUUID: {anchor}"]
        lines += [f"cn: {name[:3]}", f" {name[3:]}"]
        lines += [f"member: {dn(member)}" for member in members]
        lines.append("")
    folder.joinpath("all.ldif").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"kind": "ldif", "users": "all.ldif", "groups": "all.ldif"}


def as_sql(folder):
    path = folder / "hr.db"
    with sqlite3.connect(path) as db:
        db.execute("create table people (id, mail, boss, enabled)")
        db.execute("create table teams (id, name)")
        db.execute("create table members (team, member)")
        rows = [(a, m, b, int(not off)) for a, (m, b, off) in PEOPLE.items()]
        db.executemany("insert into people values (?, ?, ?, ?)", rows)
        db.executemany("insert into teams values (?, ?)", [(a, n) for a, (n, _) in GROUPS.items()])
        pairs = [(a, m) for a, (_, members) in GROUPS.items() for m in members]
        db.executemany("insert into members values (?, ?)", pairs)
    db.close()
    return {
        "kind": "sql",
        "url": f"sqlite:///{path}",
        "users": "select id as objectId, mail, boss as manager, enabled as accountEnabled "
        "from people",
        "groups": "select id as objectId, name as displayName from teams",
        "members": "select member from members where team = :anchor",
    }


def as_scim(url):
    """Fill a server through its API; its own ids are the anchors, so they must be translated."""
    ids = {}
    with ScimClient(url, auth=Bearer(TOKEN)) as scim:
        for anchor, (mail, _, off) in PEOPLE.items():
            emails = [{"value": mail, "type": "work"}] if mail else []
            body = {"userName": anchor, "active": not off, "emails": emails}
            ids[anchor] = scim.users.create(body)["id"]
        for anchor, (_, manager, _) in PEOPLE.items():
            if manager:
                operation = add(f"{urns.ENTERPRISE_USER}:manager", {"value": ids[manager]})
                scim.users.patch(ids[anchor], operation)
        for anchor, (name, members) in GROUPS.items():
            values = [{"value": ids[member]} for member in members]
            ids[anchor] = scim.groups.create({"displayName": name, "members": values})["id"]
    settings = {"kind": "scim", "url": url, "token_env": "SOURCE_TOKEN", "page_size": 2}
    return settings, {identifier: anchor for anchor, identifier in ids.items()}


FILES = {"csv": as_csv, "jsonl": as_json_lines, "ldif": as_ldif, "sql": as_sql}


@pytest.fixture
def opened(tmp_path):
    def open_it(kind, needed=None, **changes):
        table = FILES[kind](tmp_path) | changes
        return open_kind(settings_of(table, tmp_path), needed or {"users": frozenset({"mail"})})

    return open_it


def people_of(source):
    return {
        record.anchor: (
            record.attributes.get("mail"),
            record.attributes.get("manager"),
            str(record.attributes["accountEnabled"]) in ("False", "0"),
        )
        for record in source.read("users")
    }


def groups_of(source):
    return {
        record.anchor: (record.attributes["displayName"], listed(record.attributes["members"]))
        for record in source.read("groups")
    }


def listed(value):
    return sorted(value) if isinstance(value, list) else [value]


every_kind = pytest.mark.parametrize("kind", FILES)


@every_kind
def test_a_source_yields_every_person_by_anchor(opened, kind):
    assert PEOPLE == people_of(opened(kind))


@every_kind
def test_a_source_yields_every_group_with_the_anchors_of_its_members(opened, kind):
    assert GROUPS == groups_of(opened(kind))


@every_kind
def test_reading_again_gives_the_same(opened, kind):
    source = opened(kind)

    assert list(source.read("users")) == list(source.read("users"))


@every_kind
def test_an_attribute_that_the_job_needs_and_nobody_has_ends_the_read(opened, kind):
    source = opened(kind, {"users": frozenset({"manger"})})

    with pytest.raises(SourceError, match="'manger'; did you mean 'manager'"):
        list(source.read("users"))


@every_kind
def test_a_record_without_its_id_ends_the_read(opened, kind):
    source = opened(kind, anchor="manager")

    with pytest.raises(SourceError, match=r"source\.anchor|is empty"):
        list(source.read("users"))


@every_kind
def test_a_source_without_groups_yields_none(opened, kind):
    source = opened(kind, groups=None) if kind == "sql" else None
    if source is None:
        settings = opened(kind).settings
        source = open_kind(replace(settings, groups=None), {})

    assert [] == list(source.read("groups"))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "ldif"])
def test_a_file_that_is_not_there_is_named(opened, tmp_path, kind):
    source = opened(kind)
    source.settings.users.unlink()

    with pytest.raises(SourceError, match="cannot be read: No such file"):
        list(source.read("users"))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "ldif"])
def test_the_fingerprint_of_files_changes_with_a_byte(opened, kind):
    source = opened(kind)
    before = source.fingerprint()
    with source.settings.users.open("ab") as file:
        file.write(b"\n")

    assert before != source.fingerprint()


@pytest.mark.parametrize("kind", ["jsonl", "ldif"])
def test_a_file_that_was_cut_off_in_its_last_line_is_no_complete_read(opened, kind):
    source = opened(kind)
    path = source.settings.users
    path.write_bytes(path.read_bytes().rstrip(b"\n")[:-2])

    with pytest.raises(SourceError, match=r"line \d+: "):
        list(source.read("users"))


# --- SCIM ----------------------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("SOURCE_TOKEN", TOKEN)
    with LiveServer(tokens=[TOKEN]) as live:
        yield live


def test_a_scim_server_is_a_source(server):
    table, names = as_scim(server.url)
    source = open_kind(settings_of(table, Path()), {})
    manager = f"{urns.ENTERPRISE_USER}:manager"

    people = {
        names[record.anchor]: (
            record.attributes.get("emails.work"),
            names.get(record.attributes.get(manager)),
            record.attributes["accountEnabled"] is False,
        )
        for record in source.read("users")
    }

    assert PEOPLE == people


def test_the_groups_of_a_scim_server_are_read_with_the_ids_of_their_members(server):
    table, names = as_scim(server.url)
    source = open_kind(settings_of(table, Path()), {})

    groups = {
        names[record.anchor]: (
            record.attributes["displayName"],
            sorted(names[member] for member in record.attributes["members"]),
        )
        for record in source.read("groups")
    }

    assert GROUPS == groups


def a_list(httpserver, *pages):
    """Play a SCIM server whose pages are these."""
    for start, page in pages:
        query = {"count": "2", "startIndex": str(start)}
        body = {"schemas": [urns.LIST_RESPONSE], **page}
        httpserver.expect_ordered_request("/Users", query_string=query).respond_with_json(body)
    table = {
        "kind": "scim",
        "url": httpserver.url_for("").rstrip("/"),
        "token_env": "SOURCE_TOKEN",
        "page_size": 2,
    }
    return open_kind(settings_of(table, Path()), {})


def users(*ids):
    return [{"id": each, "userName": each, "active": True} for each in ids]


def test_a_list_with_one_id_twice_is_no_complete_read(httpserver, monkeypatch):
    monkeypatch.setenv("SOURCE_TOKEN", TOKEN)
    source = a_list(
        httpserver,
        (1, {"totalResults": 4, "Resources": users("1", "2")}),
        (3, {"totalResults": 4, "Resources": users("2", "3")}),
    )

    with pytest.raises(SourceError, match="'2' twice"):
        list(source.read("users"))


def test_a_list_shorter_than_its_total_is_no_complete_read(httpserver, monkeypatch):
    monkeypatch.setenv("SOURCE_TOKEN", TOKEN)
    source = a_list(
        httpserver,
        (1, {"totalResults": 3, "Resources": users("1", "2")}),
        (3, {"totalResults": 3, "Resources": []}),
    )

    with pytest.raises(SourceError, match="3 match"):
        list(source.read("users"))


def test_a_refused_token_of_a_scim_source_is_told_without_the_token(httpserver, monkeypatch):
    monkeypatch.setenv("SOURCE_TOKEN", TOKEN)
    httpserver.expect_request("/Users").respond_with_data("no", status=401)
    table = {
        "kind": "scim",
        "url": httpserver.url_for("").rstrip("/"),
        "token_env": "SOURCE_TOKEN",
    }

    with pytest.raises(SourceError) as refusal:
        list(open_kind(settings_of(table, Path()), {}).read("users"))

    assert TOKEN not in str(refusal.value)


# --- JSON Lines ----------------------------------------------------------------------------------


def lines(tmp_path, text):
    path = tmp_path / "users.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    table = {"kind": "jsonl", "users": "users.jsonl", "anchor": "id"}
    return open_kind(settings_of(table, tmp_path), {})


def test_objects_in_objects_are_dotted_names_and_numbers_text(tmp_path):
    source = lines(
        tmp_path, '{"id": 7, "name": {"givenName": "Ada", "x": {"y": true}}, "n": 1.5}\n'
    )
    [record] = source.read("users")

    assert {"id": "7", "name.givenName": "Ada", "name.x.y": True, "n": "1.5"} == record.attributes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": 1}\n{"id": \n', "users.jsonl line 2: is not JSON"),
        ('{"id": 1}\n[2]\n', "users.jsonl line 2: must be a JSON object"),
        (b'{"id": "\xff"}\n', "users.jsonl line 1: is not JSON"),
        ('{"id": 1, "tags": [[1]]}\n', "a value of the list 'tags'"),
        ('{"id": null}\n', "'id' is no text or number"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_number(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        list(lines(tmp_path, text).read("users"))


# --- LDIF ----------------------------------------------------------------------------------------


def ldif(tmp_path, text, **settings):
    (tmp_path / "all.ldif").write_text(text, encoding="utf-8")
    table = {"kind": "ldif", "users": "all.ldif", "groups": "all.ldif", **settings}
    return open_kind(settings_of(table, tmp_path), {})


PERSON = "dn: uid=ada,dc=x\nobjectClass: inetOrgPerson\nentryUUID: 1\nuid: ada\n"


def test_members_of_a_posix_group_are_found_by_their_login_names(tmp_path):
    text = PERSON + "\ndn: cn=g,dc=x\nobjectClass: posixGroup\nentryUUID: 2\nmemberUid: ADA\n"
    [record] = ldif(tmp_path, text).read("groups")

    assert ["1"] == record.attributes["members"]


def test_a_binary_object_guid_is_the_uuid_that_active_directory_shows(tmp_path):
    guid = uuid.UUID("00aa00aa-bb11-cc22-dd33-44ee44ee44ee")
    value = base64.b64encode(guid.bytes_le).decode()
    text = f"dn: cn=a\nobjectClass: user\nobjectGUID:: {value}\n"
    [record] = ldif(tmp_path, text, anchor="objectGUID").read("users")

    assert str(guid) == record.anchor


def test_comments_and_folded_lines_are_read_as_the_rfc_has_them(tmp_path):
    text = "# all\n of them\n" + PERSON + "mail: ada@\n example\n"
    [record] = ldif(tmp_path, text).read("users")

    assert "ada@example" == record.attributes["mail"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PERSON + "changetype: modify\n", "line 5: these are change records"),
        (PERSON + "photo:< file:///etc/passwd\n", "line 5: photo names a file"),
        (PERSON + "mail\n", "line 5: is not of the form"),
        (PERSON + "mail:: ???\n", "line 5: is neither UTF-8 text nor Base64"),
        ("objectClass: top\n", "line 1: an entry must begin with its dn"),
        (
            "dn: cn=g\nobjectClass: group\nentryUUID: 1\nmember;range=0-1499: cn=a\n",
            "holds only a part of the values",
        ),
    ],
)
def test_what_is_wrong_with_an_entry_is_told_with_its_line(tmp_path, text, message):
    source = ldif(tmp_path, text)

    with pytest.raises(SourceError, match=message):
        [*source.read("users"), *source.read("groups")]


# --- SQL -----------------------------------------------------------------------------------------


def sql(users, **settings):
    table = {"kind": "sql", "url": "sqlite://", "anchor": "id", "users": users, **settings}
    return open_kind(settings_of(table, Path()), {})


def test_numbers_and_nulls_and_lists_of_a_row_are_read_as_text(tmp_path):
    source = sql("select 7 as id, null as a, '' as b, 1.5 as c, 'x; y;' as proxyAddresses")
    [record] = source.read("users")

    assert {"id": "7", "a": None, "b": None, "c": "1.5", "proxyAddresses": ["x", "y"]} == (
        record.attributes
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select 1 as id, 2 as id", "gives 'id' twice"),
        ("select 1 as identifier", "gives no column 'id'; valid are identifier"),
        ("select * from nowhere", "the database says: no such table: nowhere"),
        ("select null as id", "row 1 of source.users: the column 'id' is empty"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(query, message):
    with pytest.raises(SourceError, match=message):
        list(sql(query).read("users"))


def test_the_password_of_a_database_is_in_no_message(monkeypatch):
    monkeypatch.setenv("HR", "postgresql+nodriver://hr:hush-hush@127.0.0.1/hr")
    source = sql("select 1 as id", url=None, url_env="HR")

    with pytest.raises(SourceError) as refusal:
        list(source.read("users"))

    assert "hush-hush" not in str(refusal.value)


def test_a_variable_that_holds_no_url_is_told_without_its_content(monkeypatch):
    monkeypatch.setenv("HR", "hush-hush")
    source = sql("select 1 as id", url=None, url_env="HR")

    with pytest.raises(SourceError, match="does not hold a SQLAlchemy URL") as refusal:
        list(source.read("users"))

    assert "hush-hush" not in str(refusal.value)
