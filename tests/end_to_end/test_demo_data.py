"""The example company is what its README says, and its generator makes the committed files."""

import csv
import importlib.util
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from provisioner.job import Job

COMPANY = Path(__file__).parents[2] / "examples" / "company"
DAYS = ("day1", "day2", "day3")

Row = dict[str, str]


def rows(day: str, name: str) -> list[Row]:
    with (COMPANY / day / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def people(day: str) -> dict[str, Row]:
    return {row["userPrincipalName"].partition("@")[0]: row for row in rows(day, "people.csv")}


def groups(day: str) -> dict[str, Row]:
    return {row["displayName"]: row for row in rows(day, "groups.csv")}


def by_id(day: str) -> dict[str, Row]:
    everything = [*rows(day, "people.csv"), *rows(day, "groups.csv")]
    return {row["objectId"]: row for row in everything}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    subprocess.run(
        [sys.executable, "-B", str(COMPANY / "generate.py"), str(folder)], check=True, timeout=60
    )
    return folder


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("name", ["people.csv", "groups.csv"])
def test_the_generator_makes_the_committed_files_byte_by_byte(
    generated: Path, day: str, name: str
) -> None:
    assert (COMPANY / day / name).read_bytes() == (generated / day / name).read_bytes()


def test_the_job_file_is_right() -> None:
    job = Job.load(COMPANY / "contoso.toml")

    assert "contoso" == job.name


@pytest.mark.parametrize("day", DAYS)
def test_there_are_more_than_600_people_and_48_groups(day: str) -> None:
    assert len(rows(day, "people.csv")) > 600
    assert 48 == len(rows(day, "groups.csv"))


@pytest.mark.parametrize("day", DAYS)
def test_every_object_has_an_id_of_its_own(day: str) -> None:
    count = len(rows(day, "people.csv")) + len(rows(day, "groups.csv"))

    assert count == len(by_id(day))


@pytest.mark.parametrize("day", DAYS)
def test_every_manager_and_member_is_in_the_same_export(day: str) -> None:
    managers = {row["manager"] for row in rows(day, "people.csv")} - {""}
    members = {m for row in rows(day, "groups.csv") for m in row["members"].split(";")} - {""}

    assert managers | members <= by_id(day).keys()


@pytest.mark.parametrize("day", DAYS)
def test_one_user_principal_name_alone_is_there_twice(day: str) -> None:
    names = Counter(row["userPrincipalName"].lower() for row in rows(day, "people.csv"))

    assert ["andrea.rossi@contoso.example"] == [name for name, n in names.items() if n > 1]


def test_managers_are_five_levels_deep() -> None:
    everyone = by_id("day1")

    def depth(row: Row) -> int:
        return 1 + depth(everyone[row["manager"]]) if row["manager"] else 1

    assert 5 == max(depth(row) for row in rows("day1", "people.csv"))


def test_somebody_reports_to_a_manager_who_is_out_of_scope() -> None:
    guests = {r["objectId"] for r in rows("day1", "people.csv") if r["userType"] == "Guest"}
    reports = [row for row in rows("day1", "people.csv") if row["manager"] in guests]

    assert 4 == len(reports)


def test_groups_are_nested_three_deep() -> None:
    day = groups("day1")
    top, middle, bottom = (day[f"App-Engineering{name}"] for name in ("", " Platform", " On Call"))

    assert middle["objectId"] in top["members"].split(";")
    assert bottom["objectId"] in middle["members"].split(";")


def test_two_groups_are_members_of_each_other() -> None:
    blue, green = groups("day1")["App-Crew Blue"], groups("day1")["App-Crew Green"]

    assert green["objectId"] in blue["members"].split(";")
    assert blue["objectId"] in green["members"].split(";")


def test_one_group_is_empty() -> None:
    empty = [name for name, row in groups("day1").items() if not row["members"]]

    assert ["App-Parking Waitlist"] == empty


def test_some_employees_have_no_mail() -> None:
    without = [row for row in rows("day1", "people.csv") if not row["mail"]]

    assert 64 == len(without)


def test_names_come_in_many_scripts_and_with_what_csv_must_quote() -> None:
    text = "".join(r["displayName"] + r["streetAddress"] for r in rows("day1", "people.csv"))

    assert set("éßøłıİ'-,\"\nễ王حдЄή") <= set(text)


def test_the_one_who_marries_keeps_her_id() -> None:
    before, after = people("day1")["anna.schmidt"], people("day2")["anna.mueller"]

    assert before["objectId"] == after["objectId"]
    assert ("Schmidt", "Müller") == (before["surname"], after["surname"])


def test_the_leavers_of_day_2_are_fewer_than_the_brake_allows() -> None:
    gone = by_id("day1").keys() - by_id("day2").keys()

    assert 9 == len(gone)


def test_the_old_leaver_comes_back_on_day_2() -> None:
    assert "siobhan.obrien" not in people("day1")
    assert "True" == people("day2")["siobhan.obrien"]["accountEnabled"]


def test_one_is_disabled_on_day_2_and_enabled_on_day_3() -> None:
    story = [people(day)["hang.nguyen"]["accountEnabled"] for day in DAYS]

    assert ["True", "False", "True"] == story


def test_one_leaves_on_day_2_and_is_back_on_day_3() -> None:
    assert [True, False, True] == ["lucia.garcia" in people(day) for day in DAYS]


def test_a_renamed_group_keeps_its_id() -> None:
    before = groups("day1")["App-Marketing Brand"]
    after = groups("day2")["App-Marketing Brand & Design"]

    assert before["objectId"] == after["objectId"]


@pytest.fixture(scope="module")
def verify() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify", COMPANY.parent / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def oracle(verify: ModuleType) -> SimpleNamespace:
    oracle = verify.Oracle([{"userName": "backup-robot", "active": True}])
    for day in DAYS:
        oracle.next_day(COMPANY / day)
    return oracle


@pytest.fixture
def app(oracle: SimpleNamespace) -> SimpleNamespace:
    users, groups = deepcopy(oracle.expected_users()), deepcopy(oracle.expected_groups())
    return SimpleNamespace(users=users, groups=groups, duplicates=0)


def test_the_demo_takes_an_app_that_is_right_for_right(
    verify: ModuleType, oracle: SimpleNamespace, app: SimpleNamespace
) -> None:
    assert [] == verify.differences(oracle, app)


def test_the_demo_sees_a_wrong_attribute(
    verify: ModuleType, oracle: SimpleNamespace, app: SimpleNamespace
) -> None:
    app.users["suharti@contoso.example"]["title"] = "Chief"

    assert [
        "user suharti@contoso.example: title should be 'Specialist' and is 'Chief'"
    ] == verify.differences(oracle, app)


def test_the_demo_sees_a_leaver_who_was_deleted(
    verify: ModuleType, oracle: SimpleNamespace, app: SimpleNamespace
) -> None:
    del app.users["mehmet.yildiz@contoso.example"]

    assert ["user mehmet.yildiz@contoso.example is missing"] == verify.differences(oracle, app)


def test_the_demo_sees_an_account_of_others_that_was_touched(
    verify: ModuleType, oracle: SimpleNamespace, app: SimpleNamespace
) -> None:
    app.users["backup-robot"]["active"] = False

    assert ["user backup-robot: active should be True and is False"] == verify.differences(
        oracle, app
    )


def test_the_demo_sees_a_member_too_few_and_one_too_many(
    verify: ModuleType, oracle: SimpleNamespace, app: SimpleNamespace
) -> None:
    app.groups["App-Executives"] = ["backup-robot"]
    app.groups["App-Legal"].pop(0)

    assert 2 == len(verify.differences(oracle, app))


def test_the_demo_expects_those_who_came_back_to_be_active(oracle: SimpleNamespace) -> None:
    users = oracle.expected_users()
    back = ("siobhan.obrien", "hang.nguyen", "lucia.garcia")

    assert [True, True, True] == [users[f"{name}@contoso.example"]["active"] for name in back]
