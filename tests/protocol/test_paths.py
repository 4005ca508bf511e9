"""Attribute paths and PATCH paths (RFC 7644 §3.10, §3.5.2 Figure 7)."""

import pytest

from scim_protocol import urns
from scim_protocol.errors import InvalidFilter, InvalidPath
from scim_protocol.filter import (
    MAX_LENGTH,
    And,
    AttributePath,
    Comparison,
    parse_attribute_path,
    parse_filter,
)
from scim_protocol.path import PatchPath, parse_patch_path

ATTRIBUTE_PATHS = [
    ("userName", AttributePath(None, "userName")),
    ("name.familyName", AttributePath(None, "name", "familyName")),
    ("members.$ref", AttributePath(None, "members", "$ref")),
    ("$ref", AttributePath(None, "$ref")),
    ("x-y_1", AttributePath(None, "x-y_1")),
    (f"{urns.USER}:userName", AttributePath(urns.USER, "userName")),
    (
        f"{urns.ENTERPRISE_USER}:manager.value",
        AttributePath(urns.ENTERPRISE_USER, "manager", "value"),
    ),
    ("http://example.com/2.0:Attr", AttributePath("http://example.com/2.0", "Attr")),
]


@pytest.mark.parametrize(("text", "path"), ATTRIBUTE_PATHS)
def test_an_attribute_path_is_read(text: str, path: AttributePath) -> None:
    assert path == parse_attribute_path(text)


@pytest.mark.parametrize(("text", "path"), ATTRIBUTE_PATHS)
def test_an_attribute_path_is_written(text: str, path: AttributePath) -> None:
    assert text == str(path)


@pytest.mark.parametrize(
    "text",
    ["", " ", " userName", "userName ", "a.b.c", "a.", ".a", "1a", "_a", "a b", "a[b pr]", "urn:x:",
     "a:1", 'a"b', "é", "$other", "a.$other", "userName\n"],
)  # fmt: skip
def test_what_is_no_attribute_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidPath, match=r"is not an attribute path such as name\.givenName"):
        parse_attribute_path(text)


def test_a_refusal_quotes_no_more_than_the_beginning() -> None:
    with pytest.raises(InvalidPath) as caught:
        parse_attribute_path("[" * 100_000)

    assert len(caught.value.detail) < 300


WORK = parse_filter('type eq "work"')
EMAILS = AttributePath(None, "emails")

PATCH_PATHS = [
    ("members", PatchPath(AttributePath(None, "members"))),
    ("name.familyName", PatchPath(AttributePath(None, "name", "familyName"))),
    ('emails[type eq "work"]', PatchPath(EMAILS, WORK)),
    ('emails[type eq "work"].value', PatchPath(EMAILS, WORK, "value")),
    ('emails[type eq "work"].$ref', PatchPath(EMAILS, WORK, "$ref")),
    (
        'emails[type eq "work" and value ew "example.com"]',
        PatchPath(EMAILS, And(WORK, Comparison(AttributePath(None, "value"), "ew", "example.com"))),
    ),
    (
        f'{urns.USER}:emails[type eq "work"].display',
        PatchPath(AttributePath(urns.USER, "emails"), WORK, "display"),
    ),
    # A dot, colon or bracket inside a quoted value is part of the value.
    (
        'emails[value eq "a.b@c.d"].display',
        PatchPath(EMAILS, Comparison(AttributePath(None, "value"), "eq", "a.b@c.d"), "display"),
    ),
    (
        'emails[value eq "urn:x:y"]',
        PatchPath(EMAILS, Comparison(AttributePath(None, "value"), "eq", "urn:x:y")),
    ),
    (
        'emails[value eq "a]b[c"].display',
        PatchPath(EMAILS, Comparison(AttributePath(None, "value"), "eq", "a]b[c"), "display"),
    ),
]


@pytest.mark.parametrize(("text", "path"), PATCH_PATHS)
def test_a_patch_path_is_read(text: str, path: PatchPath) -> None:
    assert path == parse_patch_path(text)


@pytest.mark.parametrize(("text", "path"), PATCH_PATHS)
def test_a_patch_path_is_written(text: str, path: PatchPath) -> None:
    assert text == str(path)


@pytest.mark.parametrize(
    "text", [' emails[type eq "work"] ', 'emails [ type eq "work" ]', 'emails[TYPE EQ "work"]']
)
def test_spaces_and_case_do_not_matter(text: str) -> None:
    assert 'emails[type eq "work"]' == str(parse_patch_path(text)).replace("TYPE", "type")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not an attribute path"),
        ("[a pr]", "is not an attribute path"),
        ("a.b.c", "is not an attribute path"),
        ("name.familyName[a pr]", "only a whole attribute takes a filter in brackets"),
        ('emails[type eq "work"]value', "after the bracket comes a sub-attribute or nothing"),
        ('emails[type eq "work"].', "after the bracket comes a sub-attribute or nothing"),
        ('emails[type eq "work"].a.b', "after the bracket comes a sub-attribute or nothing"),
        ('emails[type eq "work"][a pr]', "after the bracket comes a sub-attribute or nothing"),
        ('emails[type eq "work"] .value', "after the bracket comes a sub-attribute or nothing"),
    ],
)
def test_a_malformed_path_is_an_invalid_path(text: str, reason: str) -> None:
    with pytest.raises(InvalidPath, match=reason):
        parse_patch_path(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("emails[]", "expected an attribute name"),
        ("emails[type]", "expected one of"),
        ("emails[type eq work]", "expected a value"),
        ('emails[type eq "work"', "does not end in a closing bracket"),
        ('emails[type eq "work" x]', "does not end in a closing bracket"),
        ("emails[a[b pr]]", "a value filter cannot hold another one"),
        ('emails[value eq "' + "x" * MAX_LENGTH + '"]', "longer than"),
    ],
)
def test_a_malformed_filter_in_the_brackets_is_an_invalid_filter(text: str, reason: str) -> None:
    with pytest.raises(InvalidFilter, match=reason):
        parse_patch_path(text)
