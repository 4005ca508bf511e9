"""What a run has learned of its target, and the next one does not ask again."""

import json

import pytest
from werkzeug import Response

from scim_client.clock import Clock

DAY = 24 * 3600


class Later(Clock):
    def wall(self) -> float:
        return super().wall() + DAY


def refused(status: int, **more: str) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}
    return Response(json.dumps({**body, **more}), status, content_type="application/scim+json")


def requests_of(flaky, company, **options: bool) -> list[str]:
    """Run a cycle; return its requests, each as method and the first part of its path."""
    flaky.seen.clear()
    company.run(**options)
    return [f"{method} {path.split('/')[3].split('?')[0]}" for method, path, _ in flaky.seen]


def rename(company, name: str) -> None:
    company.person("ada", displayName=name)


@pytest.fixture
def known(company, flaky):
    """A company whose runs have created, changed, disabled, and taken members out."""
    company.settings["concurrency"] = 1
    for name in ("guy", "ian", "joe"):
        company.person(name)
    company.run()
    rename(company, "Countess")
    company.person("eve", accountEnabled="False")
    company.group("staff", "ada")
    company.run()
    return company


def test_the_change_of_one_attribute_is_one_request(known, flaky):
    rename(known, "Enchantress")

    assert ["PATCH Users"] == requests_of(flaky, known)


def test_the_disabling_of_one_account_is_one_request(known, flaky):
    known.person("bob", accountEnabled="False")

    assert ["PATCH Users"] == requests_of(flaky, known)


def test_the_change_of_members_is_one_request(known, flaky):
    known.group("staff", "ada", "bob")

    assert ["PATCH Groups"] == requests_of(flaky, known)


def test_a_joiner_is_one_question_and_one_creation(known, flaky):
    known.person("leo")

    assert ["GET Users", "POST Users"] == requests_of(flaky, known)


def test_a_plan_asks_nothing_that_a_run_was_told(known, flaky):
    rename(known, "Enchantress")
    flaky.seen.clear()

    known.plan()

    assert [] == flaky.seen


def test_after_a_day_the_target_is_asked_again_what_it_can_do(known, flaky, monkeypatch):
    monkeypatch.setattr("provisioner.targets.connection.Clock", Later)
    rename(known, "Enchantress")

    assert ["GET Schemas", "GET ServiceProviderConfig", "PATCH Users"] == requests_of(flaky, known)


@pytest.mark.parametrize("status", [400, 405, 501])
def test_after_a_refused_write_the_next_run_asks_again(known, flaky, status):
    flaky.refuse("PATCH", "/Users", refused(status))
    rename(known, "Enchantress")
    known.run()

    assert "GET ServiceProviderConfig" in requests_of(flaky, known, retry=True)


def test_after_a_conflict_nothing_is_asked_again(known, flaky):
    flaky.refuse("PATCH", "/Users", refused(409), times=2)
    rename(known, "Enchantress")
    known.run()

    assert ["PATCH Users"] == requests_of(flaky, known, retry=True)


def test_a_target_that_loses_patch_is_written_by_put_after_one_refusal(known, flaky):
    config = {"patch": {"supported": False}, "filter": {"supported": True}}
    flaky.refuse("GET", "ServiceProviderConfig", Response(json.dumps(config)), times=9)
    flaky.refuse("PATCH", "/Users", refused(501), times=9)
    rename(known, "Enchantress")
    known.run()

    assert "PUT Users" in requests_of(flaky, known, retry=True)


def test_a_target_that_does_not_say_what_it_can_do_is_not_asked_in_each_run(company, flaky):
    flaky.refuse("GET", "ServiceProviderConfig", refused(404), times=9)
    company.run()
    company.person("leo")

    assert ["GET Users", "POST Users"] == requests_of(flaky, company)


def test_another_way_to_speak_to_the_target_starts_afresh(known, flaky):
    known.settings["concurrency"] = "1\n[target.quirks.members]\nchunk = 7"
    rename(known, "Enchantress")

    assert ["GET Schemas", "GET ServiceProviderConfig", "PATCH Users"] == requests_of(flaky, known)


def test_what_is_read_back_now_and_then_is_counted_over_all_runs(known, flaky, monkeypatch):
    monkeypatch.setattr("provisioner.applying.proofs.EVERY", 3)
    read = []
    for name in ("bob", "guy", "ian"):
        known.person(name, accountEnabled="False")
        read.append("GET Users" in requests_of(flaky, known))

    assert [False, True, False] == read


def test_after_a_lie_the_next_run_reads_back_again(known, flaky, monkeypatch):
    monkeypatch.setattr("provisioner.applying.proofs.EVERY", 2)
    known.person("bob", accountEnabled="False")
    flaky.refuse("PATCH", '"active"', Response("", 204))
    known.run()
    known.person("guy", accountEnabled="False")

    assert "GET Users" in requests_of(flaky, known)


def test_a_target_that_has_shown_true_totals_is_not_asked_for_more_than_its_total(company, flaky):
    company.settings["concurrency"] = "1\n[target.quirks.page]\nsize = 10"
    for number in range(8):
        company.person(f"p{number}")
    for number in range(9):
        company.group(f"g{number}")
    company.run()
    for file in company.folder.glob("*.state.db*"):
        file.unlink()
    flaky.seen.clear()

    company.run()

    lists = [path for method, path, _ in flaky.seen if method == "GET" and "startIndex" in path]
    assert ["Users", "Users", "Groups"] == [
        path.split("/")[3].split("?")[0] for path in lists if "filter" not in path
    ]
