"""Dialects of filters: in their text, and in what they compare."""

import json
import re
from typing import Final

from scim_protocol import relaxing
from scim_protocol.definitions import ResourceModel
from scim_protocol.dialects.kinds import Noted, Spoken, note
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import COMPARISONS, MAX_LENGTH, Filter, parse_filter

COMPARED_VALUE_PATH: Final = "compared-value-path"
UNQUOTED_VALUE: Final = "unquoted-value"


def read(text: str, noted: Noted | None, spoken: Spoken) -> Filter:
    """Read a filter, first as the RFC has it and then with what is spoken beyond it.

    :raises InvalidFilter: none of these explains the text.
    """
    try:
        return parse_filter(text, compared=False)
    except InvalidFilter:
        quoted = _quoted(text) if UNQUOTED_VALUE in spoken else text
        tree = parse_filter(quoted, compared=COMPARED_VALUE_PATH in spoken)
        note(UNQUOTED_VALUE, quoted != text, noted)
        note(COMPARED_VALUE_PATH, not _is_plain(quoted), noted)
        return tree


def relax_names(tree: Filter, model: ResourceModel) -> Filter:
    """Qualify bare names that one extension alone has: `manager eq "x"`."""
    return relaxing.qualify_filter(tree, model)


def relax_booleans(tree: Filter, model: ResourceModel) -> Filter:
    """Read text that is compared with a boolean: `roles[primary eq "True"]`."""
    return relaxing.relax_filter(tree, model)


def _is_plain(text: str) -> bool:
    try:
        parse_filter(text, compared=False)
    except InvalidFilter:
        return False
    return True


# A string is passed over whole; a word after an operator is a value, unless JSON has it.
_PIECE: Final = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")'
    rf"|(?P<before> (?:{'|'.join(COMPARISONS)}) +)(?P<value>[^\s\"()\[\]]+)",
    re.IGNORECASE,
)
_JSON_WORD: Final = re.compile(r"true|false|null|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)


def _quoted(text: str) -> str:
    """Put in quotes the values of comparisons that stand without."""
    return text if len(text) > MAX_LENGTH else _PIECE.sub(_quote, text)


def _quote(found: re.Match[str]) -> str:
    value = found["value"]
    if value is None or _JSON_WORD.fullmatch(value):
        return found[0]
    return found["before"] + json.dumps(value, ensure_ascii=False)
