"""Companies of any size as CSV files, all made from a seed, and what happens in them day by day."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PERSON_COLUMNS = (
    *("objectId", "userPrincipalName", "displayName", "givenName", "surname", "mail"),
    *("jobTitle", "department", "accountEnabled", "userType", "manager"),
)
GROUP_COLUMNS = ("objectId", "displayName", "members")

GIVEN = (
    *("Ada", "Grace", "José", "Zoë", "Łukasz", "Nguyễn", "Søren", "Chloë", "Björn", "İpek"),
    *("Miyu 美優", "Мария", "Ελένη", "محمد", "Anne-Marie", 'Bob "Bobby"', "D'Arcy", "Q, the first"),
)
SURNAMES = (
    *("Lovelace", "Hopper", "O'Brien", "García y Vega", "Þórsdóttir", "van der Berg", "Ng"),
    *("李", "Ivanova", "Müller-Lüdenscheidt", "Smith \\ Sons", "de la Cruz, Jr.", "X Æ A-12"),
)
DEPARTMENTS = ("Research", "Sales", "R&D", "Ventes — Québec", "人事", "", 'The "Lab"')
TITLES = ("Engineer", "Director", "", "Chef de projet", "M1; acting", "Lead, Platform")


@dataclass(frozen=True)
class Size:
    """How many people and groups a company has, and how many memberships in all."""

    users: int
    groups: int
    memberships: int


SIZES = {
    "S": Size(1_000, 50, 5_000),
    "M": Size(10_000, 500, 50_000),
    "L": Size(100_000, 1_000, 1_000_000),
    "XL": Size(1_000_000, 1_000, 1_000_000),
}
Row = dict[str, str]


def _pick(choices: tuple[str, ...], number: int, seed: int, salt: int) -> str:
    """Choose as chance would, at the cost of a multiplication: XL has millions of cells."""
    mixed = ((number + 1) * 2_654_435_761 + (seed * 97 + salt) * 40_503) & 0xFFFFFFFF
    return choices[(mixed >> 9) % len(choices)]


def person(number: int, seed: int = 0) -> Row:
    """Return the record of a person; three in a hundred are blocked, one in fifty is a guest."""
    given, surname = _pick(GIVEN, number, seed, 1), _pick(SURNAMES, number, seed, 2)
    name = f"p{number}"
    return {
        "objectId": name,
        "userPrincipalName": f"{name}.{_pick(('a', 'b', 'ü'), number, seed, 3)}@contoso.example",
        "displayName": f"{given} {surname}",
        "givenName": given,
        "surname": surname,
        "mail": "" if number % 11 == 5 else f"{name}@Contoso.example",
        "jobTitle": _pick(TITLES, number, seed, 4),
        "department": _pick(DEPARTMENTS, number, seed, 5),
        "accountEnabled": "false" if number % 33 == 7 else "true",
        "userType": "Guest" if number % 50 == 49 else "Employee",
        "manager": "" if number % 10 == 0 else f"p{number // 10 * 10}",
    }


def group(number: int, size: Size, seed: int = 0) -> Row:
    """Return the record of a group; they differ in size by a factor of three."""
    average = size.memberships // size.groups
    share = average + average // 2 if number % 2 == 0 else average - average // 2
    start = (number * 7_919 + seed) % size.users
    # A step without a divisor in common with the number of people visits nobody twice.
    step = 7 if size.users % 7 else 11
    members = (f"p{(start + n * step) % size.users}" for n in range(min(share, size.users)))
    name = f'App-{number} {_pick(("Staff", "Équipe", "部"), number, seed, 6)} "{number}"'
    return {"objectId": f"g{number}", "displayName": name, "members": ";".join(members)}


def people_of(size: Size, seed: int = 0) -> Iterator[Row]:
    """Yield the people of a company without holding them all."""
    return (person(number, seed) for number in range(size.users))


def groups_of(size: Size, seed: int = 0) -> Iterator[Row]:
    """Yield the groups of a company without holding them all."""
    return (group(number, size, seed) for number in range(size.groups))


def write_rows(file: Path, columns: tuple[str, ...], rows: Iterator[Row]) -> None:
    """Write a CSV file as directories export it."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_size(folder: Path, size: Size, seed: int = 0) -> None:
    """Write a company of a size straight to its two files."""
    write_rows(folder / "people.csv", PERSON_COLUMNS, people_of(size, seed))
    write_rows(folder / "groups.csv", GROUP_COLUMNS, groups_of(size, seed))


