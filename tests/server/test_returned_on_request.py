"""What is returned on request is in the answer to a request that names it (RFC 7643 §7)."""

import json

import pytest

from scim_protocol import urns

URN = "urn:example:2.0:Thing"
MORE = "urn:example:2.0:More"
ASKED = {"returned": "request"}
SCHEMA = {
    "schemas": [urns.SCHEMA],
    "id": URN,
    "attributes": [
        {"name": "plain"},
        {"name": "note", **ASKED},
        {"name": "other", **ASKED},
        {
            "name": "part",
            "type": "complex",
            "subAttributes": [{"name": "shown"}, {"name": "note", **ASKED}],
        },
        {
            "name": "values",
            "type": "complex",
            "multiValued": True,
            "returned": "request",
            "subAttributes": [{"name": "value"}, {"name": "note", **ASKED}],
        },
        {"name": "code", "required": True, "mutability": "immutable"},
        {"name": "key", "required": True, "mutability": "writeOnly"},
        {"name": "badge", "mutability": "immutable"},
    ],
}
EXTENSION = {"schemas": [urns.SCHEMA], "id": MORE, "attributes": [{"name": "note", **ASKED}]}
TYPE = {
    "schemas": [urns.RESOURCE_TYPE],
    "name": "Thing",
    "endpoint": "/Things",
    "schema": URN,
    "schemaExtensions": [{"schema": MORE, "required": False}],
}
FULL = {
    "schemas": [URN, MORE],
    "plain": "p",
    "note": "n",
    "other": "o",
    "part": {"shown": "s", "note": "n"},
    "values": [{"value": "v", "note": "n"}],
    "code": "c",
    "key": "k",
    "badge": "b",
    MORE: {"note": "n"},
}
LEAST = {"schemas": [URN], "code": "c", "key": "k"}


@pytest.fixture(params=[False, True], ids=["default", "strict"])
def api(make_api, tmp_path, request):
    (tmp_path / "all.json").write_text(json.dumps([SCHEMA, EXTENSION, TYPE]), encoding="utf-8")
    return make_api(schemas=str(tmp_path), strict=request.param)


@pytest.fixture
def path(api):
    return f"/Things/{api.post('/Things', FULL)['id']}"


def seen(answer):
    """What an answer shows but for what every one does."""
    apart = ("schemas", "id", "meta", "plain", "code", "badge")
    return {name: value for name, value in answer.json.items() if name not in apart}


ALL = {name: FULL[name] for name in ("note", "other", "part", "values", MORE)}
BY_DEFAULT = {"part": {"shown": "s"}}
V = {"value": "v"}


def test_a_creation_shows_what_it_names(api):
    assert ALL == seen(api.post("/Things", FULL))


def test_a_read_shows_none_of_it(api, path):
    assert BY_DEFAULT == seen(api.get(path))


def test_a_replacement_shows_what_it_names(api, path):
    assert ALL == seen(api.put(path, FULL))


def test_a_creation_shows_nothing_else(api):
    assert {"note": "n"} == seen(api.post("/Things", LEAST | {"note": "n"}))


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ({"path": "note", "value": "x"}, {"note": "x"}),
        ({"value": {"note": "x"}}, {"note": "x"}),
        ({"path": "plain", "value": "x"}, {}),
        ({"path": "part.note", "value": "x"}, {"part": {"shown": "s", "note": "x"}}),
        ({"path": "part", "value": {"note": "x"}}, {"part": {"shown": "s", "note": "x"}}),
        ({"path": "part.shown", "value": "x"}, {"part": {"shown": "x"}}),
        ({"path": 'values[value eq "v"].note', "value": "x"}, {"values": [{"note": "x"} | V]}),
        ({"path": "values", "value": [{"value": "w"}]}, {"values": [{"value": "w"}]}),
        ({"path": f"{MORE}:note", "value": "x"}, {MORE: {"note": "x"}}),
        ({"path": MORE, "value": {"note": "x"}}, {MORE: {"note": "x"}}),
        ({"value": {MORE: {"note": "x"}}}, {MORE: {"note": "x"}}),
    ],
)  # fmt: skip
def test_a_patch_shows_what_it_names(api, path, operation, more):
    assert BY_DEFAULT | more == seen(api.patch(path, {"op": "replace", **operation}))


def test_what_the_parameters_say_goes_before(api, path):
    operation = {"op": "replace", "path": "note", "value": "x"}

    assert {} == seen(api.patch(path, operation, attributes="plain"))
    assert BY_DEFAULT == seen(api.patch(path, operation, excludedAttributes="note"))


# --- what a PUT has to name --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["code", "key"])
def test_a_put_without_what_is_required_is_refused(api, path, name):
    body = {key: value for key, value in FULL.items() if key != name}

    assert (400, "invalidValue") == api.put(path, body).error


def test_a_put_without_what_is_immutable_but_not_required_keeps_it(api, path):
    assert "b" == api.put(path, LEAST)["badge"]
