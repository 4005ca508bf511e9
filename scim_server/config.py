"""What a server is told at its start, checked before anything runs."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from marshmallow import Schema, ValidationError, fields, validate

from scim_protocol.dialects import BY_DEFAULT, OPTIONAL, Spoken
from scim_protocol.filter import MAX_LENGTH, MAX_TERMS


class ConfigError(Exception):
    """The configuration cannot be used; the message names the setting and what it takes."""


@dataclass(frozen=True, slots=True)
class Config:
    """How a server behaves; `Config.load` makes a checked one.

    :param tokens: the bearer tokens that are let in; one at least.
    :param subjects: the userName that a token stands for, by token: that user is its `/Me`.
    :param database: a file name, or `:memory:` for one that ends with the process.
    :param base_path: what stands before `/Users` in every URL.
    :param strict: refuse what goes beyond the RFCs, such as Entra ID's older requests.
    :param dialects: the names of optional dialects to understand too.
    :param max_body: the most bytes that a request's body may have.
    :param max_resource: the most bytes of a body that is about a resource without members.
    :param max_operations: the most changes of attributes that one PATCH may make.
    :param max_bulk_operations: the most operations that one bulk request may have.
    :param max_bulk_payload: the most bytes of a bulk request; `max_body` bounds it too.
    :param max_bulk_work: the most bytes of resources that one bulk request may change: of each, as
        often as it is changed. Operations beyond are 413.
    :param max_filter_length: the most characters of a filter.
    :param max_filter_terms: the most comparisons in a filter.
    :param page_size: how many resources a list holds when the client does not say.
    :param max_page_size: how many it holds at most, whatever the client says.
    :param unique_group_names: refuse a second group of the same displayName with 409: Entra ID and
        others tell groups apart by it. A strict server does not, unless it is told to: the RFC's
        schema has no uniqueness there (RFC 7643 §8.7.1).
    :param skip_unknown_members: take the other members of a request where some ids are unknown;
        otherwise the request is refused.
    :param indexed: paths of further text attributes to look up by index.
    :param schemas: a folder of JSON documents: further schemas and resource types to serve.
    """

    tokens: tuple[str, ...] = field(repr=False)
    subjects: Mapping[str, str] = field(default_factory=dict, repr=False)
    database: str = field(default=":memory:", repr=False)  # A URL may hold a password.
    base_path: str = "/scim/v2"
    strict: bool = False
    dialects: tuple[str, ...] = ()
    max_body: int = 8 * 1024 * 1024
    max_resource: int = 1024 * 1024
    max_operations: int = 1000
    max_bulk_operations: int = 1000
    max_bulk_payload: int = 4 * 1024 * 1024
    max_bulk_work: int = 64 * 1024 * 1024
    max_filter_length: int = MAX_LENGTH
    max_filter_terms: int = MAX_TERMS
    page_size: int = 100
    max_page_size: int = 1000
    unique_group_names: bool = True
    skip_unknown_members: bool = False
    indexed: tuple[str, ...] = ()
    schemas: str | None = None

    @property
    def bulk_payload(self) -> int:
        """The most bytes that a bulk request may have (RFC 7643 §5, `maxPayloadSize`)."""
        return min(self.max_bulk_payload, self.max_body)

    @property
    def spoken(self) -> Spoken:
        """The names of the dialects that are understood (`scim_protocol.dialects`).

        That unknown members are left out is none of them, but told of as they are.
        """
        settings = {"unknown-members"} if self.skip_unknown_members else frozenset[str]()
        return settings if self.strict else BY_DEFAULT | frozenset(self.dialects) | settings

    @classmethod
    def load(cls, settings: Mapping[str, Any]) -> Self:
        """Check settings by name and return the configuration.

        :raises ConfigError: a setting is unknown or has a value that it does not take.
        """
        try:
            checked = SCHEMA.load(settings)
        except ValidationError as error:
            raise ConfigError(_explain(error.messages)) from None
        if not set(checked["tokens"]).issuperset(checked.get("subjects", ())):
            raise ConfigError("subjects: every token in it must be one of tokens.")
        if checked.get("page_size", 1) > checked.get("max_page_size", 1000):
            raise ConfigError("page_size: cannot be more than max_page_size.")
        if checked.get("strict") and checked.get("dialects"):
            raise ConfigError("dialects: a strict server understands none.")
        checked.setdefault("unique_group_names", not checked.get("strict", False))
        return cls(**{name: _frozen(value) for name, value in checked.items()})


def _token_is_usable(token: str) -> None:
    # RFC 6750 §2.1, loosely: what cannot stand in a header can never be sent.
    if not token:
        raise ValidationError("a token cannot be empty.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValidationError("a token is of printable ASCII characters, without spaces.")


def check_line(text: str) -> None:
    """Let text pass that can be the name of a file or a user, and part of a message.

    :raises ValidationError: it holds what ends a line or a name, or cannot be shown.
    """
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        raise ValidationError("cannot hold control characters.")


def _database_is_known(name: str) -> None:
    scheme, mark, rest = name.partition("://")
    if mark and scheme not in ("postgresql", "postgres"):
        raise ValidationError(
            "a URL must begin with postgresql://; anything else is a file's name."
        )
    if mark and "@" in rest.partition("?")[0].partition("/")[2]:
        raise ValidationError("in a password of a URL, / is written %2F, and @ is written %40.")


class _ConfigSchema(Schema):
    tokens = fields.List(
        fields.String(validate=[_token_is_usable]),
        required=True,
        validate=validate.Length(min=1, error="one token at least is needed."),
    )
    subjects = fields.Dict(
        fields.String(),
        fields.String(validate=validate.Length(min=1, error="a userName cannot be empty.")),
    )
    database = fields.String(
        validate=[
            validate.Length(min=1, error="must be the name of a file, or :memory:."),
            check_line,
            _database_is_known,
        ]
    )
    base_path = fields.String(
        validate=validate.Regexp(
            r"(/[A-Za-z0-9._~-]+)*\Z", error="must be like /scim/v2, or empty."
        )
    )
    strict = fields.Boolean()
    dialects = fields.List(
        fields.String(
            validate=validate.OneOf(
                sorted(OPTIONAL), error="there is no optional dialect {input}: {choices} are."
            )
        )
    )
    max_body = fields.Integer(strict=True, validate=validate.Range(min=1024))
    max_resource = fields.Integer(strict=True, validate=validate.Range(min=1024))
    max_operations = fields.Integer(strict=True, validate=validate.Range(min=1))
    max_bulk_operations = fields.Integer(strict=True, validate=validate.Range(min=1))
    max_bulk_payload = fields.Integer(strict=True, validate=validate.Range(min=1024))
    max_bulk_work = fields.Integer(strict=True, validate=validate.Range(min=1024))
    max_filter_length = fields.Integer(strict=True, validate=validate.Range(1, MAX_LENGTH))
    max_filter_terms = fields.Integer(strict=True, validate=validate.Range(1, MAX_TERMS))
    page_size = fields.Integer(strict=True, validate=validate.Range(min=1))
    max_page_size = fields.Integer(strict=True, validate=validate.Range(min=1))
    unique_group_names = fields.Boolean()
    skip_unknown_members = fields.Boolean()
    indexed = fields.List(fields.String())
    schemas = fields.String(validate=[validate.Length(min=1), check_line], allow_none=True)


SCHEMA: Final = _ConfigSchema()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _explain(messages: Any) -> str:
    """Put the first of marshmallow's messages as `setting: what is wrong`."""
    name, inner = next(iter(messages.items()))
    while isinstance(inner, dict):
        inner = next(iter(inner.values()))
    return f"{name}: {inner[0]}"
