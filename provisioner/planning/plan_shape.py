"""What the document of a plan looks like: every part of it is checked before anything is built."""

from collections.abc import Callable, Collection, Mapping
from typing import Final, get_args

from provisioner.record import Kind

Check = Callable[[object, str], None]

_DEPTH: Final = 8  # Values of attributes are never nested deeper.
_SHOWN: Final = 30  # characters of a wrong value in a message


class Misshapen(Exception):
    """A part of the document is not what it should be; the message names the place."""


def _wrong(where: str, value: object, wanted: str) -> Misshapen:
    if value is None or isinstance(value, bool | int | float | str):
        shown = repr(value)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    else:
        shown = "a list" if isinstance(value, list) else "a table"
    return Misshapen(f"{where}: should be {wanted}; is {shown}")


def text(value: object, where: str) -> None:
    """Let text pass."""
    if not isinstance(value, str):
        raise _wrong(where, value, "text")


def flag(value: object, where: str) -> None:
    """Let true and false pass."""
    if not isinstance(value, bool):
        raise _wrong(where, value, "true or false")


def number(value: object, where: str) -> None:
    """Let a count pass."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong(where, value, "a whole number, 0 or more")


def attribute_value(value: object, where: str, depth: int = _DEPTH) -> None:
    """Let every JSON value pass that an attribute can have."""
    if depth == 0:
        raise Misshapen(f"{where}: is nested too deeply")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        attribute_value(item, where, depth - 1)


def one_of(words: Collection[str]) -> Check:
    """Let one of a few words pass."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, str) or value not in words:
            raise _wrong(where, value, f"one of {', '.join(words)}")

    return check


def optional(inner: Check) -> Check:
    """Let nothing pass as well."""
    return lambda value, where: None if value is None else inner(value, where)


def list_of(inner: Check) -> Check:
    """Let a list pass whose items all do."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, list):
            raise _wrong(where, value, "a list")
        for place, item in enumerate(value):
            inner(item, f"{where}[{place}]")

    return check


def table_of(inner: Check, names: Collection[str] | None = None) -> Check:
    """Let a table pass whose values all do, and whose names are known ones."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(where, value, "a table")
        for name, item in value.items():
            if names is not None and name not in names:
                raise _wrong(where, name, f"a table of {', '.join(names)}")
            inner(item, f"{where}.{name}")

    return check


def document(parts: Mapping[str, Check], left_out: Collection[str] = ()) -> Check:
    """Let a table pass that has all parts but for those that may be left out, and no others."""

    def check(value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise _wrong(where, value, "a table")
        for name in (*parts, *value):
            place = f"{where}.{name}" if where else name
            if name not in parts:
                raise Misshapen(f"{place}: is not known")
            if name in value:
                parts[name](value[name], place)
            elif name not in left_out:
                raise Misshapen(f"{place}: is missing")

    return check


def edge(value: object, where: str) -> None:
    """Let `["users", "an anchor"]` pass."""
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong(where, value, "a kind and an anchor")
    kind(value[0], where)
    text(value[1], where)


KINDS: Final[tuple[str, ...]] = get_args(Kind)
kind: Final = one_of(KINDS)
_counts: Final = table_of(number, KINDS)
_change: Final = document({"path": text, "before": attribute_value, "after": attribute_value})


def action_shape(verbs: Collection[str]) -> Check:
    """Return the check of one action."""
    needed = {"verb": one_of(verbs), "kind": kind, "anchor": text, "name": text}
    others: dict[str, Check] = {
        "targetId": text,
        "basis": text,
        "version": text,
        "changes": list_of(_change),
        "values": table_of(attribute_value),
        "once": table_of(attribute_value),
        "references": table_of(edge),
        "path": text,
        "edges": list_of(edge),
        "leaver": flag,
        "code": text,
        "reason": text,
        "hint": text,
    }
    return document({**needed, **others}, left_out=others)


def plan_shape(action: Check) -> Check:
    """Return the check of a whole plan."""
    return document(
        {
            "format": text,
            "job": text,
            "target": text,
            "person": optional(text),
            "initial": flag,
            "complete": flag,
            "doubts": list_of(text),
            "source": _counts,
            "inScope": _counts,
            "outOfScope": _counts,
            "unchanged": _counts,
            "kept": _counts,
            "base": _counts,
            "members": table_of(number),
            "actions": list_of(action),
        },
        left_out={"members"},
    )
