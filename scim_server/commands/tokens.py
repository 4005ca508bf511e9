"""The commands of `scim-server token`: who may come in."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from scim_server.access.grants import SCOPES
from scim_server.access.lifetimes import NEVER, end_of, text_of
from scim_server.access.oauth import TOKEN_ENDPOINT
from scim_server.access.secrets import CLIENT_SECRET, TOKEN, digest_of, new_secret
from scim_server.addresses import TENANTS
from scim_server.commands.shell import NO, registry, stop
from scim_server.settings.options import DATABASE, configured
from scim_server.store.contract import DEFAULT_TENANT, Scope, Token

_MOST_OF_A_NAME: Final = 100
# What every client puts into a Basic header alike.
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]+")

_TENANT: Final = click.option(
    "--tenant", default=DEFAULT_TENANT, show_default=True, help="The tenant that it is for."
)


@click.group()
def token() -> None:
    """Make, list and revoke the tokens that let clients in."""


def _name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.isprintable() or not value.strip() or len(value) > _MOST_OF_A_NAME:
        raise click.BadParameter(f"must be 1 to {_MOST_OF_A_NAME} printable characters.")
    return value


def _end(context: click.Context, parameter: click.Parameter, value: str) -> str | None:
    try:
        return end_of(value, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@token.command()
@click.argument("name", callback=_name)
@_TENANT
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="write",
    show_default=True,
    help="read: GET and .search. write: all of SCIM. admin: all of SCIM in every tenant.",
)
@click.option(
    "--expires",
    default="90d",
    show_default=True,
    metavar="TIME",
    callback=_end,
    help=f"How long it is good: 12h, 90d, 4w, 1y, or {NEVER}.",
)
@click.option("--subject", metavar="USERNAME", help="The user that it stands for, at /Me.")
@click.option("--client", is_flag=True, help="Make an OAuth client, which gets its tokens itself.")
@configured(*DATABASE)
def add(
    name: str,
    tenant: str,
    scope: Scope,
    expires: str | None,
    subject: str | None,
    client: bool,
    file: str | None,
    **options: Any,
) -> None:
    """Make a token called NAME, and print it: it is shown this once, and kept as a hash only.

    With --client it is the secret of an OAuth client of that name: it lets nobody in, but at the
    token endpoint it is changed for access tokens that are good for an hour.
    """
    if client and not _CLIENT_ID.fullmatch(name):
        raise click.BadParameter("of a client takes letters, digits, dots, dashes and underscores.")
    secret = new_secret(CLIENT_SECRET if client else TOKEN)
    made = Token(
        name=name,
        tenant=tenant,
        scope=scope,
        digest=digest_of(secret),
        created=text_of(datetime.now(UTC)),
        expires=expires,
        subject=subject,
        kind="client" if client else "token",
    )
    with registry(file, options) as database:
        database.tokens.add(made)
    if client:
        mount = "" if tenant == DEFAULT_TENANT else TENANTS + tenant
        click.echo(f"client_id: {name}\nclient_secret: {secret}")
        click.echo(f"token endpoint: {mount}{TOKEN_ENDPOINT}")
    else:
        click.echo(secret)


@token.command("list")
@click.option("--tenant", help="Only those of this tenant.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
@configured(*DATABASE)
def list_tokens(tenant: str | None, as_json: bool, file: str | None, **options: Any) -> None:
    """List tokens and clients, with scope, end and last use; revoked ones too."""
    with registry(file, options) as database:
        found = database.tokens.list(tenant)
    now = text_of(datetime.now(UTC))
    if as_json:
        click.echo(json.dumps([_shown(one, now) for one in found], ensure_ascii=False, indent=2))
        return
    rows = [_row(_shown(one, now)) for one in found]
    for line in _table([_HEADINGS, *rows]) if rows else ["There are no tokens."]:
        click.echo(line)


_HEADINGS: Final = ("NAME", "TENANT", "KIND", "SCOPE", "STATE", "EXPIRES", "LAST USED", "SUBJECT")


def _shown(one: Token, now: str) -> dict[str, str | None]:
    is_over = one.expires is not None and one.expires <= now
    return {
        "name": one.name,
        "tenant": one.tenant,
        "kind": one.kind,
        "scope": one.scope,
        "state": "revoked" if one.revoked else "expired" if is_over else "active",
        "created": one.created,
        "expires": one.expires,
        "lastUsed": one.last_used,
        "revoked": one.revoked,
        "subject": one.subject,
    }


def _row(shown: Mapping[str, str | None]) -> tuple[str, ...]:
    names = ("name", "tenant", "kind", "scope", "state", "expires", "lastUsed", "subject")
    return tuple(
        shown[name] or {"expires": NEVER, "lastUsed": NEVER}.get(name, "-") for name in names
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


@token.command()
@click.argument("name")
@_TENANT
@configured(*DATABASE)
def revoke(name: str, tenant: str, file: str | None, **options: Any) -> None:
    """Revoke the token or client called NAME, for good.

    Servers that are running let it in for some seconds more at most. Of a client the access tokens
    end with it. Exits with 1 if there is no such token.
    """
    with registry(file, options) as database:
        is_done = database.tokens.revoke(tenant, name, text_of(datetime.now(UTC)))
    if not is_done:
        stop(f"{tenant} has no token {name!r} that could be revoked.", NO)
