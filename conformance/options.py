"""The options that say how an endpoint is reached, shared by the commands that reach one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.access import (
    DEFAULT_TIMEOUT,
    Access,
    Basic,
    Bearer,
    ClientCredentials,
    Credentials,
    Verbatim,
)

Command = TypeVar("Command", bound=Callable[..., Any])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS = (
    click.option("--token", help="Bearer token. Better: put it in the environment variable."),
    click.option(
        "--token-env",
        default="SCIM_TOKEN",
        show_default=True,
        metavar="NAME",
        help="Environment variable that holds the bearer token.",
    ),
    click.option("--username", metavar="NAME", help="User name for HTTP Basic."),
    click.option(
        "--password-env",
        default="SCIM_PASSWORD",
        show_default=True,
        metavar="NAME",
        help="Environment variable that holds the password for HTTP Basic.",
    ),
    click.option(
        "--oauth-token-url",
        metavar="URL",
        help="Where an OAuth 2.0 client gets its tokens (client credentials).",
    ),
    click.option("--oauth-client-id", metavar="ID", help="Id of the OAuth 2.0 client."),
    click.option(
        "--oauth-secret-env",
        default="SCIM_CLIENT_SECRET",
        show_default=True,
        metavar="NAME",
        help="Environment variable that holds the secret of the OAuth 2.0 client.",
    ),
    click.option("--oauth-scope", default="", metavar="SCOPE", help="Scope to ask tokens for."),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Send this header with every request; its value is masked in reports. "
        "A value that begins with $ is read from that environment variable. Repeatable.",
    ),
    click.option("--ca-file", type=_FILE, metavar="FILE", help="Trust these CA certificates."),
    click.option(
        "--client-cert", type=_FILE, metavar="FILE", help="The client's own TLS certificate."
    ),
    click.option(
        "--client-key",
        type=_FILE,
        metavar="FILE",
        help="Its private key, if that is not in the same file.",
    ),
    click.option("--insecure", is_flag=True, help="Accept any TLS certificate."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True, max=3600),
        default=DEFAULT_TIMEOUT,
        show_default=True,
        help="Seconds to wait for each answer.",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Send no more than N requests in a second.",
    ),
)


def access_options(command: Command) -> Command:
    """Give a command the options, which it hands to `access_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def access_of(given: dict[str, Any], *, read_only: bool = False) -> Access:
    """Take the options out of what a command was given.

    :raises click.UsageError: for options that do not go together, or a secret that is not set.
    """
    headers = dict(_header(text) for text in given.pop("headers"))
    certificate, key = given.pop("client_cert"), given.pop("client_key")
    if key and not certificate:
        raise click.UsageError("--client-key needs --client-cert")
    authorization = next((name for name in headers if name.lower() == "authorization"), None)
    credentials = _credentials(given)
    if authorization:
        if credentials and not isinstance(credentials, Bearer):
            raise click.UsageError("give one of --header 'Authorization: ...' and other options")
        credentials = Verbatim(headers.pop(authorization))
    return Access(
        credentials,
        headers,
        given.pop("ca_file"),
        (certificate, key) if key else certificate,
        given.pop("insecure"),
        given.pop("timeout"),
        given.pop("rate"),
        read_only,
    )


def _credentials(given: dict[str, Any]) -> Credentials | None:
    token, token_env = given.pop("token"), given.pop("token_env")
    username, password_env = given.pop("username"), given.pop("password_env")
    url, client = given.pop("oauth_token_url"), given.pop("oauth_client_id")
    secret_env, scope = given.pop("oauth_secret_env"), given.pop("oauth_scope")
    if sum(map(bool, (token, username, url))) > 1:
        raise click.UsageError("give one of --token, --username and --oauth-token-url")
    if username:
        return Basic(username, _secret(password_env, "the password for --username"))
    if url:
        if not client:
            raise click.UsageError("--oauth-token-url needs --oauth-client-id")
        return ClientCredentials(url, client, _secret(secret_env, "the client's secret"), scope)
    found = token or os.environ.get(token_env)
    return Bearer(found) if found else None


def _secret(variable: str, what: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise click.UsageError(f"{what} is read from the environment variable {variable}: set it")
    return value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not name or " " in name:
        raise click.UsageError("--header is written 'NAME: VALUE'")
    if value.startswith("$"):
        value = _secret(value[1:], f"the value of the header {name}")
    return name, value
