"""The configuration of `scim-server`: defaults <- a TOML file <- the environment <- arguments.

keys.py        every key: what it takes, its default, what it is for
layers.py      values as they are given, each with the place that it is from
checking.py    the layers put over one another and checked, each fault a line
effective.py   the outcome, for people: with sources, without secrets
"""
