"""The command `scim-server`."""

import click

from scim_server.commands.run import run, show
from scim_server.commands.schema import schema
from scim_server.commands.storage import export, import_, migrate
from scim_server.commands.tenants import tenant
from scim_server.commands.tokens import token


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="scim-toolkit")
def main() -> None:
    """Serve SCIM 2.0 (RFC 7643, RFC 7644) over HTTP."""


for command in (run, show, schema, token, tenant, migrate, export, import_):
    main.add_command(command)
