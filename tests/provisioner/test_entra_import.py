"""A synchronization schema of Entra ID becomes a job file that says the same, or tells what not."""

import json

import pytest
from click.testing import CliRunner

from provisioner import Job
from provisioner.commands.cli import main
from provisioner.job.entra_import import import_schema
from provisioner.job.settings import Clause, JobError, MappingRow

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def attribute(name):
    return {"type": "Attribute", "name": name, "expression": f"[{name}]", "parameters": []}


def function(text):
    return {"type": "Function", "name": text.split("(")[0], "expression": text, "parameters": []}


def constant(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return {"type": "Constant", "name": text, "expression": f'"{quoted}"', "parameters": []}


def row(target, source, **more):
    return {
        "targetAttributeName": target,
        "source": source,
        "flowType": "Always",
        "flowBehavior": "FlowWhenChanged",
        "matchingPriority": 0,
        "defaultValue": None,
        "exportMissingReferences": False,
    } | more


USER_ROWS = [
    row("externalId", attribute("mailNickname"), matchingPriority=2),
    row("userName", attribute("userPrincipalName"), matchingPriority=1),
    row("active", function('Switch([IsSoftDeleted], , "False", "True", "True", "False")')),
    row("displayName", function('Join(" ", [givenName], [surname])')),
    row('emails[type eq "work"].value', attribute("mail")),
    row(f"{ENTERPRISE}:department", attribute("department"), defaultValue="None given"),
    row(f"{ENTERPRISE}:manager", attribute("manager")),
    row("preferredLanguage", constant("en"), flowType="ObjectAddOnly"),
    row("userType", constant('a "b"\\c')),
]
GROUP_ROWS = [
    row("displayName", attribute("displayName"), matchingPriority=1),
    row("members", attribute("members")),
]


def schema(users=USER_ROWS, groups=GROUP_ROWS, scope=None, **more):
    def mapping(name, rows, **changes):
        return {
            "name": f"Synchronize {name}s",
            "enabled": True,
            "flowTypes": "Add, Update, Delete",
            "sourceObjectName": name,
            "targetObjectName": name,
            "scope": None,
            "attributeMappings": rows,
        } | changes

    mappings = [mapping("User", users, scope=scope, **more), mapping("Group", groups)]
    return {"directories": [], "synchronizationRules": [{"objectMappings": mappings}]}


SCOPE = {
    "groups": [
        {
            "name": "Sales, and paid",
            "clauses": [
                {
                    "operatorName": "EQUALS",
                    "sourceOperandName": "department",
                    "targetOperand": {"values": ["Sales"]},
                },
                {
                    "operatorName": "Is Not Null",
                    "sourceOperandName": "jobTitle",
                    "targetOperand": {"values": []},
                },
            ],
        }
    ],
    "inputFilterGroups": [],
    "categoryFilterGroups": [],
}
PEOPLE = (
    "objectId,userPrincipalName,mailNickname,givenName,surname,mail,department,manager,jobTitle"
)


@pytest.fixture
def imported(tmp_path):
    def make(document):
        path = tmp_path / "schema.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return import_schema(path, "contoso")

    return make


@pytest.fixture
def job(imported, tmp_path):
    """Load the job file made of a schema, with files that have the columns it names."""

    def load(document):
        (tmp_path / "people.csv").write_text(PEOPLE + "\n", encoding="utf-8")
        (tmp_path / "groups.csv").write_text("objectId,displayName,members\n", encoding="utf-8")
        path = tmp_path / "job.toml"
        path.write_text(imported(document).text, encoding="utf-8")
        return Job.load(path)

    return load


def test_what_can_be_carried_over_is_told_of_nothing(imported):
    assert [] == imported(schema(scope=SCOPE)).notes


def test_each_mapping_is_a_row_of_the_job(job):
    rows = {row.target: row for row in job(schema()).users.map}

    assert {
        "externalId": MappingRow("externalId", "[mailNickname]"),
        "userName": MappingRow("userName", "[userPrincipalName]"),
        "active": MappingRow(
            "active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
        ),
        "displayName": MappingRow("displayName", 'Join(" ", [givenName], [surname])'),
        'emails[type eq "work"].value': MappingRow('emails[type eq "work"].value', "[mail]"),
        f"{ENTERPRISE}:department": MappingRow(
            f"{ENTERPRISE}:department", "[department]", default="None given"
        ),
        f"{ENTERPRISE}:manager": MappingRow(f"{ENTERPRISE}:manager", "[manager]"),
        "preferredLanguage": MappingRow("preferredLanguage", '"en"', "on create"),
        "userType": MappingRow("userType", '"a \\"b\\"\\\\c"'),
    } == rows


def test_matching_precedence_is_the_order_of_match(job):
    assert ("userName", "externalId") == job(schema()).users.match


def test_scoping_filters_are_carried_over(job):
    [each] = job(schema(scope=SCOPE)).scope.user_filters

    assert (
        Clause("department", "EQUALS", "Sales"),
        Clause("jobTitle", "IS NOT NULL"),
    ) == each.clauses


def test_groups_are_carried_over(job):
    assert ("displayName",) == job(schema()).groups.match


# (a user's row or a change of the schema, what is told of it)
LEFT = [
    (row("nickName", function("DefaultDomain()")), "users.map.nickName = DefaultDomain(): "),
    (row("id", attribute("objectId")), "users.map.id = [objectId]: "),
    (row("userPrincipalName", attribute("a")), "users.map.userPrincipalName = [a]: "),
    (row("nickName", None), "users.map.nickName: maps nothing (type None), and is left out"),
    (
        row("nickName", attribute("mail"), flowType="Sometimes"),
        "users.map.nickName: the flow type Sometimes is not known: it is written always",
    ),
    (
        row("nickName", attribute("mail"), flowBehavior="FlowAlways"),
        "users.map.nickName: FlowAlways has no counterpart",
    ),
    (row("userName", attribute("mail")), "users.map.userName = [mail]: is mapped twice"),
]


# (a user's row, the row of the job that says the same)
CARRIED = [
    (row("nickName", None, defaultValue="x"), MappingRow("nickName", '"x"', "if empty")),
    (
        row("nickName", attribute("mail"), flowType="AttributeAddOnly"),
        MappingRow("nickName", "[mail]", "if empty"),
    ),
    (
        row("nickName", attribute("mail"), flowType="ValueAddOnly", defaultValue="y"),
        MappingRow("nickName", "[mail]", "add only", "y"),
    ),
    (
        row("roles", attribute("mail"), flowType="MultiValueAddOnly"),
        MappingRow("roles", "[mail]", "add only"),
    ),
]


@pytest.mark.parametrize(("added", "expected"), CARRIED, ids=[str(each) for _, each in CARRIED])
def test_a_flow_type_is_carried_over(imported, job, added, expected):
    document = schema([*USER_ROWS, added])

    assert ([], expected) == (imported(document).notes, job(document).users.map[-1])


def test_a_reference_follows_the_source_whatever_its_flow_type(imported, job):
    added = row(f"{ENTERPRISE}:manager", attribute("manager"), flowType="ValueAddOnly")
    others = [each for each in USER_ROWS if "manager" not in each["targetAttributeName"]]
    document = schema([*others, added])

    [note] = imported(document).notes
    rows = {each.target: each.apply for each in job(document).users.map}
    assert ("always", True) == (rows[f"{ENTERPRISE}:manager"], "ValueAddOnly" in note)


@pytest.mark.parametrize(("added", "told"), LEFT, ids=[told for _, told in LEFT])
def test_a_row_that_cannot_be_carried_over_is_told(imported, added, told):
    [note] = imported(schema([*USER_ROWS, added])).notes

    assert note.startswith(told)


def test_what_is_told_is_also_a_comment_of_the_file(imported):
    made = imported(schema([*USER_ROWS, row("nickName", None)]))

    assert f"# - {made.notes[0]}\n" in made.text


def test_a_flow_that_is_switched_off_is_told(imported):
    [note] = imported(schema(flowTypes="Add, Update")).notes

    assert "users: Delete is switched off" in note


def test_a_mapping_that_is_switched_off_is_left_out(imported):
    document = schema()
    document["synchronizationRules"][0]["objectMappings"][1]["enabled"] = False
    made = imported(document)

    assert "[groups]" not in made.text
    assert made.notes == ["groups (Synchronize Groups): is switched off in Entra ID, and left out"]


def test_a_filter_with_an_unknown_operator_is_left_out_and_told(imported):
    scope = {
        "groups": [
            {
                "name": "x",
                "clauses": [
                    {
                        "operatorName": "SOUNDS LIKE",
                        "sourceOperandName": "a",
                        "targetOperand": {"values": ["b"]},
                    }
                ],
            }
        ]
    }
    [note] = imported(schema(scope=scope)).notes

    assert "there is no operator 'SOUNDS LIKE'" in note


@pytest.mark.parametrize("document", [[], {}, {"synchronizationRules": 7}, "text", None])
def test_what_is_no_schema_is_refused(imported, document):
    with pytest.raises(JobError, match="holds no mapping of users"):
        imported(document)


def test_the_command_prints_the_job_and_tells_what_is_not_in_it(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema([*USER_ROWS, row("nickName", None)])), encoding="utf-8")
    result = CliRunner().invoke(main, ["import-entra", str(path), "--name", "contoso"])

    assert 1 == result.exit_code
    assert 'name    = "contoso"' in result.stdout
    assert "users.map.nickName: maps nothing" in result.stderr


def test_the_command_writes_a_file_and_replaces_none(tmp_path):
    path, out = tmp_path / "schema.json", tmp_path / "job.toml"
    path.write_text(json.dumps(schema()), encoding="utf-8")
    first = CliRunner().invoke(main, ["import-entra", str(path), "--out", str(out)])
    second = CliRunner().invoke(main, ["import-entra", str(path), "--out", str(out)])

    assert (0, 2) == (first.exit_code, second.exit_code)
    assert "is there already" in second.stderr
