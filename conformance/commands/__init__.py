"""The commands of `scim-conformance`.

cli.py      the command, and those that are short
run.py      `run`
options.py  the options that say how an endpoint is reached
shell.py    how a command ends that cannot run
"""
