"""Each defect is found by each check that names it, on a server that is right but for it."""

import itertools
from collections import defaultdict
from pathlib import Path

import pytest

import conformance
from conformance.check import UNMET, all_checks, find
from conformance.runner import opened_run
from conformance.wire.access import Access, Bearer
from scim_server.testing.defects import BrokenServer, UnknownDefect, all_defects, broken_server

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"
"""Types of one's own, so that what is immutable, unique or on request is there to be broken."""

SEEDS = itertools.count(2)
"""Another one for each run: a broken server may keep what bears the names of the one before."""

NAMED = defaultdict(list)
for one in all_checks():
    for name in one.catches:
        NAMED[name].append(one)


@pytest.fixture(scope="module")
def server():
    with BrokenServer(schemas=str(SCHEMAS)) as live:
        yield live


@pytest.fixture(scope="module")
def shared_run(server):
    """A run whose discovery documents and cohort were read while the server was right."""
    with opened_run(server.url, Access(Bearer(server.token)), seed=1) as opened:
        opened.one(find("rfc7644/3.4.2.2/eq"))
        yield opened


@pytest.fixture
def planted(server, request):
    server.plant(request.param)
    yield server
    server.plant(None)


def verdicts(server, shared_run, checks):
    """Return what each check says; a run of its own is for what the shared one cannot see."""
    found = {check: shared_run.one(check) for check in checks}
    blind = [check for check, result in found.items() if result.status != UNMET[check.level]]
    if blind:
        ids = [check.id for check in blind]
        report = conformance.run(server.url, token=server.token, only=ids, seed=next(SEEDS))
        found |= {r.check: r for r in report.results if r.check in blind}
    return found


@pytest.mark.parametrize("planted", sorted(set(NAMED) & set(all_defects())), indirect=True)
def test_each_check_that_names_a_defect_finds_it(planted, shared_run, request):
    checks = NAMED[request.node.callspec.params["planted"]]
    found = verdicts(planted, shared_run, checks)
    blind = {
        check.id: (str(result.status), result.message)
        for check, result in found.items()
        if result.status != UNMET[check.level]
    }

    assert {} == blind


def test_every_defect_is_found_by_a_check():
    of_checks = {one.name for one in all_defects().values() if one.area != "identity provider"}

    assert [] == sorted(of_checks - set(NAMED))


def test_every_defect_that_a_check_names_exists():
    assert [] == sorted(set(NAMED) - set(all_defects()))


def test_there_are_two_hundred_defects():
    assert len(all_defects()) >= 200


@pytest.mark.parametrize("each", all_defects().values(), ids=lambda d: d.name)
def test_a_defect_says_what_is_wrong_in_a_sentence(each):
    assert each.what.endswith(".")
    assert each.area


def test_a_server_whose_defect_is_taken_away_is_right(server):
    server.plant("creates-with-200")
    server.plant(None)
    report = conformance.run(server.url, token=server.token, only=["rfc7644/3.3/created"])

    assert ["pass"] == [str(r.status) for r in report.results]


def test_a_defect_stays_with_its_server(server):
    with broken_server("patch-keeps-two-primaries"):
        report = conformance.run(server.url, token=server.token, only=["rfc7644/3.5.2/primary"])

    assert ["pass"] == [str(r.status) for r in report.results]


def test_an_unknown_defect_is_answered_with_the_nearest():
    with pytest.raises(UnknownDefect, match="the nearest is creates-with-200"):
        broken_server("create-with-200")
