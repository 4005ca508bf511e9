"""Which checks a run has: those asked for, less those to skip, and the profiles' steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.check import Check, UnknownCheck, all_checks
from conformance.naming import nearest
from conformance.profiles import Profile, all_profiles, find_profile

ALL = "all"


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
    return Choice(
        tuple(c for c in checks if not _covered(c.id, unwanted)),
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
    found = next((c for c in everything() if c.id == check_id), None)
    if found is None:
        raise _unknown(check_id)
    return found


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
    wanted = [name.strip("/") for name in names]
    for name in wanted:
        if not any(_within(c.id, name) for c in everything()):
            raise _unknown(name)
    return wanted


def _unknown(name: str) -> UnknownCheck:
    names = {c.id for c in everything()} | {c.section for c in everything()}
    hint = nearest(name, names)
    return UnknownCheck(f"no check or section is called {name!r}{hint} (`list` shows them all)")


def _covered(check_id: str, names: Sequence[str]) -> bool:
    return any(_within(check_id, name) for name in names)


def _within(check_id: str, name: str) -> bool:
    """Whether a name covers a check: `rfc7644/3.5` covers 3.5.2, and not 3.50."""
    return check_id == name or check_id.startswith((f"{name}.", f"{name}/"))
