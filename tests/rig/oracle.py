"""What the target must hold, worked out naively from the CSV files and the days before.

It shares nothing with the engine: it knows the one mapping of the rig's job by heart. Somebody who
has left, or is blocked, has an account only if there was one before, so the oracle is told who
ever had one, or keeps count of the days itself.
"""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

Flat = dict[str, Any]
LEFT: Flat = {"active": False}  # of who has left, this alone is promised


@dataclass
class State:
    """Accounts and groups by their anchors in the source."""

    users: dict[str, Flat] = field(default_factory=dict)
    groups: dict[str, Flat] = field(default_factory=dict)

    def differences(self, held: "State") -> dict[tuple[str, str], str]:
        """Return each object that is not as wanted, with what is wrong."""
        found: dict[tuple[str, str], str] = {}
        for kind, mine, theirs in (
            ("users", self.users, held.users),
            ("groups", self.groups, held.groups),
        ):
            for anchor in mine.keys() | theirs.keys():
                wrong = _difference(mine.get(anchor), theirs.get(anchor))
                if wrong:
                    found[kind, anchor] = wrong
        return found


def _difference(wanted: Flat | None, held: Flat | None) -> str | None:
    if wanted is None or held is None:
        return None if wanted is held else ("is there" if wanted is None else "is missing")
    wrong = {key: (wanted[key], held.get(key)) for key in wanted if wanted[key] != held.get(key)}
    return f"wanted and held: {wrong}" if wrong else None


def read(file: Path) -> list[dict[str, str]]:
    """Read a CSV file whole."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Oracle:
    """Knows, day after day, what the target must hold once a day's cycle has ended."""

    def __init__(self, leavers: str = "disable", *, employees_only: bool = True) -> None:
        self._leavers = leavers
        self._employees_only = employees_only
        self._had: set[str] = set()
        self._groups: dict[str, Flat] = {}

    def day(self, folder: Path, had: Collection[str] | None = None) -> State:
        """Return the state at the end of a day; `had` says who has ever had an account."""
        if had is not None:
            self._had = set(had)
        people = {row["objectId"]: row for row in read(folder / "people.csv")}
        users = self._users(people)
        self._had = set(users)
        for row in read(folder / "groups.csv"):
            self._groups[row["objectId"]] = {
                "displayName": row["displayName"],
                "members": {name for name in row["members"].split(";") if name in users},
            }
        for group in self._groups.values():
            group["members"] &= users.keys()  # a deleted account is in no group
        return State(users, {anchor: dict(group) for anchor, group in self._groups.items()})

    def _users(self, people: Mapping[str, dict[str, str]]) -> dict[str, Flat]:
        scope = {
            anchor: row
            for anchor, row in people.items()
            if row["userType"] == "Employee" or not self._employees_only
        }
        there = {anchor for anchor, row in scope.items() if row["accountEnabled"] == "true"}
        if self._leavers == "delete":
            there |= self._had & scope.keys()
        else:
            there |= self._had
        return {
            anchor: _account(scope[anchor], there) if anchor in scope else dict(LEFT)
            for anchor in there
        }


def _account(row: Mapping[str, str], there: Collection[str]) -> Flat:
    manager = row["manager"] if row["manager"] in there else None
    return {
        "userName": row["userPrincipalName"],
        "displayName": row["displayName"] or None,
        "givenName": row["givenName"] or None,
        "familyName": row["surname"] or None,
        "title": row["jobTitle"] or None,
        "email": row["mail"].lower() or None,
        "department": row["department"] or None,
        "active": row["accountEnabled"] == "true",
        "manager": manager,
    }


def held(store: Mapping[str, list[dict[str, Any]]]) -> State:
    """Bring what a target holds to the oracle's form; nobody may have two accounts.

    Only what has an `externalId` is the job's: what others have at the target is not looked at.
    """
    ours = {
        kind: [each for each in store[kind] if each.get("externalId")]
        for kind in ("Users", "Groups")
    }
    anchors = {each["id"]: each["externalId"] for kind in ours for each in ours[kind]}
    for kind, resources in ours.items():
        names = [each["externalId"] for each in resources]
        twice = sorted({name for name in names if names.count(name) > 1}) if _twice(names) else []
        assert not twice, f"made twice: {twice} of {kind}"
    users = {each["externalId"]: _flat(each, anchors) for each in ours["Users"]}
    groups = {
        each["externalId"]: {
            "displayName": each["displayName"],
            "members": {
                anchors[member["value"]]
                for member in each.get("members", [])
                if member["value"] in anchors
            },
        }
        for each in ours["Groups"]
    }
    return State(users, groups)


def _twice(names: list[str]) -> bool:
    return len(names) != len(set(names))


def _flat(user: Mapping[str, Any], anchors: Mapping[str, str]) -> Flat:
    more = user.get(ENTERPRISE, {})
    work = [mail["value"] for mail in user.get("emails", []) if mail.get("type") == "work"]
    return {
        "userName": user["userName"],
        "displayName": user.get("displayName"),
        "givenName": user.get("name", {}).get("givenName"),
        "familyName": user.get("name", {}).get("familyName"),
        "title": user.get("title"),
        "email": work[0] if work else None,
        "department": more.get("department"),
        "active": user.get("active"),
        "manager": anchors.get((more.get("manager") or {}).get("value", "")),
    }
