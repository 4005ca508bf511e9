"""Every key of the job file, wrong in turn: one line with the file, the key and what was expected.

The keys are read from the tables themselves, so that a new one is held to it too.
"""

import datetime
import re

import pytest
from marshmallow import fields as shapes

from provisioner.job.fields import dotted
from provisioner.job.file import JobTable, parse_document
from provisioner.sources.tables import TABLES, SourceField

# A value that no key takes: neither text, number, day, list, table nor a truth.
WRONG = datetime.time(7, 32)
RULES = {"match": ["userName"], "map": {"userName": "[upn]"}}
GOOD = {
    "version": 1,
    "name": "contoso",
    "source": {"kind": "csv", "users": "people.csv"},
    "target": {"url": "https://app.example/scim/v2", "token_env": "TOKEN"},
    "users": RULES,
}
SOURCES = {
    "csv": {"users": "people.csv"},
    "jsonl": {"users": "people.jsonl"},
    "ldif": {"users": "people.ldif"},
    "sql": {"url": "sqlite://", "users": "select 1"},
    "scim": {"url": "https://idp.example/scim", "token_env": "TOKEN"},
}
# What a table needs beside the key that is wrong.
COMPANIONS = {"alerts.mail": {"server": "mail", "from": "a@x.example", "to": ["b@x.example"]}}


def keys(table=None, path=()):
    for name, field in (table or JobTable()).fields.items():
        key = field.data_key or name
        if isinstance(field, SourceField):
            for kind, source in TABLES.items():
                for inner in source().fields:
                    yield (*path, key, inner), {"source": {"kind": kind, **SOURCES[kind]}}
        elif isinstance(field, shapes.Nested):
            yield (*path, key), {}
            yield from keys(field.schema, (*path, key))
        else:
            yield (*path, key), {}


CASES = [
    pytest.param(
        path, more, id=f"{'.'.join(path)} {more['source']['kind'] if more else ''}".strip()
    )
    for path, more in keys()
]


def copied(value):
    return {key: copied(each) for key, each in value.items()} if isinstance(value, dict) else value


def spoilt(path, more):
    document = copied(GOOD) | copied(more)
    place, walked = document, ""
    for name in path[:-1]:
        walked = f"{walked}.{name}".lstrip(".")
        start = copied(COMPANIONS.get(walked, RULES if name == "groups" else {}))
        place = place.setdefault(name, start)
    place[path[-1]] = WRONG
    return document


@pytest.mark.parametrize(("path", "more"), CASES)
def test_a_wrong_value_is_told_in_one_line_with_its_key(path, more):
    key = ""
    for name in path:
        key = dotted(key, name)

    _, problems = parse_document(spoilt(path, more))

    about = [line for line in problems if line.startswith((f"{key}:", f"{key}."))]
    assert 1 == len(about), problems
    assert re.search(r"must|is missing|there is no|needs|is not", about[0]), about[0]
    assert "\n" not in about[0]


@pytest.mark.parametrize(("path", "more"), CASES)
def test_a_key_next_to_it_that_does_not_exist_is_told_with_the_nearest_one(path, more):
    document = spoilt(path, more)
    place = document
    for name in path[:-1]:
        place = place[name]
    misspelt = f"{path[-1]}x"
    spare = place.pop(path[-1])
    if path == ("source", "kind"):  # Without its kind, nobody knows the keys of a source.
        place["kind"] = more["source"]["kind"]
    place[misspelt] = spare

    _, problems = parse_document(document)

    about = [line for line in problems if f"{misspelt}:" in line]
    assert 1 == len(about), problems
    assert "is not a known key" in about[0]


def test_a_good_file_has_no_problem():
    assert [] == parse_document(GOOD)[1]
