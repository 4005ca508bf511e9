"""The shapes that documents of schemas and resource types are made of, as marshmallow fields.

Each says of a value that is not of its shape what was expected and what came.
"""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validates_schema

from scim_protocol.errors import InvalidPath
from scim_protocol.filter import parse_attribute_path

Found = tuple[str, str]  # A place below the object, and what is wrong there.


class Text(fields.Field[str]):
    """Text that is not empty."""

    default_error_messages = {  # noqa: RUF012
        "required": "is missing.",
        "null": "must not be null; leave it out.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"expected text, not {shown(value)}.")
        if not value.strip() or not value.isprintable():
            raise ValidationError("must not be empty, nor hold what cannot be printed.")
        return value


class Prose(Text):
    """Text for people, which may be empty or have lines."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"expected text, not {shown(value)}.")
        return value


class Flag(fields.Field[bool]):
    """True or false, and nothing that looks like it."""

    default_error_messages = {  # noqa: RUF012
        "required": "is missing: true or false.",
        "null": "must not be null; leave it out.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            word = str(value).lower()
            hint = f"; write {word}, without quotes." if word in ("true", "false") else "."
            raise ValidationError(f"expected true or false, not {shown(value)}{hint}")
        return value


class Keyword(Text):
    """One word of several, in their letter case."""

    def __init__(self, what: str, words: Iterable[str]) -> None:
        super().__init__()
        self._what, self._words = what, sorted(words)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or value not in self._words:
            hint = _did_you_mean(value, self._words)
            raise ValidationError(f"{shown(value)} is no {self._what}{hint}")
        return value


class Urn(Text):
    """A URN with a last part that is not taken for an attribute's name (RFC 7644 §3.10)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            known = parse_attribute_path(f"{text}:x").urn == text
        except InvalidPath:
            known = False
        if not known or not re.match(r"urn:[a-z0-9][a-z0-9-]*:.", text, re.IGNORECASE):
            raise ValidationError(f'{shown(text)} is no URN such as "urn:example:2.0:Device".')
        return text


class Listed(fields.List[Any]):
    """A list whose faulty elements are all told."""

    default_error_messages = {  # noqa: RUF012
        "required": "is missing: a list.",
        "null": "must not be null; leave it out.",
    }

    def __init__(self, inner: fields.Field[Any], *, required: bool = False, least: int = 0) -> None:
        super().__init__(inner, required=required)
        self._least = least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"expected a list, not {shown(value)}.")
        if len(value) < self._least:
            raise ValidationError("must not be empty.")
        return super()._deserialize(value, attr, data, **kwargs)


class Object(fields.Nested):
    """An object with members of its own."""

    default_error_messages = {"null": "must not be null; leave it out."}  # noqa: RUF012

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, dict):
            raise ValidationError(f"expected an object, not {shown(value)}.")
        return super()._deserialize(value, attr, data, partial=partial, **kwargs)


class Members(Schema):
    """The members of an object: known names, each with its value."""

    class Meta:
        """What marshmallow is told: unknown names are ours to speak of, with the nearest known."""

        unknown = INCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _names(self, _data: Any, given: Any, **_: Any) -> None:
        unknown = [name for name in given if name not in self.fields]
        raise_all((name, _unknown(name, self.fields)) for name in unknown)


def raise_all(problems: Iterable[Found]) -> None:
    """Raise what is wrong with an object, if anything is.

    :raises ValidationError: something is.
    """
    errors: dict[str, Any] = {}
    for place, message in problems:
        errors.setdefault(place, []).append(message)
    if errors:
        raise ValidationError(errors)


def _unknown(name: str, known: Iterable[str]) -> str:
    hint = _nearest(name, known)
    return f"means nothing here{hint or '; leave it out.'}"


def _did_you_mean(wrong: Any, words: Iterable[str]) -> str:
    return _nearest(str(wrong), words) or f"; there are {', '.join(sorted(words))}."


def _nearest(wrong: str, words: Iterable[str]) -> str:
    folded = {word.lower(): word for word in words}
    close = get_close_matches(wrong.lower(), folded, n=1)
    return f"; did you mean {shown(folded[close[0]])}?" if close else ""


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"


def as_list(value: Any) -> list[Any]:
    """Return a list; of what is none, an empty one."""
    return value if isinstance(value, list) else []
