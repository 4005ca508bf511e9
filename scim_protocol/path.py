"""The paths of PATCH operations (RFC 7644 §3.5.2, Figure 7).

    PATH = attrPath / valuePath [subAttr]

The filter in the brackets is read by the filter parser, so that a dot, colon or bracket inside a
quoted value is never taken for one of the path.
"""

import re
from dataclasses import dataclass
from typing import Final

from scim_protocol.errors import InvalidFilter, InvalidPath, shortened
from scim_protocol.filter import (
    AttributePath,
    Filter,
    FilterReader,
    has_value_path,
    parse_attribute_path,
)

_SUB_ATTRIBUTE: Final = re.compile(r"\.([A-Za-z][A-Za-z0-9_-]*|\$[Rr][Ee][Ff])")


@dataclass(frozen=True, slots=True)
class PatchPath:
    """An attribute, perhaps only its values that match a filter, perhaps one part of those."""

    attribute: AttributePath
    filter: Filter | None = None
    sub: str | None = None

    def __str__(self) -> str:
        if self.filter is None:
            return str(self.attribute)
        suffix = f".{self.sub}" if self.sub else ""
        return f"{self.attribute}[{self.filter}]{suffix}"


def parse_patch_path(text: str) -> PatchPath:
    """Read a PATCH path; `name.givenName` is an attribute path with a sub-attribute.

    :raises InvalidPath: when the text breaks the grammar.
    :raises InvalidFilter: when only the filter in the brackets does (RFC 7644 table 9).
    """
    head, bracket, _ = text.partition("[")
    attribute = parse_attribute_path(head.strip(" "))
    if not bracket:
        return PatchPath(attribute)
    if attribute.sub:
        raise InvalidPath(
            f"{shortened(text)!r}: only a whole attribute takes a filter in brackets."
        )
    reader = FilterReader(text, start=len(head) + 1)
    tree = reader.alternatives()
    rest = text[reader.position :].strip(" ")
    if not rest.startswith("]"):
        raise InvalidFilter(f"{shortened(text)!r}: the filter does not end in a closing bracket.")
    if has_value_path(tree):
        raise InvalidFilter(f"{shortened(text)!r}: a value filter cannot hold another one.")
    return PatchPath(attribute, tree, _sub_attribute(text, rest[1:]))


def _sub_attribute(text: str, rest: str) -> str | None:
    if not rest:
        return None
    match = _SUB_ATTRIBUTE.fullmatch(rest)
    if match is None:
        raise InvalidPath(
            f"{shortened(text)!r}: after the bracket comes a sub-attribute or nothing."
        )
    return match[1]
