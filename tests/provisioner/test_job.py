"""Job files: what a right one says, and one message for each thing that is wrong."""

import json
import re
from pathlib import Path

import pytest

from provisioner.job import Job, JobError
from provisioner.job.settings import Limit
from provisioner.language.mapping import Mapper
from provisioner.record import Record
from provisioner.sources import open_source
from scim_protocol import urns
from scim_protocol.catalog import Catalog

JOB = """\
version = 1
name = "contoso"
[source]
kind = "csv"
users = "people.csv"
groups = "groups.csv"
[target]
url = "https://app.example/scim/v2"
token_env = "CONTOSO_SCIM_TOKEN"
requests_per_second = 25
[scope]
users = 'active eq true and userType eq "Employee"'
groups = 'displayName sw "App-"'
users_in_groups = ["App-Contoso"]
[users]
match = ["userName", "externalId"]
[users.map]
userName = "[upn]"
externalId = "[objectId]"
"name.givenName" = "[givenName]"
'emails[type eq "work"].value' = "ToLower([mail])"
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager" = "[manager]"
[users.map.title]
from = 'Switch([jobCode], "Staff", "M1", "Manager")'
apply = "on create"
default = "Staff"
[groups]
match = ["displayName"]
map = { displayName = "[displayName]", externalId = "[objectId]", members = "[members]" }
[policy]
leavers = "disable"
max_leavers = "5%"
"""


@pytest.fixture
def load(tmp_path):
    def load(text=JOB, **replaced):
        for old, new in replaced.items():
            assert old in text, old
            text = text.replace(old, new)
        (tmp_path / "contoso.toml").write_text(text, encoding="utf-8")
        return Job.load(tmp_path / "contoso.toml")

    return load


@pytest.fixture
def problems(load):
    """Load a job with one text replaced by another, and give the messages."""

    def problems(old="", new="", text=JOB):
        assert old in text
        with pytest.raises(JobError) as caught:
            load(text.replace(old, new, 1))
        return caught.value.problems

    return problems


def test_the_rows_of_a_mapping_keep_their_order(load):
    assert [row.target for row in load().users.map][:3] == [
        "userName",
        "externalId",
        "name.givenName",
    ]


def test_a_long_row_says_when_it_applies(load):
    assert load().users.map[-1].apply == "on create"


def test_a_short_row_applies_always(load):
    assert load().users.map[0].apply == "always"


def test_paths_are_relative_to_the_job_file(load, tmp_path):
    assert load().source.users == tmp_path / "people.csv"


def test_the_state_lies_beside_the_job_under_its_name(load, tmp_path):
    assert load().state_path == tmp_path / "contoso.state.db"


def test_the_state_can_lie_elsewhere(load):
    assert load('state = "/var/lib/app.db"\n' + JOB).state_path == Path("/var/lib/app.db")


def test_a_limit_is_a_share(load):
    assert load().policy.max_leavers == Limit(percent=5.0)


def test_a_limit_is_a_count(load):
    assert load(JOB.replace('"5%"', "7")).policy.max_leavers == Limit(count=7)


@pytest.mark.parametrize(
    ("limit", "number", "base", "exceeded"),
    [
        (Limit(count=2), 2, 100, False),
        (Limit(count=2), 3, 100, True),
        (Limit(count=0), 1, 100, True),
        (Limit(percent=5.0), 5, 100, False),
        (Limit(percent=5.0), 6, 100, True),
    ],
)
def test_a_limit_is_exceeded_by_more_than_it_says(limit, number, base, exceeded):
    assert exceeded == limit.exceeded(number, base)


def test_policy_may_be_left_out(load):
    assert load(JOB[: JOB.index("[policy]")]).policy.leavers == "disable"


def test_a_boolean_in_a_mapping_is_a_constant(load):
    job = load(JOB.replace('userName = "[upn]"', 'userName = "[upn]"\nactive = true'))

    assert job.users.map[1].expression == '"True"'


def test_the_columns_of_a_kind_are_those_that_anything_mentions(load):
    assert set(load().columns("groups")) == {"objectId", "displayName", "members"}


def test_a_source_is_asked_for_the_columns_that_the_job_uses(load):
    assert "jobCode" in open_source(load()).needed["users"]


def test_a_job_that_loads_can_be_mapped_with(load):
    assert Mapper(load().users, Catalog.standard().models["User"]).attributes >= {"upn"}


def test_the_token_is_read_from_the_variable(load, monkeypatch):
    monkeypatch.setenv("CONTOSO_SCIM_TOKEN", " s3cret\n")

    assert load().target.token() == "s3cret"


def test_a_variable_that_is_not_set_is_named(load, monkeypatch):
    monkeypatch.delenv("CONTOSO_SCIM_TOKEN", raising=False)

    with pytest.raises(JobError, match="the environment variable CONTOSO_SCIM_TOKEN is not set"):
        load().target.token()


