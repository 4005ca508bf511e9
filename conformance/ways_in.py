"""What can be said of how an endpoint is reached: the one table of the command's options, and of
pytest's, which are called `--scim-…`.

Nothing heavy is imported here: pytest reads it in every project where the package is installed.
"""

from dataclasses import dataclass
from typing import Final

DEFAULT_TIMEOUT: Final = 30.0
LONGEST_TIMEOUT: Final = 3600


@dataclass(frozen=True, slots=True)
class Way:
    """One option; its kind is text, texts (it may be repeated), file, flag or number."""

    name: str
    help: str
    metavar: str | None = None
    kind: str = "text"
    default: str | float | None = None
    most: float | None = None
    """The highest number; all are above 0."""

    @property
    def key(self) -> str:
        """What the option is called in what a program was given."""
        return self.name.replace("-", "_")


WAYS: Final = (
    Way("token", "Bearer token. Better: put it in the environment variable.", "TOKEN"),
    Way(
        "token-env",
        "Environment variable that holds the bearer token.",
        "NAME",
        default="SCIM_TOKEN",
    ),
    Way("username", "User name for HTTP Basic.", "NAME"),
    Way(
        "password-env",
        "Environment variable that holds the password for HTTP Basic.",
        "NAME",
        default="SCIM_PASSWORD",
    ),
    Way(
        "oauth-token-url",
        "Where an OAuth 2.0 client gets its tokens (client credentials).",
        "URL",
    ),
    Way("oauth-client-id", "Id of the OAuth 2.0 client.", "ID"),
    Way(
        "oauth-secret-env",
        "Environment variable that holds the secret of the OAuth 2.0 client.",
        "NAME",
        default="SCIM_CLIENT_SECRET",
    ),
    Way("oauth-scope", "Scope to ask tokens for.", "SCOPE", default=""),
    Way(
        "header",
        "Send this header with every request; its value is masked in reports. "
        "A value that begins with $ is read from that environment variable. Repeatable.",
        "'NAME: VALUE'",
        "texts",
    ),
    Way("ca-file", "Trust these CA certificates.", "FILE", "file"),
    Way("client-cert", "The client's own TLS certificate.", "FILE", "file"),
    Way("client-key", "Its private key, if that is not in the same file.", "FILE", "file"),
    Way("insecure", "Accept any TLS certificate.", kind="flag"),
    Way(
        "timeout",
        "Seconds to wait for each answer, to its end.",
        "SECONDS",
        "number",
        DEFAULT_TIMEOUT,
        LONGEST_TIMEOUT,
    ),
    Way("rate", "Send no more than N requests in a second.", "N", "number"),
)
