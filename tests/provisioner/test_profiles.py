"""Profiles: data files that are checked in full, and what a job must have for its app."""

import re
import tomllib
from pathlib import Path

import pytest
from marshmallow import fields

from provisioner import JobError
from provisioner.targets import load_profile, profile_names
from provisioner.targets.profile_file import LimitTable, ProfileTable

DOCS = Path(__file__).parents[2] / "docs" / "targets.md"


def refusal(company, quirks: str, profile: str = "generic") -> str:
    company.settings["concurrency"] = f'2\nprofile = "{profile}"\n{quirks}'
    with pytest.raises(JobError) as caught:
        company.job()
    return str(caught.value)


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_profile_can_be_read(name):
    assert load_profile(name).members.chunk >= 1


@pytest.mark.parametrize(
    ("quirks", "message"),
    [
        ("[target.quirks]\nuser_agnt = 'x'", "user_agnt: is not a known key; did you mean"),
        ("[target.quirks]\nuser_agent = 'ü'", "user_agent: must be printable ASCII"),
        ("[target.quirks]\nsettle_seconds = 601", "settle_seconds: must be a number above 0"),
        ("[target.quirks]\ndiscovery = 'no'", "discovery: must be true or false"),
        ("[target.quirks.users]\nupdate = 'post'", "users.update: must be one of patch, put, none"),
        ("[target.quirks.users]\noffered = false", "users.offered: is not a known key"),
        ("[target.quirks.users]\nstrip = 'a'", "users.strip: must be a list of texts"),
        ("[target.quirks.users]\nfilter_names = { a = 'b c' }", "users.filter_names: must be a"),
        ("[target.quirks.groups]\ndeactivate = 'put'", "groups.deactivate: is not a known key"),
        ("[target.quirks.members]\nchunk = 0", "members.chunk: must be a whole number above 0"),
        ("[target.quirks.members]\nstyle = 'put'\nreadable = false", "members: style: "),
        ("[target.quirks.page]\nmode = 'offset'", "page.mode: must be one of index, cursor"),
        ("[target.quirks.rate]\nshare = 1.5", "rate.share: must be a number above 0 and at most 1"),
        ("[target.quirks.rate]\nlimits = 5", "rate.limits: must be tables"),
        ("[[target.quirks.rate.limits]]\nburst = 5", 'limit 1".requests: is missing'),
        ("[[target.quirks.rate.limits]]\nrequests = 5\nmethods = ['GTE']", "has 'GTE'"),
        ("[target.quirks.conflict]\nstatuses = [200]", "statuses: must be a list of statuses"),
    ],
)
def test_a_wrong_quirk_gives_one_message_with_its_key(company, quirks, message):
    said = refusal(company, quirks)

    assert message in said
    assert "target.quirks" in said
    assert 1 == len(said.splitlines())


def test_an_unknown_profile_gives_the_nearest_name(company):
    assert "did you mean 'servicenow'?" in refusal(company, "", "servicnow")


def test_a_quirk_of_the_job_wins_over_the_profile():
    profile = load_profile("aws-iam-ic", {"members": {"chunk": 10}})

    assert (10, False) == (profile.members.chunk, profile.members.readable)


def test_what_an_app_demands_must_be_mapped(company):
    said = refusal(company, "", "aws-iam-ic")

    assert 'users.map."name.givenName": is missing; the app demands it' in said
    assert "profile aws-iam-ic" in said


def test_a_match_by_what_the_app_cannot_filter_is_refused(company):
    said = refusal(company, "[target.quirks.users]\nfilter_by = ['externalId']")

    assert "users.match: 'userName': the app can be asked for externalId" in said


def test_a_match_by_what_is_never_sent_is_refused(company):
    said = refusal(company, "[target.quirks.users]\nstrip = ['userName']")

    assert "users.match: 'userName' is never sent to the app" in said


def test_groups_for_an_app_that_has_none_are_refused(company):
    said = refusal(company, "[target.quirks.groups]\noffered = false")

    assert "groups: the app has none over SCIM (profile generic and target.quirks)" in said


def test_every_key_of_a_profile_is_documented():
    text = DOCS.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([\w.]+)`", text, re.M))
    real = {f"rate.limits.{name}" for name in LimitTable().fields}
    for key, field in ProfileTable().fields.items():
        if isinstance(field, fields.Nested):
            real |= {f"{key}.{name}" for name in field.schema.fields if name != "limits"}
        else:
            real.add(key)
    kinds = {f"users.{name}" for name in re.findall(r"^\| `kind\.(\w+)`", text, re.M)}
    kinds |= {each.replace("users.", "groups.") for each in kinds}

    assert (
        real
        == {each for each in named if not each.startswith("kind.")} - set(profile_names()) | kinds
    )


def test_every_shipped_profile_is_documented():
    text = DOCS.read_text(encoding="utf-8")

    assert [] == [name for name in profile_names() if f"| `{name}` |" not in text]


def test_every_example_of_the_documentation_is_a_profile():
    examples = re.findall(r"^```toml\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.M | re.S)
    wrong = [
        ProfileTable().validate(tomllib.loads(example))
        for example in examples
        if "[target" not in example
    ]

    assert examples
    assert [] == [each for each in wrong if each]
