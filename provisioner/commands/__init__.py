"""`scim-provisioner`: the commands, and what people read of a job."""
