"""How an app wants to be spoken to: one data file an app, beside this module."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from provisioner.job.settings import JobError
from provisioner.nearest import did_you_mean
from provisioner.targets.profile import Profile
from provisioner.targets.profile_file import build_profile, read_profile

__all__ = ["Profile", "load_profile", "profile_names"]


def profile_names() -> list[str]:
    """Return the names of the apps that are known."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load_profile(name: str, quirks: Mapping[str, Any] | None = None) -> Profile:
    """Read the profile of an app.

    :param quirks: checked tables of a job, whose keys replace those of the profile.
    :raises JobError: when no app of that name is known.
    """
    names = profile_names()
    if name not in names:
        hint = did_you_mean(name, names) or f"; known: {', '.join(names)}"
        raise JobError([f'target.profile: there is no profile "{name}"{hint}'])
    return build_profile(_tables(name), quirks or {})


@cache
def _tables(name: str) -> dict[str, Any]:
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return read_profile(tomllib.loads(text))
