"""The bodies of requests: the media types taken, and JSON read with care."""

import json
from collections.abc import Iterable
from typing import Any, Final

import orjson

from scim_protocol import urns
from scim_protocol.errors import InvalidSyntax, UnsupportedMediaType, shortened

MEDIA_TYPES: Final = frozenset({urns.SCIM_JSON, urns.JSON})
# No message of SCIM is as deep by half; whatever walks a body may rely on it.
MAX_DEPTH: Final = 32


def check_media_type(media_type: str) -> None:
    """Let SCIM's own type pass, and JSON's (RFC 7644 §3.8, §8.1).

    :raises UnsupportedMediaType: the body is of another type.
    """
    if media_type.lower() not in MEDIA_TYPES:
        came = shortened(media_type) or "without a Content-Type"
        raise UnsupportedMediaType(f"The body must be {urns.SCIM_JSON} or {urns.JSON}, not {came}.")


def check_encoding(encoding: str) -> None:
    """Let a body pass that is not encoded.

    :raises UnsupportedMediaType: it is, and would have to be unpacked first (RFC 9110 §8.4).
    """
    if encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType(
            f"The body must not be encoded, as {shortened(encoding)!r} says it is."
        )


def parse_json(text: bytes) -> Any:
    """Read JSON; what two readers might take for different things is refused.

    :raises InvalidSyntax: it is no JSON, is nested too deep, or gives a name twice.
    """
    if not text.strip():
        raise InvalidSyntax("The request needs a body, in JSON.")
    try:
        # The fast reader refuses bad UTF-8, lone surrogates and depth; the other sees duplicates.
        document = orjson.loads(text)
        if not _is_all_there(document, text):
            json.loads(text, object_pairs_hook=_distinct)
    except orjson.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise InvalidSyntax(_TOO_DEEP) from None
    except ValueError:
        raise InvalidSyntax("The body holds a number that is too long.") from None
    # What has no more brackets than levels need not be walked.
    brackets = text.count(b"{") + text.count(b"[")
    if brackets > MAX_DEPTH and _depth_exceeds(MAX_DEPTH, document):
        raise InvalidSyntax(_TOO_DEEP)
    return document


def _is_all_there(document: Any, text: bytes) -> bool:
    """Tell whether a document surely has all names and values of its text: none was given twice.

    Then it has as many strings as the text has pairs of quotes, if none is in a string itself. A
    number that was too long has become one with a fraction.
    """
    strings, waiting = 0, [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            strings += 1
        elif isinstance(value, dict):
            strings += len(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, float):
            return False
    return b"\\" not in text and text.count(b'"') == 2 * strings


_TOO_DEEP: Final = f"The body is nested deeper than {MAX_DEPTH} levels."


def _depth_exceeds(limit: int, document: Any) -> bool:
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(limit):
        level = [child for one in level for child in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    parts = value.values() if isinstance(value, dict) else value
    return (part for part in parts if isinstance(part, dict | list))


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise InvalidSyntax(f"The body gives {shortened(name)!r} twice in one object.")
        names.add(name)
