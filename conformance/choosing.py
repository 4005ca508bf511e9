"""Which checks a run has: those asked for, less those to skip, and the profiles' steps.

A name is an id, a section or a profile, or a pattern of ids: `rfc7644/3.5.2/*`, `*/location`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from conformance.check import Check, UnknownCheck, all_checks
from conformance.naming import nearest
from conformance.problems import CannotRun
from conformance.profiles import Profile, all_profiles, find_profile

ALL = "all"
_LONGEST = 80
_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is run: checks, each for itself, and profiles, each as one life."""

    checks: tuple[Check, ...]
    profiles: tuple[Profile, ...]
    steps: frozenset[str]
    """Ids of the profiles' steps that are reported."""

    @property
    def total(self) -> int:
        """How many verdicts there will be."""
        return len(self.checks) + len(self.steps)


def choose(
    only: Iterable[str] = (), skip: Iterable[str] = (), profiles: Iterable[str] = ()
) -> Choice:
    """Return what to run.

    :param only: ids or sections; a profile's name is one, too. All RFC checks when it is empty.
    :param skip: ids or sections that are left out.
    :param profiles: names of profiles to run beside; "all" is each of them.
    :raises UnknownCheck: when a name is none.
    :raises CannotRun: when nothing is left.
    """
    wanted, unwanted = _known(only), _known(skip)
    asked = _asked(profiles)
    checks = [c for c in all_checks() if not wanted or _covered(c.id, wanted)]
    steps = [
        step.id
        for profile in all_profiles()
        for step in profile.steps
        if profile.name in asked or _covered(step.id, wanted)
    ]
    kept = frozenset(step for step in steps if not _covered(step, unwanted))
    left = tuple(c for c in checks if not _covered(c.id, unwanted))
    if not left and not kept:
        raise CannotRun("no check is left to run: all that were chosen are skipped")
    return Choice(
        left,
        tuple(p for p in all_profiles() if any(step.id in kept for step in p.steps)),
        kept,
    )


def everything() -> list[Check]:
    """Return every check and every step of every profile."""
    return [*all_checks(), *(step for profile in all_profiles() for step in profile.steps)]


def find_any(check_id: str) -> Check:
    """Return the check or the profile's step of that id.

    :raises UnknownCheck: with the nearest id that exists.
    """
    check_id = check_id.strip("/").lower()
    found = [c for c in everything() if _within(c.id, check_id)]
    if not found:
        raise _unknown(check_id)
    if found[0].id != check_id:
        raise UnknownCheck(
            f"{check_id!r} names {len(found)} checks, and one is wanted; "
            f"`list {check_id}` shows them"
        )
    return found[0]


def named(names: Iterable[str]) -> list[Check]:
    """Return the checks and steps that ids, sections or profiles name; the RFCs' when none is.

    :raises UnknownCheck: when a name is none.
    """
    wanted = _known(names)
    return [c for c in everything() if _covered(c.id, wanted)] if wanted else list(all_checks())


def _asked(profiles: Iterable[str]) -> set[str]:
    names = list(profiles)
    if ALL in names:
        return {profile.name for profile in all_profiles()}
    return {find_profile(name).name for name in names}


def _known(names: Iterable[str]) -> Sequence[str]:
    wanted = [name.strip("/").lower() for name in names]
    for name in wanted:
        if not any(_within(c.id, name) for c in everything()):
            raise _unknown(name)
    return wanted


def _unknown(name: str) -> UnknownCheck:
    ids = [c.id for c in everything()]
    alike = [each for each in ids if each.endswith(f"/{name}")]
    hint = f"; the nearest is {alike[0]}" if alike else nearest(name, {*ids, *map(_section, ids)})
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    return UnknownCheck(f"no check or section is called {shown!r}{hint} (`list` shows them all)")


def _section(check_id: str) -> str:
    return check_id.rpartition("/")[0]


def _covered(check_id: str, names: Sequence[str]) -> bool:
    return any(_within(check_id, name) for name in names)


def _within(check_id: str, name: str) -> bool:
    """Whether a name covers a check: `rfc7644/3.5` covers 3.5.2, and not 3.50."""
    if _PATTERN.search(name):
        return fnmatchcase(check_id, name)
    return check_id == name or check_id.startswith((f"{name}.", f"{name}/"))