class Company:
    """People and groups in memory, for companies that live through several days."""

    def __init__(self, folder: Path, size: Size, seed: int = 0) -> None:
        self.folder = folder
        self.people = {row["objectId"]: row for row in people_of(size, seed)}
        self.groups = {row["objectId"]: row for row in groups_of(size, seed)}
        self._next = size.users
        self._gone: dict[str, Row] = {}
        self._seed = seed

    def write(self) -> None:
        """Export what there is now."""
        write_rows(self.folder / "people.csv", PERSON_COLUMNS, iter(self.people.values()))
        write_rows(self.folder / "groups.csv", GROUP_COLUMNS, iter(self.groups.values()))

    def edit(self, chance: random.Random) -> str:
        """Let one thing happen, and say what."""
        return str(chance.choice(_EVENTS)(self, chance))

    def edits(self, number: int, chance: random.Random) -> list[str]:
        """Let several things happen, one after another."""
        return [self.edit(chance) for _ in range(number)]

    def _anybody(self, chance: random.Random) -> Row:
        return self.people[chance.choice(list(self.people))]

    def join(self, chance: random.Random) -> str:
        row = person(self._next, self._seed)
        self._next += 1
        self.people[row["objectId"]] = row
        return f"{row['objectId']} joins"

    def leave(self, chance: random.Random) -> str:
        if len(self.people) < 3:
            return self.join(chance)
        row = self._anybody(chance)
        self._gone[row["objectId"]] = self.people.pop(row["objectId"])
        return f"{row['objectId']} leaves"

    def come_back(self, chance: random.Random) -> str:
        if not self._gone:
            return self.leave(chance)
        anchor = chance.choice(list(self._gone))
        self.people[anchor] = self._gone.pop(anchor)
        return f"{anchor} comes back"

    def move(self, chance: random.Random) -> str:
        row = self._anybody(chance)
        row["department"] = chance.choice(DEPARTMENTS)
        row["jobTitle"] = chance.choice(TITLES)
        row["mail"] = chance.choice(["", f"{row['objectId']}.{chance.randrange(9)}@mail.example"])
        return f"{row['objectId']} moves"

    def rename(self, chance: random.Random) -> str:
        row = self._anybody(chance)
        row["userPrincipalName"] = f"{row['objectId']}.{chance.randrange(999)}@contoso.example"
        row["surname"] = chance.choice(SURNAMES)
        row["displayName"] = f"{row['givenName']} {row['surname']}"
        return f"{row['objectId']} is renamed"

    def block(self, chance: random.Random) -> str:
        row = self._anybody(chance)
        row["accountEnabled"] = "true" if row["accountEnabled"] == "false" else "false"
        return f"{row['objectId']} is blocked, or no more"

    def change_type(self, chance: random.Random) -> str:
        row = self._anybody(chance)
        row["userType"] = "Guest" if row["userType"] == "Employee" else "Employee"
        return f"{row['objectId']} becomes {row['userType']}"

    def change_manager(self, chance: random.Random) -> str:
        row = self._anybody(chance)
        row["manager"] = chance.choice(["", *self.people])
        return f"{row['objectId']} has another manager"

    def change_members(self, chance: random.Random) -> str:
        if not self.groups:
            return self.move(chance)
        row = self.groups[chance.choice(list(self.groups))]
        members = [member for member in row["members"].split(";") if member]
        kept = [member for member in members if chance.random() < 0.8]
        more = [anchor for anchor in chance.sample(list(self.people), min(2, len(self.people)))]
        row["members"] = ";".join(dict.fromkeys(kept + more))
        return f"{row['objectId']} has other members"

    def rename_group(self, chance: random.Random) -> str:
        if not self.groups:
            return self.move(chance)
        row = self.groups[chance.choice(list(self.groups))]
        row["displayName"] = f"App-{row['objectId']}-{chance.randrange(999)}"
        return f"{row['objectId']} is renamed"


_EVENTS = (
    *(Company.join, Company.leave, Company.come_back, Company.move, Company.move),
    *(Company.rename, Company.block, Company.change_type, Company.change_manager),
    *(Company.change_members, Company.change_members, Company.rename_group),
)