def test_the_token_is_read_from_a_file(load, tmp_path):
    (tmp_path / "token").write_text("s3cret\n")
    job = load(JOB.replace('token_env = "CONTOSO_SCIM_TOKEN"', 'token_file = "token"'))

    assert job.target.token() == "s3cret"


@pytest.mark.parametrize(("content", "reason"), [(None, "cannot be read"), ("\n", "is empty")])
def test_a_token_file_that_gives_none_is_named(load, tmp_path, content, reason):
    if content is not None:
        (tmp_path / "token").write_text(content)
    job = load(JOB.replace('token_env = "CONTOSO_SCIM_TOKEN"', 'token_file = "token"'))

    with pytest.raises(JobError, match=f"target.token_file: .* {reason}"):
        job.target.token()


WRONG = [
    (
        'kind = "csv"',
        'kind = "csv"\nlist_columns = ["x"]',
        "groups.map.members: takes a list, and the column 'members' is not among",
    ),
    (
        'kind = "csv"',
        'kind = "csv"\nlist_columns = ["x"]',
        "scope.users_in_groups: needs the column 'members' among source.list_columns",
    ),
    (
        "url = ",
        'profile = "genric"\nurl = ',
        "target.profile: there is no profile 'genric'; did you mean 'generic'?",
    ),
    ("version = 1", "version = 2", "version: must be 1, the only version there is"),
    ("version = 1\n", "", "version: is missing; write version = 1"),
    ('name = "contoso"', 'name = "../x"', "name: must be made of letters"),
    ('name = "contoso"', "name = 1", "name: must be text in quotes"),
    ('name = "contoso"', 'nane = "contoso"', "nane: is not a known key; did you mean 'name'?"),
    ("[policy]", "[polices]", "polices: is not a known key; did you mean 'policy'?"),
    ("[policy]", "[groups.policy]", "groups.policy: is not a known key"),
    (
        'kind = "csv"',
        'kind = "cvs"',
        "source.kind: there is no source of kind 'cvs'; did you mean 'csv'?",
    ),
    ('kind = "csv"\n', "", "source.kind: is missing"),
    (
        'kind = "csv"',
        'kind = "csv"\nencoding = "utf-9"',
        "source.encoding: 'utf-9' is not a known encoding",
    ),
    ('kind = "csv"', 'kind = "csv"\ndelimiter = "||"', "source.delimiter: must be one character"),
    (
        'kind = "csv"',
        'kind = "csv"\nlist_columns = "a"',
        "source.list_columns: must be a list of texts",
    ),
    ("https://app.example/scim/v2", "app.example", "target.url: must be a URL such as https://"),
    ("https://app", "https://me:pw@app", "target.url: must not carry a user or password"),
    ("/scim/v2", "/scim/v2?x=1", "target.url: must end with the path"),
    (
        "CONTOSO_SCIM_TOKEN",
        "eyJ0eXAi.abc",
        "target.token_env: must be the name of an environment variable",
    ),
    ('token_env = "CONTOSO_SCIM_TOKEN"\n', "", "target: needs either token_env"),
    ("token_env", "tokenenv", "target.tokenenv: is not a known key; did you mean 'token_env'?"),
    ("_second = 25", "_second = 0", "target.requests_per_second: must be a number above 0; is 0"),
    (
        "_second = 25",
        '_second = "25"',
        "target.requests_per_second: must be a number above 0; is '25'",
    ),
    (
        "_second = 25",
        "_second = 25\nconcurrency = 2.5",
        "target.concurrency: must be a whole number",
    ),
    ("_second = 25", "_second = 25\nconcurrency = 99", "target.concurrency: .* at most 64; is 99"),
    ("_second = 25", "_second = inf", "target.requests_per_second: must be a number above 0"),
    ("_second = 25", "_second = 25\ntimeout_seconds = inf", "target.timeout_seconds: .* 3600"),
    ("active eq true", "active is true", "scope.users: At character 8"),
    ('displayName sw "App-"', "displayName", "scope.groups: "),
    ('["App-Contoso"]', '"App-Contoso"', "scope.users_in_groups: must be a list of texts"),
    ('match = ["userName", "externalId"]', "match = []", "users.match: must not be empty"),
    ('"externalId"]', '"nickName"]', "users.match: 'nickName' is not mapped"),
    ('"externalId"]', '"nickname2"]', "users.match: 'nickname2' is no attribute of User"),
    ('match = ["displayName"]', 'match = ["members"]', "groups.match: 'members' cannot be matched"),
    ('"[upn]"', '"upn"', "users.map.userName: 'upn' is a constant, .* write [upn]"),
    ('userName = "[upn]"', 'nickName = "[upn]"', "users.map: userName is missing"),
    (
        '"[upn]"',
        '"[upn"',
        "users.map.userName: at character 1: the attribute has no name and closing ]",
    ),
    (
        '"[upn]"',
        "'ToLowr([upn])'",
        "users.map.userName: at character 1: there is no function ToLowr; did you",
    ),
    ('"[upn]"', '""', "users.map.userName: must be an expression in quotes"),
    ('"[upn]"', "['a']", "users.map.userName: must be an expression in quotes"),
    ('"[upn]"', "'Guid()'", "users.map.userName: gives another value at every run"),
    (
        'externalId = "[objectId]"\n"',
        'nikName = "[x]"\n"',
        "users.map.nikName: is no attribute of User; did you mean 'nickName'?",
    ),
    ('externalId = "[objectId]"\n"', 'id = "[x]"\n"', "users.map.id: is read-only"),
    (
        'externalId = "[objectId]"\n"',
        'active = "maybe"\n"',
        "users.map.active: must be True or False",
    ),
    (
        'externalId = "[objectId]"\n"',
        'username = "[x]"\n"',
        "users.map.username: is the same attribute as 'userName'",
    ),
    (
        'externalId = "[objectId]"\n"',
        'manager.value = "[x]"\n"',
        "users.map.manager: is a table without `from`; did you mean the quoted key",
    ),
    (
        'externalId = "[objectId]"\n"',
        'nickName = { form = "[x]" }\n"',
        "users.map.nickName: is a table without `from`",
    ),
    (
        '"[manager]"',
        '{ from = "[manager]", default = "1" }',
        '2.0:User:manager": is a reference to another object, which takes no default',
    ),
    ('"[manager]"', '"boss"', '2.0:User:manager": is a reference: write the source attribute'),
    (
        'apply = "on create"',
        'apply = "once"',
        "users.map.title.apply: must be one of always, on create, if empty, add only; is 'once'",
    ),
    (
        'apply = "on create"',
        'nickName = "[x]"',
        "users.map.title.nickName: is not a key of a long-form row",
    ),
    ('default = "Staff"', "default = [1]", "users.map.title.default: must be text in quotes"),
    (
        'groups = "groups.csv"\n',
        "",
        "groups: there is nothing to read them from; set source.groups",
    ),
    (
        'leavers = "disable"',
        'leavers = "fire"',
        "policy.leavers: must be one of disable, delete, keep; is 'fire'",
    ),
    ('"5%"', '"5 percent"', "policy.max_leavers: must be a count such as 20 or a share"),
    ('"5%"', "-1", "policy.max_leavers: must be a count such as 20 or a share"),
    (
        '"5%"',
        '"5%"\nmin_source_ratio = 2',
        "policy.min_source_ratio: must be a number above 0 and at most 1",
    ),
    ('match = ["userName", "externalId"]\n', "", "users.match: is missing"),
    (
        '["displayName"]\nmap = ',
        '["displayName"]\nmap = {}\nnap = ',
        "groups.map: maps nothing; add at least one row",
    ),
    ('"[manager]"', "3.5", '2.0:User:manager": must be an expression in quotes'),
    ("from = ", "from = 3.5\nform = ", "users.map.title.from: must be an expression in quotes"),
    ('default = "Staff"', "default = 3.5", "users.map.title.default: must be text in quotes"),
    (
        '"[upn]"',
        "'SelectUniqueValue([a], [b])'",
        "users.map.userName: chooses a free value once",
    ),
    ('"externalId"]', '"emails"]', "users.match: 'emails' is not mapped"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_each_key_that_is_wrong_gives_a_message_with_file_key_and_remedy(
    problems, old, new, message
):
    pattern = re.escape(f"contoso.toml: {message}").replace(r"\.\*", ".*")
    if message.startswith("2.0:User"):
        pattern = rf"contoso\.toml: users\.map\..*{re.escape(message)}"

    found = problems(old, new)

    assert [line for line in found if re.match(pattern, line)], found


def test_a_table_that_is_no_table_is_told(problems):
    text = JOB[: JOB.index("[policy]")].replace("version = 1", "version = 1\npolicy = 3")

    assert problems(text=text) == ["contoso.toml: policy: must be a table"]


def test_a_mapping_that_is_no_table_is_told(problems):
    text = re.sub(r"map = \{.*\}", "map = 3", JOB)

    assert problems(text=text) == [
        'contoso.toml: groups.map: must be a table of target = "expression"'
    ]


def test_group_rules_that_nothing_provisions_are_told(problems):
    start, end = JOB.index("[groups]"), JOB.index("[policy]")

    assert problems(text=JOB[:start] + JOB[end:]) == [
        "contoso.toml: scope.groups: no groups are provisioned; add a [groups] table or take this "
        "out"
    ]


def test_all_problems_are_told_at_once(problems):
    text = (
        JOB.replace("[upn]", "[upn").replace("active eq", "active is").replace("givenName", "gven")
    )

    assert len(problems(text=text)) == 3


def test_a_wrong_shape_does_not_hide_a_wrong_meaning(problems):
    text = JOB.replace("[upn]", "[upn").replace("leavers", "leaver", 1).replace("M1", "", 1)

    assert [re.match(r"contoso.toml: ([\w.]+)", line)[1] for line in problems(text=text)] == [
        "policy.leaver",
        "users.map.userName",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "users = 3",
        "users = {}",
        "users = { map = {} }",
        "users = { map = { userName = 3.5 } }",
        "source = { users = 3 }",
        "target = { schemas = 3 }",
        JOB.replace("[source]", "[sauce]"),
        JOB.replace("[target]", "[goal]"),
        JOB.replace("[groups]", "[teams]"),
    ],
)
def test_a_job_of_which_much_is_missing_gives_messages(problems, text):
    assert problems(text=text)


def test_a_job_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(JobError, match=r"absent\.toml: cannot be read: No such file"):
        Job.load(tmp_path / "absent.toml")


def test_text_that_is_not_toml_is_told_with_its_line(problems):
    assert re.match(
        r"contoso\.toml: is not valid TOML: .*line 1", problems("version = 1", "version =")[0]
    )


def test_a_job_file_in_another_encoding_is_told(tmp_path):
    (tmp_path / "job.toml").write_bytes(b'name = "Zo\xeb"')

    with pytest.raises(JobError, match="is not UTF-8 text"):
        Job.load(tmp_path / "job.toml")


PEOPLE = "objectId,active,userType,UPN,givenName,mail,manager,jobCode\n"


def test_a_column_that_the_source_lacks_is_told_with_the_nearest(problems, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE)

    assert problems() == [
        "contoso.toml: users.map.userName: the source of users has no attribute 'upn'; "
        "did you mean 'UPN'?"
    ]


def test_a_constant_that_is_the_name_of_a_column_is_told(problems, tmp_path):
    (tmp_path / "people.csv").write_text(PEOPLE.replace("UPN", "upn"))

    assert problems('"[givenName]"', '"mail"') == [
        'contoso.toml: users.map."name.givenName": mail is a constant text here, and the source '
        "has an attribute of that name; write [mail]"
    ]


def test_a_source_that_is_not_there_yet_is_no_fault_of_the_job(load):
    assert load().name == "contoso"


BADGE = {
    "id": "urn:ietf:params:scim:schemas:extension:acme:2.0:User",
    "attributes": [{"name": "badge", "type": "integer"}],
}
WITH_BADGE = JOB.replace("[scope]", 'schemas = ["acme.json"]\n[scope]').replace(
    'externalId = "[objectId]"\n"', f'"{BADGE["id"]}:badge" = "[badge]"\n"'
)


@pytest.mark.parametrize("document", [BADGE, [BADGE], {"Resources": [BADGE]}])
def test_a_target_may_have_schemas_of_its_own(load, tmp_path, document):
    (tmp_path / "acme.json").write_text(json.dumps(document))
    text = WITH_BADGE.replace('["userName", "externalId"]', '["userName"]')
    job = load(text)
    record = Record("users", "1", {"badge": "7"}, "people.csv line 2")
    mapped = Mapper(job.users, job.catalog.models["User"]).map(record, soft_deleted=False)

    assert mapped.values[f"{BADGE['id']}:badge"] == 7


def test_a_schema_of_a_known_urn_takes_its_place(load, tmp_path):
    core = {**Catalog.standard().schemas[urns.USER].to_json()}
    core["attributes"] = [*core["attributes"], {"name": "shoeSize"}]
    (tmp_path / "acme.json").write_text(json.dumps(core))
    job = load(JOB.replace("[scope]", 'schemas = ["acme.json"]\n[scope]'))

    assert job.catalog.models["User"].core.attribute("shoeSize") is not None


def test_a_schema_whose_urn_ends_in_no_resource_type_extends_both(load, tmp_path):
    (tmp_path / "acme.json").write_text(json.dumps({**BADGE, "id": "urn:acme:extra"}))
    job = load(JOB.replace("[scope]", 'schemas = ["acme.json"]\n[scope]'))

    assert all(model.extension("urn:acme:extra") for model in job.catalog.models.values())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        ("{", "acme.json: is not JSON"),
        ("{}", "acme.json: is not a schema .* it lacks 'id'"),
        ("3", "acme.json: is not a schema"),
    ],
)
def test_a_schema_file_that_is_none_is_told(problems, tmp_path, content, reason):
    if content is not None:
        (tmp_path / "acme.json").write_text(content)

    found = problems("[scope]", 'schemas = ["acme.json"]\n[scope]')

    assert re.match(rf"contoso\.toml: target\.schemas: .*{reason}", found[0])
