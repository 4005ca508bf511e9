"""Why a record is not in scope: the conditions of `[scope]` that it does not meet, in words."""

from collections.abc import Iterable, Iterator

from provisioner.job.settings import ScopeSettings, ScopingFilter
from provisioner.language.clauses import compile_filters
from provisioner.language.expressions import EvaluationError
from provisioner.language.scope import attributes as names_in
from provisioner.language.scope import compile_scope
from provisioner.record import Attributes, Kind
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import And, Filter, parse_filter

_NOT_ASSIGNED = (
    "it is not assigned: neither named in scope.assigned, nor in a group of scope.users_in_groups"
)


def reasons(scope: ScopeSettings, kind: Kind, record: Attributes, visible: Attributes) -> list[str]:
    """Return the conditions that keep a record out; it is known to be out.

    :param visible: the record as it may be shown.
    """
    users = kind == "users"
    text = scope.users if users else scope.groups
    filters = scope.user_filters if users else scope.group_filters
    found = [*_of_text(f"scope.{kind}", text, record, visible)] if text is not None else []
    if not _passes(filters, record):
        found += [
            _of_filter(number, each, record, visible) for number, each in enumerate(filters, 1)
        ]
    return found or [_NOT_ASSIGNED]


def _of_text(key: str, text: str, record: Attributes, visible: Attributes) -> Iterator[str]:
    try:
        tree = parse_filter(text)
    except InvalidFilter:  # The checks of the job have told of it.
        return
    for part in _conjuncts(tree):
        condition = str(part)
        if not compile_scope(condition)(record):
            yield f"{key}: {condition} does not hold ({_values(names_in(condition), visible)})"


def _conjuncts(tree: Filter) -> Iterator[Filter]:
    if isinstance(tree, And):
        yield from _conjuncts(tree.left)
        yield from _conjuncts(tree.right)
    else:
        yield tree


def _of_filter(number: int, given: ScopingFilter, record: Attributes, visible: Attributes) -> str:
    title = given.title or f"filter {number}"
    failing = [
        clause for clause in given.clauses if not _passes((ScopingFilter((clause,)),), record)
    ]
    words = [f"{each} does not hold ({_values([each.attribute], visible)})" for each in failing]
    return f"{title}: {', '.join(words)}"


def _passes(filters: tuple[ScopingFilter, ...], record: Attributes) -> bool:
    try:
        return compile_filters(filters)(record)
    except EvaluationError:
        return False


def _values(names: Iterable[str], record: Attributes) -> str:
    known = {name: record.get(name) for name in sorted(names)}
    return ", ".join(
        f"{name} has no value" if value is None else f"{name} is {value!r}"
        for name, value in known.items()
    )
