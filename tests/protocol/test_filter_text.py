"""Filters as text: every form is read as its tree, the tree is written as its text."""

import pytest

from scim_protocol import urns
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    And,
    AttributePath,
    Comparison,
    Filter,
    Literal,
    Not,
    Or,
    Present,
    ValuePath,
    has_value_path,
    parse_filter,
    print_filter,
)


def path(name: str, sub: str | None = None, urn: str | None = None) -> AttributePath:
    return AttributePath(urn, name, sub)


def eq(name: str, value: Literal) -> Comparison:
    return Comparison(path(name), "eq", value)


A, B, C, D = (Present(path(name)) for name in "abcd")

# Each pair holds in both directions: the text reads as the tree, the tree is written as the text.
BOTH_WAYS: list[tuple[str, Filter]] = [
    ('userName eq "bjensen"', eq("userName", "bjensen")),
    ('name.familyName co "O\'Malley"', Comparison(path("name", "familyName"), "co", "O'Malley")),
    ('userName sw "J"', Comparison(path("userName"), "sw", "J")),
    (f'{urns.USER}:userName sw "J"', Comparison(path("userName", urn=urns.USER), "sw", "J")),
    (
        f'{urns.ENTERPRISE_USER}:manager.displayName ew "x"',
        Comparison(path("manager", "displayName", urns.ENTERPRISE_USER), "ew", "x"),
    ),
    ("title pr", Present(path("title"))),
    (
        'meta.lastModified gt "2011-05-13T04:42:34Z"',
        Comparison(path("meta", "lastModified"), "gt", "2011-05-13T04:42:34Z"),
    ),
    ("a ge 1", Comparison(path("a"), "ge", 1)),
    ("a lt -1.5", Comparison(path("a"), "lt", -1.5)),
    ("a le 1e+16", Comparison(path("a"), "le", 1e16)),
    ("a ne null", Comparison(path("a"), "ne", None)),
    ("active eq true", eq("active", True)),
    ("active eq false", eq("active", False)),
    ('members.$ref eq "x"', Comparison(path("members", "$ref"), "eq", "x")),
    (
        'title pr and userType eq "Employee"',
        And(Present(path("title")), eq("userType", "Employee")),
    ),
    ("a pr or b pr", Or(A, B)),
    ("a pr and b pr or c pr", Or(And(A, B), C)),
    ("a pr or b pr and c pr", Or(A, And(B, C))),
    ("a pr and b pr and c pr or d pr", Or(And(And(A, B), C), D)),
    ("(a pr or b pr) and c pr", And(Or(A, B), C)),
    ("a pr and (b pr or c pr)", And(A, Or(B, C))),
    ("a pr and (b pr and c pr)", And(A, And(B, C))),
    ("a pr or (b pr or c pr)", Or(A, Or(B, C))),
    ("not (a pr)", Not(A)),
    ("not (a pr) and b pr", And(Not(A), B)),
    ("not (a pr or b pr) or c pr", Or(Not(Or(A, B)), C)),
    ("not (not (a pr))", Not(Not(A))),
    ('emails[type eq "work"]', ValuePath(path("emails"), eq("type", "work"))),
    (
        'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]',
        Or(
            ValuePath(
                path("emails"),
                And(eq("type", "work"), Comparison(path("value"), "co", "@example.com")),
            ),
            ValuePath(path("ims"), eq("type", "xmpp")),
        ),
    ),
    ("emails[not (type pr)]", ValuePath(path("emails"), Not(Present(path("type"))))),
    ("not (emails[a pr])", Not(ValuePath(path("emails"), A))),
    # A quoted word is a value, whatever it says.
    ('name.familyName eq "OR"', Comparison(path("name", "familyName"), "eq", "OR")),
    ('a eq "x and b pr"', eq("a", "x and b pr")),
    ('a eq "]) or (["', eq("a", "]) or ([")),
    ('a eq "say \\"hi\\" \\\\"', eq("a", 'say "hi" \\')),
    ('a eq "é 王"', eq("a", "é 王")),
    ('a eq ""', eq("a", "")),
    # Names that are words of the grammar elsewhere.
    ("not pr", Present(path("not"))),
    ("and pr and or pr", And(Present(path("and")), Present(path("or")))),
    ("eq eq true", eq("eq", True)),
]


@pytest.mark.parametrize(("text", "tree"), BOTH_WAYS)
def test_text_is_read_as_its_tree(text: str, tree: Filter) -> None:
    assert tree == parse_filter(text)


@pytest.mark.parametrize(("text", "tree"), BOTH_WAYS)
def test_a_tree_is_written_as_its_text(text: str, tree: Filter) -> None:
    assert text == print_filter(tree)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a pr AND b pr", "a pr and b pr"),
        ("a pr OR b pr", "a pr or b pr"),
        ("a pr Or b PR", "a pr or b pr"),
        ("NOT (a pr)", "not (a pr)"),
        ("not(a pr)", "not (a pr)"),
        ("not   (a pr)", "not (a pr)"),
        ('a EQ "x"', 'a eq "x"'),
        ("a eq TRUE", "a eq true"),
        ("a eq Null", "a eq null"),
        ("  a   eq   1  ", "a eq 1"),
        ("a pr  and  b pr", "a pr and b pr"),
        ("((a pr))", "a pr"),
        ("( a pr )", "a pr"),
        ("emails[ a pr ]", "emails[a pr]"),
        ("not(a eq 21)", "not (a eq 21)"),
        ('a eq "\\u00e9"', 'a eq "é"'),
        ("a eq 1.50", "a eq 1.5"),
        ("a eq 1E3", "a eq 1000.0"),
        ('emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]'),
        ("emails[a pr or b pr].c pr", "emails[(a pr or b pr) and c pr]"),
        (
            'emails[type eq "work"].value pr and d pr',
            'emails[type eq "work" and value pr] and d pr',
        ),
    ],
)
def test_looser_text_means_the_same(text: str, same: str) -> None:
    assert same == print_filter(parse_filter(text))


