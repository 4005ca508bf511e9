"""Endpoints that demand more than their schemas say."""

import json

import pytest

from conformance import CannotRun, run
from conformance.material.places import Place
from conformance.requirements import Requirements

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def filled(*given, type_name="User", resource=None):
    return Requirements.read(given).fill(type_name, resource or {}, "name-1")


@pytest.mark.parametrize(
    ("place", "resource"),
    [
        ("title", {"title": "x"}),
        ("name.givenName", {"name": {"givenName": "x"}}),
        ('emails[type eq "work"].value', {"emails": [{"type": "work", "value": "x"}]}),
        ('emails[type eq "a=b"].value', {"emails": [{"type": "a=b", "value": "x"}]}),
        ("roles[primary eq true].value", {"roles": [{"primary": True, "value": "x"}]}),
        (f"{ENTERPRISE}:department", {"schemas": [ENTERPRISE], ENTERPRISE: {"department": "x"}}),
        (
            f"{ENTERPRISE}:manager.value",
            {"schemas": [ENTERPRISE], ENTERPRISE: {"manager": {"value": "x"}}},
        ),
    ],
)
def test_a_value_is_put_where_it_is_demanded(place, resource):
    assert resource == filled(f"{place}=x")


@pytest.mark.parametrize(
    ("written", "value"),
    [("1", 1), ('"1"', "1"), ("true", True), ('["a"]', ["a"]), ("a b", "a b"), ("", "")],
)
def test_a_value_is_json_or_else_text(written, value):
    assert {"title": value} == filled(f"title={written}")


def test_what_is_there_is_left_alone():
    assert {"title": "y"} == filled("title=x", resource={"title": "y"})


def test_a_list_gets_the_value_that_it_lacks():
    home = {"type": "home", "value": "h"}

    assert {"emails": [home, {"type": "work", "value": "x"}]} == filled(
        'emails[type eq "work"].value=x', resource={"emails": [home]}
    )


def test_patterns_are_new_for_each_name_and_the_same_for_the_same():
    demands = Requirements.read(["title={uuid}/{number}/{name}"])
    one, again, other = (demands.fill("User", {}, name)["title"] for name in ("a", "a", "b"))

    assert one == again
    assert one != other
    assert one.endswith("/a")


def test_a_type_may_be_named():
    assert {} == filled("Group:externalId=x")
    assert {"externalId": "x"} == filled("Group:externalId=x", type_name="Group")


def test_a_file_may_hold_them(tmp_path):
    path = tmp_path / "demands.toml"
    path.write_text("[User]\n'emails[type eq \"work\"].value' = 'x'\n[Group]\nexternalId = 'y'\n")

    assert {"emails": [{"type": "work", "value": "x"}]} == filled(str(path))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("title", "neither PLACE=VALUE nor the name of a TOML file"),
        ("a b=1", "is no place like"),
        ("none.toml", "No such file"),
        ("none.TOML", "No such file"),
        ("title={uid}", r"\{uid\} is none of \{uuid\}, \{number\}, \{name\}"),
        ("title=NaN", "JSON has no such value"),
    ],
)
def test_what_cannot_be_read_is_one_message(given, message):
    with pytest.raises(CannotRun, match=message):
        Requirements.read([given])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[User", "is no TOML"),
        ("title = 1", r"stands outside of \[User\]"),
        ("[User]\n'a b'=1", "is no place"),
        ("[User]\nbirthday = 2020-01-01", "a date is written in quotation marks"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_message(tmp_path, text, message):
    path = tmp_path / "demands.toml"
    path.write_text(text)

    with pytest.raises(CannotRun, match=message):
        Requirements.read([str(path)])


def test_a_file_is_one_wherever_it_is(tmp_path):
    path = tmp_path / "a=b" / "demands.toml"
    path.parent.mkdir()
    path.write_text("[User]\ntitle = 'x'\n")

    assert {"title": "x"} == filled(str(path))


def test_a_type_that_the_endpoint_lacks_is_one_message(tiny, token):
    with pytest.raises(CannotRun, match="no resource type Grup; the nearest is Group"):
        run(tiny.url, token=token, require=["Grup:externalId=x"])

    assert "POST" not in {request.method for request, _ in tiny.server.log}


def test_a_place_is_read_whatever_the_case():
    assert "x" == Place.parse("Title").read({"title": "x"})


def test_every_creation_has_what_is_demanded(tiny, token):
    demand = 'emails[type eq "work"].value={uuid}@corp.example'
    run(tiny.url, token=token, only=["rfc7644/3.3/location"], require=[demand])
    sent = [json.loads(request.data) for request, _ in tiny.server.log if request.method == "POST"]

    assert sent
    assert all(body["emails"][0]["value"].endswith("@corp.example") for body in sent)


def test_the_creations_of_a_profile_have_it_too(tiny, token):
    run(tiny.url, token=token, only=["jumpcloud"], require=["title=Analyst"])
    sent = [json.loads(request.data) for request, _ in tiny.server.log if request.method == "POST"]

    assert {"Analyst"} == {body.get("title") for body in sent if "userName" in body}
