"""What the company's directory holds: people, groups, and the two CSV files of an export."""

import csv
import random
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid5

T = TypeVar("T")

DOMAIN = "contoso.example"
NAMESPACE = UUID("5b3c1f0e-7a52-4c1b-9d6e-000000000000")

GROUP_COLUMNS = ("objectId", "displayName", "description", "members")

# Letters that Unicode does not take apart into a base letter and a mark.
LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ß": "ss", "đ": "d", "æ": "ae"})


class Dice(random.Random):
    """A seeded source that draws with `random()` alone: its sequence is the same in all Pythons."""

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of the choices."""
        return choices[int(self.random() * len(choices))]

    def chance(self, share: float) -> bool:
        """Say yes in this share of the draws."""
        return self.random() < share


def object_id(key: str) -> str:
    """Give the immutable id that belongs to a key of the generator."""
    return str(uuid5(NAMESPACE, key))


def spelling(name: str) -> str:
    """Spell a name as the left side of an address: lower case, no marks, no spaces."""
    # The Turkish capital dotted I lowers to an i and a combining dot, which goes with the marks.
    decomposed = unicodedata.normalize("NFD", name.lower().translate(LETTERS))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.replace(". ", ".").replace(" ", "")


@dataclass
class Person:
    """One row of people.csv, and what the generator must remember beside it."""

    objectId: str
    userPrincipalName: str
    givenName: str
    surname: str
    displayName: str
    mail: str = ""
    jobTitle: str = ""
    department: str = ""
    employeeId: str = ""
    telephoneNumber: str = ""
    mobile: str = ""
    streetAddress: str = ""
    city: str = ""
    postalCode: str = ""
    country: str = ""
    preferredLanguage: str = ""
    userType: str = "Employee"
    accountEnabled: str = "True"
    manager: str = ""
    team: str = ""
    region: str = ""
    clubs: set[str] = field(default_factory=set)

    def group_keys(self) -> set[str]:
        """Name the groups that this person is a direct member of."""
        if self.userType == "Guest":
            return {"guests", *self.clubs}
        return {"everyone", self.team, self.region, *self.clubs}


PEOPLE_COLUMNS = tuple(
    entry.name for entry in fields(Person) if entry.name not in ("team", "region", "clubs")
)


@dataclass
class Group:
    """One row of groups.csv; its people are found by key, its groups are named."""

    key: str
    displayName: str
    description: str = ""
    nested: tuple[str, ...] = ()

    @property
    def objectId(self) -> str:
        """The immutable id, which a new display name leaves as it is."""
        return object_id(f"group {self.key}")


@dataclass
class Directory:
    """Everybody and every group on one day."""

    people: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)

    def add(self, person: Person) -> Person:
        """Take a person in."""
        self.people[person.objectId] = person
        return person

    def person(self, name: str) -> Person:
        """Find a person by the part of the userPrincipalName before the @ sign."""
        return next(
            person
            for person in self.people.values()
            if person.userPrincipalName.partition("@")[0] == name
        )

    def reports_of(self, manager: Person) -> list[Person]:
        """List the people who have this manager."""
        return [person for person in self.people.values() if person.manager == manager.objectId]

    def leave(self, person: Person) -> None:
        """Take a person out; those who reported to them report one level higher."""
        for report in self.reports_of(person):
            report.manager = person.manager
        del self.people[person.objectId]

    def members(self, group: Group) -> list[str]:
        """List the objectIds of the people and groups directly in a group."""
        people = [p.objectId for p in self.people.values() if group.key in p.group_keys()]
        return people + [self.groups[key].objectId for key in group.nested]

    def export(self, folder: Path) -> None:
        """Write people.csv and groups.csv as the directory's portal would, in UTF-8 with a mark."""
        folder.mkdir(parents=True, exist_ok=True)
        people = ([getattr(p, name) for name in PEOPLE_COLUMNS] for p in self.people.values())
        groups = (
            (g.objectId, g.displayName, g.description, ";".join(self.members(g)))
            for g in self.groups.values()
        )
        _write(folder / "people.csv", PEOPLE_COLUMNS, people)
        _write(folder / "groups.csv", GROUP_COLUMNS, groups)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