@pytest.mark.parametrize(
    ("text", "character", "reason"),
    [
        ("", 1, "expected an attribute name"),
        ("   ", 4, "expected an attribute name"),
        ("userName", 9, "expected one of eq, ne, co, sw, ew, gt, ge, lt, le or pr after userName"),
        ("userName is 1", 10, "expected one of"),
        ('userName"x"', 9, "expected one of"),
        ("userName eqtrue", 9 + 1, "expected one of"),
        ("userName eq", 12, "expected a space after eq"),
        ("userName eq ", 13, "expected a value"),
        ("userName eq jyoung", 13, 'expected a value: a string in "double quotes"'),
        ("userName eq 'x'", 13, "expected a value"),
        ('userName eq "x', 13, "expected a value"),
        ('userName eq "\\x"', 13, "the string is not a JSON string"),
        ('userName eq "\\ud800"', 13, "the string is not a JSON string"),
        ("userName eq 01", 14, "expected 'and', 'or' or the end"),
        ("userName eq 1e999", 13, "the number is too large"),
        ("userName eq -1e999", 13, "the number is too large"),
        ("userName eq " + "9" * 65, 13, "the number is too large"),
        ("userName eq .5", 13, "expected a value"),
        ('userName eq "x" "y"', 17, "expected 'and', 'or' or the end"),
        ("a pr b pr", 6, "expected 'and', 'or' or the end"),
        ("a pr and", 6, "expected 'and', 'or' or the end"),
        ("a pr and ", 10, "expected an attribute name"),
        ("a pr xor b pr", 6, "expected 'and', 'or' or the end"),
        ("and", 4, "expected one of"),
        ("(a pr", 6, "expected ')'"),
        ("a pr)", 5, "expected 'and', 'or' or the end"),
        ("()", 2, "expected an attribute name"),
        ("not a pr", 5, "expected one of"),
        ("emails[]", 8, "expected an attribute name"),
        ("emails[a pr", 12, "expected ']'"),
        ("emails[a pr) pr", 12, "expected ']'"),
        ("emails.value[a pr]", 13, "only a whole attribute takes a value filter"),
        ("emails[a[b pr]]", 16, "a value filter cannot hold another one"),
        ("emails[not (a[b pr] or c pr)]", 30, "a value filter cannot hold another one"),
        ("emails[a pr].", 14, "expected an attribute name"),
        ("emails[a pr].b", 15, "expected one of"),
        ("1a pr", 1, "expected an attribute name"),
        ("a..b pr", 2, "expected one of"),
        ("a.b.c pr", 4, "expected one of"),
        ("urn:x: pr", 6, "expected one of"),
        ("a\tpr", 2, "expected one of"),
        ("a pr\n", 5, "expected 'and', 'or' or the end"),
    ],
)
def test_malformed_text_is_refused_with_its_place_and_reason(
    text: str, character: int, reason: str
) -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_filter(text)

    assert caught.value.detail.startswith(f"At character {character}, ")
    assert reason in caught.value.detail


def test_the_message_shows_what_stands_at_the_place() -> None:
    with pytest.raises(InvalidFilter, match="before \"'x' and a pr\""):
        parse_filter("userName eq 'x' and a pr")


def test_the_message_says_when_the_text_ends_too_soon() -> None:
    with pytest.raises(InvalidFilter, match="At character 6, at the end: expected"):
        parse_filter("(a pr")


def test_a_filter_may_be_as_long_as_the_bound_and_no_longer() -> None:
    longest = 'a eq "' + "x" * (MAX_LENGTH - 7) + '"'

    assert parse_filter(longest)
    with pytest.raises(InvalidFilter, match=f"longer than {MAX_LENGTH} characters"):
        parse_filter(longest + " ")


def test_a_filter_may_be_nested_as_deep_as_the_bound_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        return "not (" * depth + "a pr" + ")" * depth

    assert parse_filter(nested(MAX_DEPTH))
    with pytest.raises(InvalidFilter, match=f"nested deeper than {MAX_DEPTH} levels"):
        parse_filter(nested(MAX_DEPTH + 1))


def test_groups_beside_each_other_are_not_depth() -> None:
    assert parse_filter(" and ".join(["(a pr)"] * (MAX_DEPTH + 1)))


def test_a_filter_may_have_as_many_terms_as_the_bound_and_no_more() -> None:
    assert parse_filter(" or ".join(["a pr"] * MAX_TERMS))
    with pytest.raises(InvalidFilter, match=f"more than {MAX_TERMS} terms"):
        parse_filter(" or ".join(["a pr"] * (MAX_TERMS + 1)))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a pr", False),
        ("a pr and (b pr or not (c pr))", False),
        ("a[b pr]", True),
        ("a pr and a[b pr]", True),
        ("a[b pr] or c pr", True),
        ("not (a[b pr])", True),
    ],
)
def test_a_value_path_is_seen_wherever_it_stands(text: str, holds: bool) -> None:
    assert holds == has_value_path(parse_filter(text))


def test_nodes_print_themselves() -> None:
    assert 'emails[type eq "work"]' == str(parse_filter('emails[type eq "work"]'))
