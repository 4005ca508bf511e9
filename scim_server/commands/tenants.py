"""The commands of `scim-server tenant`: isolated endpoints in one server."""

import json
from typing import Any

import click

from scim_server.commands.shell import registry
from scim_server.settings.options import DATABASE, configured


@click.group()
def tenant() -> None:
    """Make, list and remove tenants: isolated endpoints in one server."""


@tenant.command("add")
@click.argument("name")
@configured(*DATABASE)
def add_tenant(name: str, file: str | None, **options: Any) -> None:
    """Make a tenant called NAME, served at /tenants/NAME/scim/v2.

    Nobody may come in until there is a token for it: see `scim-server token add`.
    """
    with registry(file, options) as database:
        database.add_tenant(name)


@tenant.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
@configured(*DATABASE)
def list_tenants(as_json: bool, file: str | None, **options: Any) -> None:
    """List the tenants, a line each; the default one is that of /scim/v2."""
    with registry(file, options) as database:
        names = list(database.tenants())
    click.echo(json.dumps(names) if as_json else "\n".join(names))


@tenant.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@configured(*DATABASE)
def remove_tenant(name: str, yes: bool, file: str | None, **options: Any) -> None:
    """Remove the tenant called NAME with all its resources and tokens. It cannot be undone."""
    if not yes:
        click.confirm(f"Remove {name} with all its users, groups and tokens?", abort=True)
    with registry(file, options) as database:
        database.remove_tenant(name)
