"""`python -m provisioner` is `scim-provisioner`."""

from provisioner.cli import main

main(prog_name="scim-provisioner")
