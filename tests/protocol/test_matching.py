"""Which resources a filter matches: every operator on every type, and every documented choice."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import parse_filter
from scim_protocol.matching import compile_filter

EMPLOYEE = urns.ENTERPRISE_USER
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"


def matches(text: str, resource: dict[str, Any], model: ResourceModel) -> bool:
    return compile_filter(parse_filter(text), model)(resource)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # string, in any letter case
        ('userName eq "BJENSEN@example.com"', True),
        ('userName eq "bjensen"', False),
        ('userName ne "other"', True),
        ('userName ne "BJensen@Example.com"', False),
        ('userName co "JENSEN@"', True),
        ('userName co "q"', False),
        ('userName sw "BJ"', True),
        ('userName sw "j"', False),
        ('userName ew ".COM"', True),
        ('userName ew "bjensen"', False),
        ('userName gt "A"', True),
        ('userName gt "C"', False),
        ('userName ge "bjensen@EXAMPLE.com"', True),
        ('userName lt "C"', True),
        ('userName lt "bjensen@example.com"', False),
        ('userName le "bjensen@example.com"', True),
        ('userName sw ""', True),
        # string, caseExact
        ('externalId eq "701984"', True),
        ('id eq "2819C223-7F76-453A-919D-413861904646"', False),
        ('id sw "2819c"', True),
        # boolean
        ("active eq true", True),
        ("active eq false", False),
        ("active ne false", True),
        ("active ne true", False),
        # dateTime: instants, in whatever zone they are written
        ('meta.lastModified eq "2011-05-13T04:42:34Z"', True),
        ('meta.lastModified eq "2011-05-13T06:42:34+02:00"', True),
        ('meta.lastModified eq "2011-05-13T04:42:34"', True),
        ('meta.lastModified eq "2011-05-13T04:42:34.000Z"', True),
        ('meta.lastModified ne "2011-05-13T06:42:34+02:00"', False),
        ('meta.lastModified gt "2011-05-12T24:00:00Z"', True),
        ('meta.lastModified lt "2011-05-13T24:00:00Z"', True),
        ('meta.lastModified ge "2011-05-13T24:00:00Z"', False),
        ('meta.lastModified gt "2011-05-13T04:42:33.9Z"', True),
        ('meta.lastModified gt "2011-05-13T06:42:34+02:00"', False),
        ('meta.lastModified ge "2011-05-13T06:42:34+02:00"', True),
        ('meta.lastModified lt "2011-05-13T05:42:34+02:00"', False),
        ('meta.lastModified le "2011-05-13T04:42:34-01:00"', True),
        ('meta.lastModified sw "2011-05"', True),
        ('meta.lastModified co "T04:42"', True),
        ('meta.lastModified ew "35z"', False),
        # names in any letter case, with the core schema's URN or without
        ('USERNAME eq "bjensen@example.com"', True),
        ('Name.FAMILYNAME eq "jensen"', True),
        (f'{urns.USER}:userName sw "bj"', True),
        (f'{urns.USER.upper()}:name.givenName eq "barbara"', True),
        (f"{urns.USER}:id pr", True),
        # extension
        (f'{EMPLOYEE}:department eq "tour operations"', True),
        (f'{EMPLOYEE.lower()}:DEPARTMENT co "tour"', True),
        (f'{EMPLOYEE}:manager.value eq "26118915"', True),
        (f'{EMPLOYEE}:manager.displayName eq "john smith"', True),
        (f'{EMPLOYEE}:manager eq "26118915"', True),
        (f'{EMPLOYEE}:costCenter eq "1"', False),
        (f'{EMPLOYEE}:costCenter ne "1"', True),
        (f"{EMPLOYEE} pr", True),
        (f'{EMPLOYEE}[department sw "Tour" and employeeNumber pr]', True),
        (f'{EMPLOYEE}[department sw "Tour" and costCenter pr]', False),
        # many values: any of them, with ne too
        ('emails.value eq "babs@jensen.org"', True),
        ('emails.type eq "home"', True),
        ('emails.type ne "home"', True),
        ('emails.value co "jensen.org"', True),
        ("emails.primary eq true", True),
        ("emails.primary eq false", True),
        ('schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', True),
        ('schemas ew "enterprise:2.0:User"', True),
        # a complex attribute compares by its value
        ('emails eq "babs@jensen.org"', True),
        ('emails co "example.com"', True),
        ('emails ne "babs@jensen.org"', True),
        ('phoneNumbers eq "1"', False),
        ('phoneNumbers ne "1"', True),
        ("phoneNumbers eq null", True),
        ('groups eq "g1"', True),
        # value paths: one and the same value
        ('emails[type eq "work" and value co "example.com"]', True),
        ('emails[type eq "home" and value co "example.com"]', False),
        ('emails.type eq "home" and emails.value co "example.com"', True),
        ('emails[type eq "work"].value co "example.com"', True),
        ("emails[primary eq true]", True),
        ("emails[primary eq false]", True),
        ("emails[primary ne true]", True),
        ("emails[not (primary pr)]", True),
        ("emails[display pr]", False),
        ('phoneNumbers[type eq "work"]', False),
        ('not (phoneNumbers[type eq "work"])', True),
        ('name[givenName eq "Barbara" and familyName eq "Jensen"]', True),
        ('name[givenName eq "x"]', False),
        (f'{urns.USER}:emails[type eq "work"]', True),
        # presence and null
        ("title pr", True),
        ("nickName pr", False),
        ("name pr", True),
        ("emails pr", True),
        ("photos pr", False),
        ("name.middleName pr", False),
        ("emails.display pr", False),
        ("nickName eq null", True),
        ("nickName ne null", False),
        ("title eq null", False),
        ("title ne null", True),
        ("emails.display eq null", True),
        ("emails.value eq null", False),
        ("active ne null", True),
        # an unassigned attribute: eq null and ne match, nothing else does
        ('nickName ne "x"', True),
        ('nickName eq "x"', False),
        ('nickName lt "x"', False),
        ('nickName co ""', False),
        ('photos.value ne "x"', True),
        # logic
        ('title pr and userName sw "b"', True),
        ('title pr and userName sw "x"', False),
        ('nickName pr or userName sw "b"', True),
        ("nickName pr or photos pr", False),
        ("not (nickName pr)", True),
        ("not (title pr) and nickName pr", False),
        ("nickName pr and nickName pr or title pr", True),
        ("nickName pr and (nickName pr or title pr)", False),
        ("title pr OR nickName pr AND nickName pr", True),
    ],
)
def test_a_user(user: dict[str, Any], user_model: ResourceModel, text: str, expected: bool) -> None:
    assert expected == matches(text, user, user_model)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor eq 2", True),
        ("floor eq 2.0", True),
        ("floor ne 2", False),
        ("floor gt 1", True),
        ("floor gt 2", False),
        ("floor ge 2", True),
        ("floor lt 2.5", True),
        ("floor le 1", False),
        ("weight eq 1.5", True),
        ("weight gt 1", True),
        ("weight le 15e-1", True),
        ("weight lt 1.5", False),
        ("scores eq 3", True),
        ("scores eq 4", False),
        ("scores ne 3", True),
        ("scores gt 4", True),
        ("scores[value gt 3 and value lt 5]", False),
        ("scores[value gt 4 and value lt 6]", True),
        ('tags eq "RED"', True),
        ('tags[value sw "hea"]', True),
        ('tags[value sw "h" and value ew "d"]', False),
        ("portable eq true", True),
        ('firmware eq "aGVsbG8="', True),
        ('firmware eq "AGVSBG8="', False),
        ('firmware co "VsbG"', True),
        ('manual eq "https://example.com/Manual"', True),
        ('manual eq "https://example.com/manual"', False),
        ('manual sw "https:"', True),
        ('manual gt "a"', True),
        ('casing.finishes eq "MATT"', True),
        ('casing[finishes eq "matt"]', True),
        ('casing[finishes eq "gloss"]', False),
        ('ports[kind eq "lan" and speed gt 2]', True),
        ('ports[kind eq "usb" and speed pr]', False),
        (f'{WARRANTY}:codes eq "w1"', True),
        (f'{WARRANTY}:contacts[type eq "phone"]', True),
        (f'{WARRANTY}:expires gt "2029-12-31T23:59:59-00:00"', True),
    ],
)
def test_a_device(
    device: dict[str, Any], device_model: ResourceModel, text: str, expected: bool
) -> None:
    assert expected == matches(text, device, device_model)


@pytest.mark.parametrize(
    ("stored", "literal", "expected"),
    [
        ("e\u0301", "é", True),  # decomposed against composed
        ("É", "e\u0301", True),
        ("STRASSE", "straße", True),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ", True),
        ("re\u0301sume\u0301", "RÉSUMÉ", True),
        ("e", "é", False),
    ],
)
def test_letters_are_compared_by_what_they_are_not_by_how_they_are_written(
    user_model: ResourceModel, stored: str, literal: str, expected: bool
) -> None:
    assert expected == matches(f'userName eq "{literal}"', {"userName": stored}, user_model)


@pytest.mark.parametrize(
    ("resource", "text", "expected"),
    [
        ({"title": ""}, "title pr", False),
        ({"title": ""}, 'title eq ""', True),
        ({"active": False}, "active pr", True),
        ({"emails": [{"value": ""}]}, "emails pr", False),
        ({"emails": [{"type": "work"}]}, 'emails eq "x"', False),
        ({"emails": [{"type": "work"}]}, 'emails ne "x"', True),
        ({}, f'{EMPLOYEE}:department eq "x"', False),
        ({}, f'{EMPLOYEE}:manager.value eq "x"', False),
        ({}, f'{EMPLOYEE}:department ne "x"', True),
        ({}, 'emails[type eq "work"]', False),
        ({}, "active eq true", False),
        ({}, "active ne true", True),
    ],
)
def test_what_has_little_or_nothing(
    user_model: ResourceModel, resource: dict[str, Any], text: str, expected: bool
) -> None:
    assert expected == matches(text, resource, user_model)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('nonsense eq "x"', "User has no attribute nonsense"),
        ('name.nonsense eq "x"', "name has no sub-attribute nonsense"),
        ('userName.value eq "x"', "userName has no sub-attribute value"),
        ('urn:example:x:userName eq "x"', "has no attribute urn:example:x:userName"),
        (f'{EMPLOYEE}:userName eq "x"', "has no attribute"),
        ('department eq "x"', "has no attribute department"),
        ('emails[nonsense eq "x"]', "emails has no sub-attribute nonsense"),
        ('emails[urn:x:value eq "x"]', "emails has no sub-attribute urn:x:value"),
        ('emails[value.x eq "x"]', "emails has no sub-attribute value.x"),
        ('userName[type eq "x"]', "userName has one simple value"),
        ('userName[value eq "x"]', "userName has one simple value"),
        (f"{EMPLOYEE}:department[value pr]", "department has one simple value"),
        ("active gt true", "a boolean cannot be compared with gt"),
        ('active co "t"', "a boolean cannot be compared with co"),
        ('active eq "True"', "active is a boolean"),
        ("active eq 1", "active is a boolean"),
        ("emails.primary lt true", "a boolean cannot be compared with lt"),
        ('emails[primary eq "True"]', "primary is a boolean"),
        ('x509Certificates.value ge "YQ=="', "a binary cannot be compared with ge"),
        ("userName eq 1", "userName is a string"),
        ("userName eq true", "userName is a string"),
        ("userName co 1", "userName is a string"),
        ("userName gt null", "null can be compared with eq and ne only"),
        ("userName co null", "null can be compared with eq and ne only"),
        ('name eq "x"', "name is complex: compare one of its sub-attributes"),
        ("addresses eq null", "addresses is complex"),
        ('meta.created gt "yesterday"', "is not a date and time such as"),
        ('meta.created eq "2011-13-01T00:00:00Z"', "month must be in 1..12"),
        ("meta.created eq 2011", "created is a dateTime"),
        ("meta.created co 2011", "created is a dateTime"),
        ('password eq "x"', "password cannot be filtered by, as it is never returned"),
        ("password pr", "password cannot be filtered by"),
        ('title pr or nonsense eq "x"', "has no attribute nonsense"),
        ("not (nonsense pr)", "has no attribute nonsense"),
    ],
)
def test_what_cannot_be_compared_is_an_invalid_filter(
    user_model: ResourceModel, text: str, reason: str
) -> None:
    with pytest.raises(InvalidFilter, match=reason):
        compile_filter(parse_filter(text), user_model)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('floor eq "2"', "floor is an integer"),
        ("floor eq true", "floor is an integer"),
        ('floor co "2"', "a integer cannot be compared with co"),
        ('weight sw "1"', "a decimal cannot be compared with sw"),
        ('keys.secret eq "s1"', "never returned"),
        ('keys[secret eq "s1"]', "never returned"),
        ('keys[value pr and secret sw "s"]', "never returned"),
        ("pin pr", "never returned"),
        ('tags[display eq "x"]', "tags has no sub-attribute display"),
    ],
)
def test_what_cannot_be_compared_in_a_schema_of_ones_own(
    device_model: ResourceModel, text: str, reason: str
) -> None:
    with pytest.raises(InvalidFilter, match=reason):
        compile_filter(parse_filter(text), device_model)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "x"', False),
        ('userName ne "x"', True),
        ("userName eq null", True),
        ("userName pr", False),
        ('emails[type eq "work"]', False),
        ('displayName eq "tour guides"', True),
        ('nonsense.part eq "x" or displayName pr', True),
    ],
)
def test_across_types_what_one_type_lacks_is_unassigned_there(
    group: dict[str, Any], group_model: ResourceModel, text: str, expected: bool
) -> None:
    predicate = compile_filter(parse_filter(text), group_model, across_types=True)

    assert expected == predicate(group)


def test_a_compiled_filter_serves_many_resources(user_model: ResourceModel) -> None:
    predicate = compile_filter(parse_filter('userName sw "a"'), user_model)

    assert ["ann", "Al"] == [name for name in ("ann", "bob", "Al") if predicate({"userName": name})]
