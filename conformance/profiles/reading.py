"""Profiles, read from the TOML files of this folder."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from conformance.check import Level
from conformance.naming import nearest
from conformance.problems import UnknownProfile
from conformance.profiles.step import Ask, Step

_TUPLES = ("status", "media", "among", "lacks", "members")
_TOLD = ("type", "status", "media", "found", "page", "among", "walk", "has", "lacks", "members")
_ASK = frozenset(field.name for field in fields(Ask))
_STEP = frozenset({"id", "rule", "mark", "level", "origin", "otherwise", "then"}) | _ASK
_TYPES = {"/Users": "User", "/Groups": "Group"}


@dataclass(frozen=True, slots=True)
class Profile:
    """An identity provider, by what it sends."""

    name: str
    title: str
    about: str
    headers: dict[str, str | None]
    steps: tuple[Step, ...]


@cache
def all_profiles() -> tuple[Profile, ...]:
    """Return every profile, by name."""
    folder = files(__package__)
    names = (entry.name for entry in folder.iterdir())
    listed = sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
    return tuple(_profile(name) for name in listed)


def find_profile(name: str) -> Profile:
    """Return the profile of that name.

    :raises UnknownProfile: with the nearest name that exists.
    """
    found = next((profile for profile in all_profiles() if profile.name == name), None)
    if found is None:
        hint = nearest(name, [profile.name for profile in all_profiles()])
        raise UnknownProfile(f"no profile is called {name!r}{hint} (`profiles list` shows them)")
    return found


def _profile(name: str) -> Profile:
    table = _table(name)
    steps = tuple(_step(name, table["title"], step) for step in table["step"])
    # A header that is false is not sent at all.
    headers = {
        key: None if value is False else value for key, value in table.get("headers", {}).items()
    }
    return Profile(name, table["title"], table["about"], headers, steps)


def _table(name: str) -> dict[str, Any]:
    """Read a file; one that is `like` another has its steps, but for those that it has itself."""
    text = files(__package__).joinpath(f"{name}.toml").read_text("utf-8")
    table = tomllib.loads(text)
    if "like" not in table:
        return table
    base = _table(table["like"])
    own = {step["id"]: step for step in table.get("step", [])}
    dropped = table.get("drop", [])
    inherited = [own.pop(step["id"], step) for step in base["step"]]
    steps = [step for step in inherited if step["id"] not in dropped]
    return base | table | {"step": _placed(steps, list(own.values()))}


def _placed(steps: list[dict[str, Any]], added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put each new step behind the one that it names as `behind`."""
    for step in added:
        place = [each["id"] for each in steps].index(step["behind"])
        steps.insert(place + 1, step)
    return steps


def _step(profile: str, title: str, table: dict[str, Any]) -> Step:
    unknown = set(table) - _STEP - {"behind"}
    if unknown:
        raise ValueError(f"{profile}/{table['id']} has unknown keys: {sorted(unknown)}")
    conjecture = {"evidence": False, "conjecture": True}[table["mark"]]
    return Step(
        f"{profile}/{table['id']}",
        Level(table.get("level", "MAY" if conjecture else "MUST")),
        table["rule"],
        tuple(sorted(_needs(table))),
        _unborn,
        profile=profile,
        title=title,
        conjecture=conjecture,
        origin=table["origin"],
        consequence=table["otherwise"],
        ask=_ask(table),
        then=tuple(_ask(each) for each in table.get("then", [])),
        text=_written(table),
    )


def _ask(table: dict[str, Any]) -> Ask:
    known = {key: value for key, value in table.items() if key in _ASK}
    for key in ("body", "changes"):
        if key in known:
            known[key] = json.loads(known[key])
    for key in _TUPLES:
        if key in known:
            value = known[key]
            known[key] = tuple(value if isinstance(value, list) else [value])
    return Ask(**known)


def _needs(table: dict[str, Any]) -> Iterator[str]:
    """Yield the resource types without which a step makes no sense."""
    for path, type_name in _TYPES.items():
        if table["send"].split(" ")[1].startswith(path):
            yield type_name


def _written(table: dict[str, Any]) -> str:
    """Return what is sent and expected as lines for a reader."""
    lines = [table["send"]] + [table[key] for key in ("body", "changes") if key in table]
    lines += [f"{key}: {json.dumps(table[key])}" for key in _TOLD if key in table]
    for each in table.get("then", []):
        lines += ["", _written(each)]
    return "\n".join(lines)


def _unborn(_: object) -> None:
    """Stand for the body of a step that no life has been given to yet."""
    raise TypeError("a step is run by Life")
