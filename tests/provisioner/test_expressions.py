"""The expression language: its grammar, its messages, and printing as the reverse of reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.language.expressions import (
    Attribute,
    Call,
    Condition,
    ExpressionError,
    Text,
    Word,
    parse_expression,
)


def test_a_bare_attribute_is_its_value_untouched():
    assert parse_expression("[active]").evaluate({"active": True}) is True


def test_an_attribute_that_a_record_lacks_is_null():
    assert parse_expression("[mail]").evaluate({}) is None


def test_an_attribute_name_may_hold_blanks():
    assert parse_expression("[E-mail address]").evaluate({"E-mail address": "a"}) == "a"


@pytest.mark.parametrize("text", ['"Staff"', "Staff", "  Staff "])
def test_a_text_is_a_constant_with_quotes_or_without(text):
    assert parse_expression(text).evaluate({}) == "Staff"


def test_a_bare_constant_may_hold_punctuation():
    assert parse_expression("R&D, north = best").evaluate({}) == "R&D, north = best"


def test_a_constant_knows_that_it_is_one():
    assert parse_expression("Staff").is_constant


def test_quotes_and_backslashes_are_escaped_with_a_backslash():
    assert parse_expression(r'"a\"b\\c"').evaluate({}) == 'a"b\\c'


def test_function_names_are_known_in_any_letter_case():
    assert parse_expression('ISNULLorempty("")').evaluate({}) == "True"


def test_white_space_around_arguments_is_free():
    assert parse_expression(' Append ( "a" ,\n "b" ) ').evaluate({}) == "ab"


def test_an_expression_names_the_attributes_that_it_reads():
    expression = parse_expression('IIF([a] = "x", Join(" ", [b], [c]), ToLower([b]))')

    assert expression.attributes == {"a", "b", "c"}


def test_an_expression_knows_that_its_values_differ_each_time():
    assert parse_expression('Append(Guid(), "x")').is_volatile


def test_an_expression_knows_that_its_value_must_not_be_shown():
    assert parse_expression("ToLower(Redact([pin]))").is_redacted


def test_an_expression_knows_that_no_value_means_hands_off():
    assert parse_expression("IgnoreFlowIfNullOrEmpty([a])").drops_empty


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 1, 'expected a function, an [attribute] or a "text", found the end'),
        ("  ", 3, "found the end"),
        ("[mail", 1, "the attribute has no name and closing ]"),
        ("[]", 1, "the attribute has no name and closing ]"),
        ("ToLower([mail", 9, "the attribute has no name and closing ]"),
        ('ToLower("abc)', 9, 'the text has no closing "'),
        ("ToLower([mail]", 15, "expected ',' or ')', found the end"),
        ("ToLower([mail])) ", 16, "expected the end of the expression, found ')'"),
        ("[a] [b]", 5, "expected the end of the expression, found '[b]'"),
        ("ToLower(mail)", 9, 'mail is neither an attribute nor a text; write [mail] or "mail"'),
        ("ToLowr([mail])", 1, "there is no function ToLowr; did you mean 'ToLower'?"),
        ('Append("a", Frobnicate([x]))', 13, "there is no function Frobnicate"),
        ("ToLower()", 1, "0 arguments given; it is written ToLower(source, [culture])"),
        ("Mid([a], 1)", 1, "2 arguments given; it is written Mid(source, start, length)"),
        ('Append("a", Mid([a], 1))', 13, "Mid: 2 arguments given"),
        ('ToLower([a] = "x")', 13, "a condition stands only in IIF and CBool"),
        ('IIF("a", [b] = "c", "d")', 14, "a condition stands only in IIF and CBool"),
        ('[a] = "x"', 5, "a condition stands only in IIF and CBool"),
        ('IIF([a] ! "x", 1, 2)', 9, "'!' is not expected here"),
        (r'Replace([a], , "\d", , "", , )', 17, r"\d in a text: write a backslash as two"),
        ("ToLower(" * 65 + '"a"' + ")" * 65, 520, "calls are nested deeper than 64"),
        ("x" * 10_001, 10_000, "longer than 10000 characters"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, position, reason):
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)

    assert position == caught.value.position
    assert reason in str(caught.value)


names = st.sampled_from(["mail", "user.id", "E-mail address", "Größe"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(Text)
numbers = st.integers(-99, 99).map(lambda number: Word(str(number)))
leaves = st.one_of(names.map(Attribute), texts, numbers)


def calls(inner):
    argument = st.none() | inner
    conditions = st.builds(
        Condition, inner, st.sampled_from(["=", "<>", ">", ">=", "<", "<="]), inner
    )
    return st.one_of(
        st.builds(lambda a, b: Call("Append", (a, b)), inner, inner),
        st.builds(lambda a, b: Call("ToLower", (a, b)), inner, argument),
        st.builds(
            lambda a, b: Call("Coalesce", (a, *b)),
            argument,
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda a, b, c: Call("IIF", (a, b, c)), conditions, argument, argument),
        st.builds(lambda a, b, c, d: Call("Switch", (a, b, c, d)), inner, argument, inner, inner),
    )


trees = st.recursive(leaves, calls, max_leaves=12).filter(lambda tree: not isinstance(tree, Word))


@given(trees)
@settings(max_examples=200, deadline=None)
def test_reading_what_was_printed_gives_the_same_expression(tree):
    assert tree == parse_expression(str(tree)).tree


@given(trees)
@settings(max_examples=100, deadline=None)
def test_evaluating_twice_gives_the_same_value(tree):
    expression = parse_expression(str(tree))
    attributes = {"mail": "a@b", "user.id": None, "Größe": "Ä"}

    assert expression.evaluate(attributes) == expression.evaluate(attributes)


def place_of_mistake(text):
    try:
        parse_expression(text)
    except ExpressionError as error:
        return error.position
    return 1


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_expression_or_a_mistake_with_a_place(text):
    assert 1 <= place_of_mistake(text) <= len(text) + 1
