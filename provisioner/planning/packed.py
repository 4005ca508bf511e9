"""Values kept as one text: a third of the memory, for plans of a hundred thousand new accounts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def nothing() -> Mapping[str, Any]:
    """Return the one empty table that all share."""
    return NOTHING


class Packed(Mapping[str, object]):
    """A table of JSON values that is read from its text each time that it is asked."""

    __slots__ = ("_text",)

    def __init__(self, values: Mapping[str, object]) -> None:
        # A copy: what orjson returns keeps the room that it was written in.
        self._text = bytes(memoryview(orjson.dumps(values)))

    def __getitem__(self, name: str) -> object:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def keys(self) -> Any:
        """Return the names, without asking for each value by itself later."""
        return self._values().keys()

    def items(self) -> Any:
        """Return names and values, read once."""
        return self._values().items()

    def values(self) -> Any:
        """Return the values, read once."""
        return self._values().values()

    def get(self, name: str, default: Any = None) -> Any:
        """Return one value."""
        return self._values().get(name, default)

    def __repr__(self) -> str:
        return repr(self._values())

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = orjson.loads(self._text)
        return values
