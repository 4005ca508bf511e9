"""How an app wants to be spoken to: one data file an app, beside this module."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from provisioner.nearest import did_you_mean
from provisioner.settings import JobError


@dataclass(frozen=True, slots=True)
class Profile:
    """What a target needs beyond the RFC, or takes less of."""

    members_per_request: int
    remove_members: Literal["filter", "value"]


def profile_names() -> list[str]:
    """Return the names of the apps that are known."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load_profile(name: str) -> Profile:
    """Read the profile of an app.

    :raises JobError: when no app of that name is known.
    """
    names = profile_names()
    if name not in names:
        hint = did_you_mean(name, names) or f"; known: {', '.join(names)}"
        raise JobError([f'target.profile: there is no profile "{name}"{hint}'])
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Profile(**tomllib.loads(text))
