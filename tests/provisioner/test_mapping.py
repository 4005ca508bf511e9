"""Mapping: from a record to target values, and from those to the resource of a POST."""

import json

import pytest

from provisioner.job.own_schemas import catalog_with
from provisioner.job.settings import MappingRow, ObjectRules
from provisioner.language.mapping import Mapper, MappingError, build_resource
from provisioner.language.target_path import TargetError, parse_target
from provisioner.record import Record
from scim_protocol import urns
from scim_protocol.catalog import Catalog

USER = Catalog.standard().models["User"]
GROUP = Catalog.standard().models["Group"]
MANAGER = f"{urns.ENTERPRISE_USER}:manager"
DEPARTMENT = f"{urns.ENTERPRISE_USER}:department"
WORK_MAIL = 'emails[type eq "work"].value'


def map_one(target, expression, attributes=None, model=USER, soft_deleted=False, **row):
    rules = ObjectRules(match=(), map=(MappingRow(target, expression, **row),))
    record = Record("users", "1", attributes or {}, "people.csv line 2")
    return Mapper(rules, model).map(record, soft_deleted=soft_deleted)


def value_of(target, expression, attributes=None, **row):
    return map_one(target, expression, attributes, **row).values[target]


def test_a_value_is_kept_under_the_target_as_the_job_writes_it():
    assert value_of(WORK_MAIL, "[mail]", {"mail": "a@x"}) == "a@x"


def test_no_value_is_none():
    assert value_of("title", "[jobTitle]") is None


def test_empty_text_is_no_value():
    assert value_of("title", '""') is None


def test_the_default_stands_in_for_no_value():
    assert value_of("title", "[jobTitle]", default="Staff") == "Staff"


def test_the_default_has_the_type_of_the_target():
    assert value_of("active", "[x]", default="True") is True


def test_a_value_that_may_be_dropped_is_not_there_at_all():
    assert "title" not in map_one("title", "IgnoreFlowIfNullOrEmpty([jobTitle])").values


def test_rows_for_creation_only_are_named():
    assert map_one("title", "[a]", apply="on create").on_create == {"title"}


def test_rows_that_must_not_be_shown_are_named():
    assert map_one("nickName", "Redact([a])").redacted == {"nickName"}


@pytest.mark.parametrize("text", ["True", "true", True, "1"])
def test_a_boolean_target_takes_the_words_for_true(text):
    assert value_of("active", "[a]", {"a": text}) is True


def test_a_boolean_target_takes_the_words_for_false():
    assert value_of("active", "[a]", {"a": "FALSE"}) is False


@pytest.mark.parametrize(("soft_deleted", "active"), [(True, False), (False, True)])
def test_active_follows_is_soft_deleted_if_it_is_not_mapped(soft_deleted, active):
    assert map_one("title", "[a]", soft_deleted=soft_deleted).values["active"] is active


def test_active_can_be_mapped_by_the_job():
    assert map_one("active", '"True"', soft_deleted=True).values == {"active": True}


def test_a_group_has_no_active():
    assert "active" not in map_one("displayName", "[a]", model=GROUP).values


def test_the_computed_attribute_is_not_asked_of_the_source():
    rules = ObjectRules(
        match=(), map=(MappingRow("title", 'IIF([IsSoftDeleted] = "True", [a], [b])'),)
    )

    assert Mapper(rules, USER).attributes == {"a", "b"}


def test_a_reference_is_given_as_the_anchor_that_it_names():
    assert map_one(MANAGER, "[boss]", {"boss": "7"}).references == {MANAGER: ["7"]}


def test_a_reference_is_no_value():
    assert MANAGER not in map_one(MANAGER, "[boss]", {"boss": "7"}).values


def test_the_value_of_a_reference_is_a_reference():
    assert map_one(f"{MANAGER}.value", "[boss]").references == {f"{MANAGER}.value": []}


def test_members_are_references_each_once():
    mapped = map_one("members", "[members]", {"members": ["2", "3", "2"]}, model=GROUP)

    assert mapped.references == {"members": ["2", "3"]}


def test_a_list_goes_into_a_multi_valued_target():
    assert value_of("emails", "[all]", {"all": ["a@x", "b@x"]}) == ["a@x", "b@x"]


def test_one_value_is_a_list_of_one_for_a_multi_valued_target():
    assert value_of("emails", "[mail]", {"mail": "a@x"}) == ["a@x"]


def test_a_list_of_one_goes_into_a_single_valued_target():
    assert value_of("title", "[a]", {"a": ["x"]}) == "x"


