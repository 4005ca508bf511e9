"""`python -m provisioner` is `scim-provisioner`."""

from provisioner.commands.cli import main

main(prog_name="scim-provisioner")
