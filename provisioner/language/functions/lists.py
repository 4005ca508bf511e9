"""Functions that make lists, or one text of several."""

from collections.abc import Sequence

from provisioner.language.functions.registry import (
    Argument,
    EvaluationError,
    Evaluator,
    FunctionError,
    Result,
    function,
    scalar,
    whole_number,
)
from provisioner.record import Attributes


def values_of(value: Result) -> list[str]:
    """Return the values: none for Null, one for a text."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@function("Join(separator, source, ...)")
def join(arguments: Sequence[Argument]) -> Evaluator:
    """Return all values with the separator between them; Null and "" are skipped.

    A list contributes each of its values. Null if there is no value at all.
    """
    separator = arguments[0]
    sources = [argument.evaluate for argument in arguments[1:]]

    def run(attributes: Attributes) -> Result:
        between = separator.constant
        if between is None:
            between = scalar(separator.evaluate(attributes), "Join") or ""
        parts: list[str] = []
        for source in sources:
            value = source(attributes)
            if isinstance(value, str):
                if value:
                    parts.append(value)
            elif value:
                parts.extend(filter(None, value))
        return between.join(parts) if parts else None

    return run


@function("Split(source, delimiter)")
def split(arguments: Sequence[Argument]) -> Evaluator:
    """Return the parts between delimiters as a list, each without the blanks around it."""
    source, delimiter = (argument.evaluate for argument in arguments)
    if arguments[1].constant == "":
        raise FunctionError("the delimiter is empty")

    def run(attributes: Attributes) -> Result:
        texts = values_of(source(attributes))
        mark = scalar(delimiter(attributes), "Split")
        if not texts or not mark:
            return texts or None
        parts = [part.strip() for text in texts for part in text.split(mark)]
        return [part for part in parts if part]

    return run


@function("Item(attribute, index)")
def item(arguments: Sequence[Argument]) -> Evaluator:
    """Return the value number `index` of a list, from 1; Null if there are fewer."""
    source, index = (argument.evaluate for argument in arguments)

    def run(attributes: Attributes) -> Result:
        number = whole_number(scalar(index(attributes), "Item") or "", "Item")
        if number < 1:
            raise EvaluationError(f"Item counts values from 1, not from {number}")
        values = values_of(source(attributes))
        return values[number - 1] if number <= len(values) else None

    return run


@function("Count(attribute)")
def count(arguments: Sequence[Argument]) -> Evaluator:
    """Return the number of values; Null has 0."""
    source = arguments[0].evaluate
    return lambda attributes: str(len(values_of(source(attributes))))


@function("RemoveDuplicates(attribute)")
def remove_duplicates(arguments: Sequence[Argument]) -> Evaluator:
    """Return the list with each value once, letter for letter, in the order of first sight."""
    source = arguments[0].evaluate

    def run(attributes: Attributes) -> Result:
        value = source(attributes)
        return list(dict.fromkeys(value)) if isinstance(value, list) else value

    return run


@function("SingleAppRoleAssignment(appRoleAssignments)")
def single_app_role(arguments: Sequence[Argument]) -> Evaluator:
    """Return the first role of the list."""
    source = arguments[0].evaluate

    def run(attributes: Attributes) -> Result:
        return next(iter(values_of(source(attributes))), None)

    return run


@function("SelectUniqueValue(rule, rule, ...)", outermost=True)
def select_unique(arguments: Sequence[Argument]) -> Evaluator:
    """Return the values to choose from, in the order of the rules; the target is asked later."""
    rules = [argument.evaluate for argument in arguments]

    def run(attributes: Attributes) -> Result:
        found = (scalar(rule(attributes), "SelectUniqueValue") for rule in rules)
        return [value for value in dict.fromkeys(found) if value] or None

    return run


@function("AppRoleAssignmentsComplex(appRoleAssignments)", outermost=True)
@function("AssertiveAppRoleAssignmentsComplex(appRoleAssignments)", outermost=True)
def app_roles(arguments: Sequence[Argument]) -> Evaluator:
    """Return the names of the roles, each once; the mapping makes roles of them.

    What the first writes is never taken away again, what the second writes is.
    """
    return remove_duplicates(arguments)
