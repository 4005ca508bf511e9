"""The functions of Entra ID that need more than a record: free values at the target, app roles."""

import pytest

from provisioner.job.settings import JobError

SELECT = """
[users.map.nickName]
from = 'SelectUniqueValue([displayName], Append([displayName], "2"), Append([displayName], "3"))'
apply = "on create"
"""
ROLES = "roles = '{function}(Split([userType], \"+\"))'"
TYPE = "WindowsAzureActiveDirectoryRole"


@pytest.fixture
def nick(by_name):
    return lambda name: by_name(name).get("nickName")


def test_the_first_value_that_nobody_has_is_written(company, scim, nick) -> None:
    scim.users.create({"userName": "other", "nickName": "Ada"})
    company.settings["more_mappings"] = SELECT
    company.person("ada", displayName="Ada")

    company.run()

    assert "Ada2" == nick("ada")


def test_two_who_are_created_together_do_not_get_the_same_value(company, nick) -> None:
    company.settings["more_mappings"] = SELECT
    company.person("ada", displayName="Same")
    company.person("bob", displayName="Same")

    company.run()

    assert {"Same", "Same2"} == {nick("ada"), nick("bob")}


def test_who_finds_all_values_taken_is_parked(company, scim) -> None:
    for number in ("", "2", "3"):
        scim.users.create({"userName": f"other{number}", "nickName": f"Ada{number}"})
    company.settings["more_mappings"] = SELECT
    company.person("ada", displayName="Ada")

    plan = company.plan()

    [parked] = [action for action in plan.actions if action.verb == "park"]
    assert (
        "NoUniqueValue",
        "All values that the rules of nickName give are taken: Ada, Ada2, Ada3.",
    ) == (
        parked.code,
        parked.reason,
    )


def test_a_chosen_value_stays_when_others_become_free(company, scim, nick) -> None:
    other = scim.users.create({"userName": "other", "nickName": "Ada"})
    company.settings["more_mappings"] = SELECT
    company.person("ada", displayName="Ada")
    company.run()
    scim.users.delete(other["id"])
    company.person("ada", displayName="Ada", department="Sales")

    company.run()

    assert "Ada2" == nick("ada")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("nickName = 'SelectUniqueValue([mail], \"x\")'", "chooses a free value once"),
        (
            '[users.map.emails]\nfrom = \'SelectUniqueValue([mail], "x")\'\napply = "on create"',
            "SelectUniqueValue is for one plain text",
        ),
        (
            ROLES.format(function="AppRoleAssignmentsComplex").replace("roles", "title", 1),
            "takes no app roles",
        ),
    ],
)
def test_a_function_in_the_wrong_place_is_refused(company, row, message) -> None:
    company.settings["more_mappings"] = row

    with pytest.raises(JobError, match=message):
        company.job()


def roles_of(user):
    return sorted((role["value"], role["type"]) for role in user.get("roles", []))


@pytest.mark.parametrize(
    ("function", "after"),
    [
        ("AppRoleAssignmentsComplex", [("Admin", TYPE), ("Reader", TYPE), ("Writer", TYPE)]),
        ("AssertiveAppRoleAssignmentsComplex", [("Reader", TYPE), ("Writer", TYPE)]),
    ],
)
def test_a_role_that_is_gone_from_the_source_stays_or_goes(
    company, by_name, function, after
) -> None:
    company.settings["more_mappings"] = ROLES.format(function=function)
    company.settings["scope"] = "userType pr"
    company.person("ada", userType="Admin+Reader")
    company.run()
    company.person("ada", userType="Reader+Writer")

    company.run()

    assert after == roles_of(by_name("ada"))


def test_roles_that_stay_cost_no_request(company, server) -> None:
    company.settings["more_mappings"] = ROLES.format(function="AppRoleAssignmentsComplex")
    company.settings["scope"] = "userType pr"
    company.person("ada", userType="Admin+Reader")
    company.run()
    company.person("ada", userType="Reader")
    server.requests.clear()

    company.run()

    assert [] == server.requests
