"""Scoping filters over source attributes."""

import pytest

from provisioner.language.scope import ScopeError, attributes, compile_scope

ADA = {
    "userName": "Ada@example.com",
    "active": "True",
    "department": "Research",
    "level": "10",
    "mail": None,
    "groups": ["App-A", "App-B"],
    "staff": True,
    "empty": "",
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ('userName eq "ada@EXAMPLE.com"', True),
        ('userName eq "ada"', False),
        ('username eq "ada@example.com"', False),
        ('userName co "EXAMPLE"', True),
        ('userName sw "ada"', True),
        ('userName ew ".com"', True),
        ('userName ew ".org"', False),
        ('department ne "Sales"', True),
        ('department ne "research"', False),
        ("active eq true", True),
        ("active eq false", False),
        ("active ne false", True),
        ("staff eq true", True),
        ("level eq 10", True),
        ("level gt 9", True),
        ("level ge 10", True),
        ("level lt 9.5", False),
        ("level le 10", True),
        ('department gt "rem"', True),
        ("department pr", True),
        ("mail pr", False),
        ("empty pr", False),
        ("missing pr", False),
        ("mail eq null", True),
        ("mail ne null", False),
        ("empty eq null", True),
        ('mail eq "a"', False),
        ('mail ne "a"', True),
        ('empty sw ""', False),
        ('groups eq "app-b"', True),
        ('groups ne "App-A"', False),
        ('active eq true and department eq "Sales"', False),
        ('active eq true or department eq "Sales"', True),
        ('not (department eq "Sales")', True),
    ],
)
def test_a_filter_holds_or_not(text, passes):
    assert passes == compile_scope(text)(ADA)


def test_a_filter_names_the_attributes_that_it_reads():
    assert attributes("active eq true and not (a.b pr or level gt 1)") == {"active", "a.b", "level"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("active is true", "At character 8"),
        ('emails[type eq "work"]', "source attributes have no parts"),
        ('urn:x:User:department eq "a"', "a source attribute has no URN"),
        ("active gt true", "true and false go with eq and ne only"),
        ("mail gt null", "null goes with eq and ne only"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_with_the_reason(text, reason):
    with pytest.raises(ScopeError, match=reason):
        compile_scope(text)
