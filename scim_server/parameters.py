"""The parameters of a URL."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from scim_protocol.errors import InvalidValue
from scim_protocol.messages import PARAMETERS

_NONE: Final[Mapping[str, str]] = {}
_ONCE: Final = frozenset(PARAMETERS)


def read_parameters(query: str) -> Mapping[str, str]:
    """Read a query as WSGI hands it over; of a name given twice the first value counts.

    :raises InvalidValue: one of SCIM's is given twice, so that it cannot be told what is meant; or
        the query is not UTF-8, of which the same is true.
    """
    if not query:
        return _NONE
    read: dict[str, str] = {}
    try:
        text = query if query.isascii() else query.encode("latin-1").decode()
        for part in text.split("&"):
            name, _, value = part.partition("=")
            name = _decoded(name)
            if name in read:
                if name in _ONCE:
                    raise InvalidValue(f"The parameter {name} is given more than once.")
            elif part:
                read[name] = _decoded(value)
    except UnicodeDecodeError:
        raise InvalidValue("The query of the URL is not UTF-8, percent-encoded.") from None
    return read


def _decoded(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    return unquote_to_bytes(text.replace("+", " ")).decode()
