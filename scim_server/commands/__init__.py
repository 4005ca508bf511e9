"""The commands of `scim-server`.

cli.py         the command, and which there are
run.py         `run` and `config`
schema.py      `schema check`
tokens.py      `token add | list | revoke`
tenants.py     `tenant add | list | remove`
storage.py     `migrate`, `export`, `import`
shell.py       exit codes, and how a command ends that cannot do what it was asked
"""
