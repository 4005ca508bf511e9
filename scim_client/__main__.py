"""Run `scim-client` as `python -m scim_client`."""

from scim_client.cli import main

main(prog_name="scim-client")
