"""A target with schemas of its own: they are checked, planned and applied like the RFC's."""

import json
from pathlib import Path

from provisioner import Job

BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
SCHEMA = {
    "id": BADGE,
    "name": "Badge",
    "attributes": [{"name": "number", "type": "string", "mutability": "readWrite"}],
}
JOB = f"""
version = 1
name = "own"
[source]
kind = "csv"
users = "people.csv"
[target]
url = "http://127.0.0.1:9/scim/v2"
token_env = "OWN_TOKEN"
schemas = ["badge.json"]
[users]
match = ["userName"]
[users.map]
userName = "[userPrincipalName]"
"{BADGE}:number" = "[badge]"
"""


def test_an_attribute_of_an_own_schema_reaches_the_plan(tmp_path: Path, monkeypatch, httpserver):
    monkeypatch.setenv("OWN_TOKEN", "t")
    (tmp_path / "badge.json").write_text(json.dumps(SCHEMA))
    (tmp_path / "people.csv").write_text("objectId,userPrincipalName,badge\n1,ada,B-7\n")
    url = httpserver.url_for("/scim/v2")
    (tmp_path / "own.toml").write_text(JOB.replace("http://127.0.0.1:9/scim/v2", url))
    empty = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }
    httpserver.expect_request("/scim/v2/Users").respond_with_json(empty)

    plan = Job.load(tmp_path / "own.toml").plan()

    (action,) = [a for a in plan.actions if a.verb == "create"]
    assert "B-7" == action.values[f"{BADGE}:number"]
