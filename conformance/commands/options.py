"""The options that say how an endpoint is reached, shared by the commands that reach one."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.ways_in import WAYS, Way
from conformance.wire.access import (
    Access,
    Basic,
    Bearer,
    ClientCredentials,
    Credentials,
    Verbatim,
)

Command = TypeVar("Command", bound=Callable[..., Any])
_USUAL = "SCIM_TOKEN"
"""The variable that may be unset: an endpoint may want no token."""
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def access_options(command: Command) -> Command:
    """Give a command the options of `WAYS`, which it hands to `access_of`."""
    for way in reversed(WAYS):
        command = _option(way)(command)
    return command


def _option(way: Way) -> Callable[[Command], Command]:
    if way.kind == "flag":
        return click.option(f"--{way.name}", is_flag=True, help=way.help)
    kinds = {
        "file": _FILE,
        "number": click.FloatRange(min=0, min_open=True, max=way.most),
    }
    return click.option(
        f"--{way.name}",
        type=kinds.get(way.kind),
        multiple=way.kind == "texts",
        default=way.default,
        show_default=bool(way.default),
        metavar=way.metavar,
        help=way.help,
    )


def access_of(given: dict[str, Any], *, read_only: bool = False) -> Access:
    """Take the options out of what a command was given.

    :raises click.UsageError: for options that do not go together, or a secret that is not set.
    """
    read: list[str] = []
    headers = dict(_header(text, read) for text in given.pop("header"))
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
        ca_file=given.pop("ca_file"),
        client_certificate=(certificate, key) if key else certificate,
        insecure=given.pop("insecure"),
        timeout=given.pop("timeout"),
        rate=given.pop("rate"),
        read_only=read_only,
        hidden=tuple(read),
    )


def _credentials(given: dict[str, Any]) -> Credentials | None:
    token, token_env = given.pop("token"), given.pop("token_env")
    username, password_env = given.pop("username"), given.pop("password_env")
    url, client = given.pop("oauth_token_url"), given.pop("oauth_client_id")
    secret_env, scope = given.pop("oauth_secret_env"), given.pop("oauth_scope")
    if sum(map(bool, (token, username, url))) > 1:
        raise click.UsageError("give one of --token, --username and --oauth-token-url")
    if (client or scope) and not url:
        raise click.UsageError("--oauth-client-id and --oauth-scope need --oauth-token-url")
    if username:
        return Basic(username, _secret(password_env, "the password for --username"))
    if url:
        if not client:
            raise click.UsageError("--oauth-token-url needs --oauth-client-id")
        return ClientCredentials(url, client, _secret(secret_env, "the client's secret"), scope)
    found = token or os.environ.get(token_env)
    if not found and token_env != _USUAL:
        found = _secret(token_env, "the token")
    return Bearer(found) if found else None


def _secret(variable: str, what: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise click.UsageError(f"{what} is read from the environment variable {variable}: set it")
    return value


def _header(text: str, read: list[str]) -> tuple[str, str]:
    """Split a header; what is read from the environment is a secret, and noted."""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not name or " " in name:
        raise click.UsageError("--header is written 'NAME: VALUE'")
    if value.startswith("$"):
        found = _VARIABLE.fullmatch(value)
        if found is None:
            raise click.UsageError(f"--header {name}: {value} is no name of a variable, like $KEY")
        value = _secret(found[1] or found[2], f"the value of the header {name}")
        read.append(value)
    return name, value
