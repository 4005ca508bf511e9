"""Every key of the configuration: the same name in the file, the environment and the options."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError, fields, validate
from platformdirs import user_data_path

from scim_server.config import SCHEMA, Config, check_line
from scim_server.serving.proxies import read_networks

Check = Callable[[Any], object]


@dataclass(frozen=True)
class Key:
    """A key.

    :param field: what it takes.
    :param default: its value when it is not given; a function, where that is to be found out.
    :param help: what it is for, as the help page says it.
    :param option: how the option is spelt, where not as the key.
    :param secret: its value is for nobody's eyes, and it is not read from the file.
    """

    name: str
    field: fields.Field[Any]
    default: Any
    help: str
    option: str = ""
    metavar: str = ""
    secret: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it may have several values: a list, an option repeated, a text with commas."""
        return isinstance(self.field, fields.List)

    @property
    def is_flag(self) -> bool:
        """Whether it is true or false."""
        return isinstance(self.field, fields.Boolean)

    @property
    def spelling(self) -> str:
        """The option, as it is typed."""
        return self.option or "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The variable of the environment."""
        return PREFIX + self.name.upper()


PREFIX: Final = "SCIM_SERVER_"
_LEVELS: Final = ("debug", "info", "warning", "error")


def _number(least: int, most: int | None = None) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=least, max=most))


def _text(what: str = "cannot be empty.") -> fields.String:
    return fields.String(validate=[validate.Length(min=1, error=what), check_line])


def _networks() -> fields.List[Any]:
    def check(text: str) -> None:
        try:
            read_networks([text])
        except ValueError:
            raise ValidationError(
                f"must be networks like 10.0.0.0/8, or addresses; {text} is none."
            ) from None

    return fields.List(fields.String(validate=check))


def _of_app(name: str) -> fields.Field[Any]:
    return SCHEMA.fields[name]


def _default_of(name: str) -> Any:
    return Config.__dataclass_fields__[name].default


def default_database() -> str:
    """Return the file in the user's data directory."""
    return str(user_data_path("scim-toolkit", appauthor=False, ensure_exists=True) / "server.db")


def _app_key(name: str, help: str, **more: Any) -> Key:
    default = _default_of(name)
    return Key(name, _of_app(name), list(default) if default == () else default, help, **more)


SERVING: Final = (
    Key("host", _text(), "127.0.0.1", "Address to listen on."),
    Key("port", _number(0, 65535), 8000, "Port to listen on; 0 takes a free one."),
    Key("workers", _number(1, 512), 1, "Processes that serve; one for each core is usual."),
    Key("threads", _number(1, 256), 8, "Requests that a worker works on at once."),
    Key("connections", _number(16, 100_000), 4000, "Connections that a worker keeps open at most."),
    Key("idle_seconds", _number(1, 3600), 75, "Seconds that an idle connection is kept."),
    Key("drain_delay", _number(0, 3600), 0, "Seconds of 503 at /readyz before a stop begins."),
    Key("drain_seconds", _number(1, 3600), 30, "Seconds that a stop waits for answers."),
    Key(
        "tls_cert",
        _text(),
        None,
        "PEM file of the server's certificate and its issuers'.",
        metavar="FILE",
    ),
    Key("tls_key", _text(), None, "PEM file of the certificate's private key.", metavar="FILE"),
    Key(
        "trusted_proxies",
        _networks(),
        [],
        "A proxy whose X-Forwarded-… headers are believed.",
        option="--trusted-proxy",
        metavar="CIDR",
    ),
    Key(
        "metrics_allow",
        _networks(),
        ["127.0.0.0/8", "::1"],
        "Who may see /metrics; nobody, if empty.",
        metavar="CIDR",
    ),
    Key(
        "access_log",
        _text(),
        None,
        "Write a line of JSON a request to FILE; - is standard error.",
        metavar="FILE",
    ),
    Key(
        "log_level",
        fields.String(validate=validate.OneOf(_LEVELS, error="must be one of {choices}.")),
        "warning",
        "What is told on standard error: debug, info, warning or error.",
        metavar="LEVEL",
    ),
)

APP: Final = (
    Key(
        "database",
        _of_app("database"),
        default_database,
        "SQLite file, postgresql:// URL or :memory:. [default: a file of yours]",
        metavar="FILE",
    ),
    Key(
        "database_env",
        _text(),
        None,
        "Environment variable that holds the database's URL.",
        metavar="NAME",
    ),
    Key("database_file", _text(), None, "File that holds the database's URL.", metavar="FILE"),
    Key(
        "token",
        _text("a token cannot be empty."),
        None,
        "Bearer token to let in. [default: a new one, printed]",
        secret=True,
    ),
    Key(
        "token_env",
        _text(),
        None,
        "Environment variable that holds the token to let in.",
        metavar="NAME",
    ),
    Key("token_file", _text(), None, "File that holds the token to let in.", metavar="FILE"),
    Key(
        "me",
        _text("a userName cannot be empty."),
        None,
        "The user that the token stands for, at /Me.",
        metavar="USERNAME",
    ),
    _app_key("base_path", "What stands before /Users in every URL.", metavar="PATH"),
    _app_key("schemas", "Folder of further schemas and resource types to serve.", metavar="DIR"),
    _app_key("strict", "Refuse what clients send beyond the RFCs."),
    _app_key(
        "dialects",
        "Understand this too: json-in-value or unquoted-value.",
        option="--dialect",
        metavar="NAME",
    ),
    Key(
        "allow_duplicate_groups",
        fields.Boolean(),
        False,
        "Let groups have the same displayName, as --strict does.",
    ),
    _app_key(
        "skip_unknown_members", "Leave out members that do not exist, not refuse the request."
    ),
    _app_key(
        "indexed", "Path of a further text attribute to look up by index.", metavar="ATTRIBUTE"
    ),
)

LIMITS: Final = (
    _app_key("max_body", "The most bytes of a body."),
    _app_key("max_resource", "The most bytes of a body about a resource without members."),
    _app_key("max_operations", "The most changes of attributes in one PATCH."),
    _app_key("max_bulk_operations", "The most operations in one bulk request."),
    _app_key("max_bulk_payload", "The most bytes of a bulk request."),
    _app_key("max_bulk_work", "The most bytes of resources that one bulk request may change."),
    _app_key("max_filter_length", "The most characters of a filter."),
    _app_key("max_filter_terms", "The most comparisons in a filter."),
    _app_key("page_size", "Resources on a page, if the client does not say."),
    _app_key("max_page_size", "Resources on a page at most, whatever the client says."),
)

KEYS: Final = {key.name: key for key in (*SERVING, *APP, *LIMITS)}

# Ways to give the same thing: what is given later takes the place of all of them.
ALTERNATIVES: Final = (
    ("token", "token_env", "token_file"),
    ("database", "database_env", "database_file"),
)