@pytest.mark.parametrize(
    ("target", "attributes", "reason"),
    [
        ("title", {"a": ["x", "y"]}, "takes one value and was given 2"),
        ("active", {"a": "perhaps"}, "must be True or False, and 'perhaps' is neither"),
        (MANAGER, {"a": ["1", "2"]}, "takes one reference and was given 2"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_record_and_target(target, attributes, reason):
    with pytest.raises(MappingError) as caught:
        map_one(target, "[a]", attributes)

    assert str(caught.value).startswith(f"people.csv line 2: {target}: {reason}")


NUMBERS = {
    "id": "urn:acme:2.0:User",
    "attributes": [
        {"name": "badge", "type": "integer"},
        {"name": "share", "type": "decimal"},
        {"name": "hired", "type": "dateTime"},
    ],
}


@pytest.fixture
def acme(tmp_path):
    (tmp_path / "acme.json").write_text(json.dumps(NUMBERS))
    return catalog_with([tmp_path / "acme.json"]).models["User"]


@pytest.mark.parametrize(
    ("target", "text", "value"),
    [
        ("badge", "007", 7),
        ("share", "0.5", 0.5),
        ("hired", "3/16/2026 7:00:00 AM", "2026-03-16T07:00:00Z"),
        ("hired", "2026-03-16T09:00:00+02:00", "2026-03-16T07:00:00Z"),
    ],
)
def test_a_typed_target_takes_its_type(acme, target, text, value):
    target = f"urn:acme:2.0:User:{target}"

    assert map_one(target, "[a]", {"a": text}, model=acme).values[target] == value


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("badge", "must be a whole number, not 'x'"),
        ("share", "must be a number, not 'x'"),
        ("hired", "'x' is not a date"),
    ],
)
def test_a_typed_target_refuses_another_type(acme, target, reason):
    with pytest.raises(MappingError, match=reason):
        map_one(f"urn:acme:2.0:User:{target}", "[a]", {"a": "x"}, model=acme)


def test_a_function_that_fails_is_told_with_record_and_target():
    with pytest.raises(MappingError, match=r"people.csv line 2: title: CDate: 'x' is not a date"):
        map_one("title", 'CDate("x")')


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nickname2", "is no attribute of User; did you mean 'nickName'?"),
        ("department", f"is no attribute of User; did you mean '{DEPARTMENT}'?"),
        ("name.given", "is no attribute of User; did you mean 'name.givenName'?"),
        ("emails[", "is not an attribute path"),
        ("id", "is read-only"),
        ("groups", "is read-only"),
        (f"{MANAGER}.displayName", "is read-only"),
        ("name", "is made of parts; map those one by one: name.formatted"),
        ("addresses", "is made of parts"),
        ("emails.value", 'say which one is meant, such as emails[type eq "work"].value'),
        ('emails[type eq "work"]', "needs a part behind the brackets"),
        ('emails[type eq "work"].val', "emails has no part 'val'; did you mean 'value'?"),
        ('emails[kind eq "work"].value', "emails has no part 'kind'"),
        ('emails[type ne "work"].value', "may hold only eq and and"),
        ('name[formatted eq "x"].givenName', "has one value, so no brackets"),
    ],
)
def test_a_target_that_cannot_be_mapped_to_is_told_with_what_to_write(target, reason):
    with pytest.raises(TargetError) as caught:
        parse_target(target, USER)

    assert reason in str(caught.value)


def test_members_are_mapped_as_a_whole():
    with pytest.raises(TargetError, match="write members alone"):
        parse_target("members.value", GROUP)


def test_two_spellings_of_one_place_are_the_same_place():
    longer = parse_target(f"{urns.USER}:USERNAME", USER)

    assert longer.key == parse_target("userName", USER).key


def test_a_resource_holds_its_core_schema():
    assert build_resource({}, USER) == {"schemas": [urns.USER]}


def test_a_path_into_a_complex_attribute_makes_the_object():
    resource = build_resource({"name.givenName": "Ada", "name.familyName": "L"}, USER)

    assert resource["name"] == {"givenName": "Ada", "familyName": "L"}


def test_a_path_with_a_value_filter_makes_the_element():
    resource = build_resource({WORK_MAIL: "a@x", 'emails[type eq "home"].value': "b@x"}, USER)

    assert resource["emails"] == [
        {"type": "work", "value": "a@x"},
        {"type": "home", "value": "b@x"},
    ]


def test_two_paths_with_one_value_filter_make_one_element():
    work = 'addresses[type eq "work"]'
    resource = build_resource({f"{work}.locality": "London", f"{work}.country": "GB"}, USER)

    assert resource["addresses"] == [{"type": "work", "locality": "London", "country": "GB"}]


def test_a_quoted_boolean_in_a_value_filter_is_a_boolean():
    resource = build_resource({'roles[primary eq "True"].value': "admin"}, USER)

    assert resource["roles"] == [{"primary": True, "value": "admin"}]


def test_an_extension_has_its_object_and_its_schema():
    assert build_resource({DEPARTMENT: "R"}, USER) == {
        "schemas": [urns.USER, urns.ENTERPRISE_USER],
        urns.ENTERPRISE_USER: {"department": "R"},
    }


def test_a_resolved_reference_is_wrapped():
    resource = build_resource({MANAGER: "42"}, USER)

    assert resource[urns.ENTERPRISE_USER] == {"manager": {"value": "42"}}


def test_resolved_members_are_wrapped_and_whole_ones_kept():
    resource = build_resource({"members": ["1", {"value": "2", "type": "User"}]}, GROUP)

    assert resource["members"] == [{"value": "1"}, {"value": "2", "type": "User"}]


def test_values_that_are_none_are_left_out():
    assert "title" not in build_resource({"title": None}, USER)


def test_names_take_the_spelling_of_the_schema():
    assert build_resource({"USERNAME": "ada"}, USER)["userName"] == "ada"
