"""A target that answers two creations with one account: it is never of both."""

import json
from typing import Any

import pytest
from werkzeug import Response

from provisioner.state.sqlite import SqliteState


@pytest.fixture
def merging(company, flaky) -> Any:
    """A target that takes eve for ada: it answers her creation with ada's account."""
    company.settings["concurrency"] = 1
    company.group("staff", "ada")
    known: dict[str, str] = {}

    def remember(answer: Response) -> Response:
        known["id"] = json.loads(answer.get_data())["id"]
        return answer

    def merge(_: Response) -> Response:
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": known["id"]}
        return Response(json.dumps(body), 201, content_type="application/scim+json")

    flaky.spoil("POST", "ada@example.com", remember)
    flaky.spoil("POST", "eve@example.com", merge)
    return company


def test_the_second_creation_fails_and_names_the_first(merging) -> None:
    result = merging.run()

    (outcome,) = result.troubles
    assert ("eve", True) == (outcome.action.anchor, "account of ada" in str(outcome.trouble))


def test_the_account_stays_linked_to_the_first_alone(merging) -> None:
    merging.run()

    with SqliteState.open_to_read(merging.job().state_path) as state:
        ada, eve = state.link("users", "ada"), state.link("users", "eve")

    assert (True, None) == (ada is not None, eve)


def test_who_leaves_does_not_take_the_others_account_along(merging, by_name) -> None:
    merging.run()
    merging.leave("eve")

    merging.run()

    assert True is by_name("ada")["active"]


def test_an_account_of_ones_own_that_is_there_is_found_in_the_next_run(merging, by_name) -> None:
    merging.run()

    merging.run(retry=True)

    with SqliteState.open_to_read(merging.job().state_path) as state:
        eve = state.link("users", "eve")
    assert eve is not None
    assert by_name("eve")["id"] == eve.target_id


def test_an_account_of_an_earlier_run_is_not_shared_either(company, flaky, by_name) -> None:
    company.run()
    identifier = by_name("ada")["id"]
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": identifier}
    answer = Response(json.dumps(body), 201, content_type="application/scim+json")
    flaky.refuse("POST", "sam@example.com", answer)
    company.person("sam")

    result = company.run()

    assert ["sam"] == [each.action.anchor for each in result.troubles]
