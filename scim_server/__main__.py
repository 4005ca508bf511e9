"""`python -m scim_server` is the command `scim-server`."""

from scim_server.commands.cli import main

main(prog_name="scim-server")
