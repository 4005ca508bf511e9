"""Our own server keeps every rule, and is left as it was found."""

from pathlib import Path

import pytest

import conformance
from conformance.check import all_checks
from scim_server.testing.live import LiveServer

NOTED = {"rfc7644/3.5.2.3/no-match-of-known-type"}
"""Where the server goes beyond the RFC for Entra ID, unless it is strict."""

NOT_THERE = {
    "rfc7643/4.3/manager-reference",
    "rfc7643/4.3/manager-renamed",
    "rfc7643/6/required-extension",
    "rfc7644/3.11/location",
    "rfc7644/3.11/resource",
    "rfc7644/3.11/unsupported",
    "rfc9865/2/previous",
}
"""What a server without further settings does not have: so there is nothing to judge."""

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"


@pytest.fixture(params=[False, True], ids=["as it is", "strict"])
def server(request):
    with LiveServer(strict=request.param, schemas=str(SCHEMAS)) as live:
        live.strict = request.param
        yield live


def test_every_rule_is_kept_and_nothing_left_behind(server):
    report = conformance.run(server.url, token=server.token, seed=1)
    other = {r.check.id: r.message for r in report.results if r.status not in ("pass", "skip")}
    noted = {r.check.id for r in report.results if r.status == "note"}
    skipped = {r.check.id: r.message for r in report.results if r.status == "skip"}

    assert {} == {check_id: said for check_id, said in other.items() if check_id not in noted}
    assert {} == {check_id: said for check_id, said in skipped.items() if check_id not in NOT_THERE}
    assert (set() if server.strict else NOTED) == noted
    assert len(all_checks()) == len(report.results)
    assert [] == report.left_behind == server.users() == server.groups()
