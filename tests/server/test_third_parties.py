"""What conformance tools of others find. Where they ask against the RFC, the section says why."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from scim_server.testing import LiveServer

SETTINGS = pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])

# What scim-sanity fails, and the text that lets a server do what it calls a failure.
AGAINST_THE_RFC = {
    "PATCH /Groups/{id}": "RFC 7644 §3.5.2: a PATCH may be answered with 204",
    "PATCH /Groups/{id} remove members": "RFC 7644 §3.5.2: a PATCH may be answered with 204",
    "PATCH /Groups/{id} add member": (
        "RFC 7643 §4.2: a member's value is the id of a resource; the one sent is made up"
    ),
}


@SETTINGS
def test_scim2_tester_finds_nothing_wrong(make_api, strict):
    api = make_api(strict=strict)
    client = WSGISCIMClient(
        api.app,
        base_url="http://localhost/scim/v2",
        headers={"Authorization": "Bearer s3cret"},
    )

    results = check_server(client)

    good = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED}
    assert [] == [(r.title, r.resource_type, r.reason) for r in results if r.status not in good]
    assert sum(r.status is Status.SUCCESS for r in results) > 100


@SETTINGS
def test_scim_sanity_finds_only_what_the_rfc_allows(strict):
    with LiveServer(strict=strict) as server:
        report = scim_sanity(server)

    failed = {one["name"] for one in report["results"] if one["status"] in ("fail", "error")}
    assert set(AGAINST_THE_RFC) == failed
    assert report["summary"]["passed"] >= 25


def scim_sanity(server):
    beside = Path(sys.executable).with_name("scim-sanity")
    command = str(beside) if beside.exists() else shutil.which("scim-sanity")
    options = ["--token", server.token, "--i-accept-side-effects", "--json-output"]
    done = subprocess.run(
        [command, "probe", server.url, *options], capture_output=True, text=True, timeout=100
    )
    return json.loads(done.stdout)
