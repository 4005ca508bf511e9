"""What a check is: a rule of an RFC, how binding it is, and a function that tries it."""

import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.scim import Scim

Body = Callable[["Scim"], None]


class Level(StrEnum):
    """How binding a rule is, in the words of RFC 2119."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Status(StrEnum):
    """The verdict of a check; `error` is ours or the network's, never the endpoint's."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    NOTE = "note"
    SKIP = "skip"
    ERROR = "error"


MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY

UNMET = {MUST: Status.FAIL, SHOULD: Status.WARN, MAY: Status.NOTE}
"""The verdict when the rule of a level is not kept."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule, with an id made of its section and its name: `rfc7644/3.3/location`."""

    id: str
    level: Level
    requirement: str
    needs: tuple[str, ...]
    body: Body
    catches: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """The part of the id that names the RFC and its section: `rfc7644/3.3`."""
        return self.id.rpartition("/")[0]

    @property
    def reason(self) -> str:
        """Why the rule matters to a client, and what the check looks at."""
        return inspect.cleandoc(self.body.__doc__ or "")

    @property
    def link(self) -> str:
        """The address of the section in the RFC."""
        rfc, section = self.section.split("/")
        return f"https://www.rfc-editor.org/rfc/{rfc}#section-{section}"

    @property
    def source(self) -> str:
        """The text of the check, which says exactly what is sent and what must happen."""
        return inspect.getsource(self.body)


class UnknownCheck(LookupError):
    """No check has the id or section asked for."""


_registry: dict[str, Check] = {}
_ID = re.compile(r"rfc\d+/\d+(\.\d+)*/[a-z0-9-]+")


def check(
    id: str,
    level: Level,
    requirement: str,
    *,
    needs: Iterable[str] = (),
    catches: Iterable[str] = (),
) -> Callable[[Body], Body]:
    """Register a function as a check.

    :param needs: what the endpoint must claim, else the check is skipped: a feature of its
        ServiceProviderConfig ("patch"), a resource type ("Group"), an attribute ("User.emails").
    :param catches: names of defects (`scim_server.testing.defects`) that it is proven to find.
    """

    if not _ID.fullmatch(id):
        raise ValueError(f"{id!r} is not an RFC, a section and a rule: rfc7644/3.3/location")

    def register(body: Body) -> Body:
        if id in _registry:
            raise ValueError(f"two checks are called {id}")
        _registry[id] = Check(id, level, requirement, tuple(needs), body, tuple(catches))
        return body

    return register


def all_checks() -> list[Check]:
    """Return every check, in the order of the RFCs: 3.5.2 comes before 3.12."""
    _import_checks()
    in_module = {check_id: place for place, check_id in enumerate(_registry)}
    return sorted(_registry.values(), key=lambda c: (_order(c.section), in_module[c.id]))


@cache
def _import_checks() -> None:
    package = importlib.import_module("conformance.checks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def find(check_id: str) -> Check:
    """Return the check of that id.

    :raises UnknownCheck: with the nearest id that exists.
    """
    return next((c for c in all_checks() if c.id == check_id), None) or _unknown(check_id)


def select(only: Iterable[str] = ()) -> list[Check]:
    """Return the checks whose id or section begins with one of `only`; all when it is empty.

    :raises UnknownCheck: when one of them names nothing.
    """
    wanted = [name.strip("/") for name in only]
    for name in wanted:
        if not any(_within(c, name) for c in all_checks()):
            _unknown(name)
    return [c for c in all_checks() if not wanted or any(_within(c, name) for name in wanted)]


def _within(candidate: Check, name: str) -> bool:
    """Whether a name covers a check: `rfc7644/3.5` covers 3.5.2, and not 3.50."""
    return candidate.id == name or candidate.id.startswith((f"{name}.", f"{name}/"))


def _order(section: str) -> tuple[str, list[int]]:
    rfc, numbers = section.split("/")
    return rfc, [int(number) for number in numbers.split(".")]


def _unknown(name: str) -> Check:
    names = {c.id for c in all_checks()} | {c.section for c in all_checks()}
    near = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    hint = f"; the nearest is {near[0]}" if near else ""
    raise UnknownCheck(f"no check or section is called {name!r}{hint} (`list` shows them all)")
