"""What the application should hold, worked out naively from the CSV files, and what it does hold.

This knows the mappings of company/contoso.toml by heart and shares no code with the provisioner, so
that the two cannot be wrong together.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import requests

Row = dict[str, str]
Account = dict[str, Any]

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
COST_CENTERS = {"Engineering": "CC-100", "Research": "CC-110", "Sales": "CC-200"}
WITHOUT_MARKS = {
    "Hà Nội": "Ha Noi",
    "İstanbul": "Istanbul",
    "København": "Koebenhavn",
    "Łódź": "Lodz",
    "Málaga": "Malaga",
    "Montréal": "Montreal",
    "São Paulo": "Sao Paulo",
    "Zürich": "Zurich",
}

# One line per mapping of the job file.
MAPPED: dict[str, Callable[[Row], str]] = {
    "userName": lambda row: row["userPrincipalName"],
    "externalId": lambda row: row["objectId"],
    "displayName": lambda row: row["displayName"] or f"{row['givenName']} {row['surname']}",
    "userType": lambda row: row["userType"],
    "givenName": lambda row: row["givenName"],
    "familyName": lambda row: row["surname"],
    "title": lambda row: row["jobTitle"] or "Staff",
    "work email": lambda row: row["mail"].lower(),
    "work phone": lambda row: row["telephoneNumber"],
    "mobile phone": lambda row: row["mobile"],
    "street": lambda row: row["streetAddress"],
    "city": lambda row: row["city"],
    "postal code": lambda row: row["postalCode"],
    "country": lambda row: row["country"],
    "employeeNumber": lambda row: row["employeeId"],
    "organization": lambda row: "Contoso",
    "department": lambda row: row["department"],
    "division": lambda row: WITHOUT_MARKS.get(row["city"], row["city"]),
    "costCenter": lambda row: COST_CENTERS.get(row["department"], "CC-900"),
}


class Oracle:
    """The accounts and groups that the application should hold, day after day."""

    def __init__(self, before: Iterable[Account]) -> None:
        """Begin with the accounts that the application had before."""
        self.strangers = {account["userName"].lower(): account for account in before}
        self.taken_over: set[str] = set()
        self.accounts: dict[str, Account] = {}
        self.groups: dict[str, tuple[str, list[str]]] = {}

    def next_day(self, folder: Path) -> None:
        """Take in the export of one day."""
        self.taken_over.clear()
        people = [row for row in rows(folder / "people.csv") if row["userType"] == "Employee"]
        names = Counter(row["userPrincipalName"].lower() for row in people)
        people = [row for row in people if names[row["userPrincipalName"].lower()] == 1]
        for row in people:
            if row["accountEnabled"] == "True" or row["objectId"] in self.accounts:
                self.accounts[row["objectId"]] = self._account(row)
        present = {row["objectId"] for row in people}
        for gone in self.accounts.keys() - present:
            self.accounts[gone]["active"] = False
        for row in people:
            if row["objectId"] in self.accounts:
                known = row["manager"] in self.accounts
                self.accounts[row["objectId"]]["manager"] = row["manager"] if known else None
        self._take_groups(rows(folder / "groups.csv"))

    def _account(self, row: Row) -> Account:
        wanted: Account = {name: value(row) or None for name, value in MAPPED.items()}
        wanted["active"] = row["accountEnabled"] == "True"
        if earlier := self.accounts.get(row["objectId"]):
            return {**earlier, **wanted}
        if stranger := self.strangers.pop(row["userPrincipalName"].lower(), None):
            # An account that was there is taken over; what the directory does not say, stays.
            self.taken_over.add(stranger["userName"])
            said = {name: value for name, value in wanted.items() if value is not None}
            return {**stranger, **said}
        return {**wanted, "preferredLanguage": row["preferredLanguage"] or None}

    def _take_groups(self, groups: Iterable[Row]) -> None:
        in_scope = [row for row in groups if row["displayName"].startswith("App-")]
        known = self.accounts.keys() | {row["objectId"] for row in in_scope}
        self.groups = {
            row["objectId"]: (
                row["displayName"],
                sorted(member for member in row["members"].split(";") if member in known),
            )
            for row in in_scope
        }

    def objects(self) -> dict[str, object]:
        """Give what is known of every object by its objectId, to see which of them change."""
        return deepcopy({**self.accounts, **self.groups})

    def expected_users(self) -> dict[str, Account]:
        """Give every account by its userName, managers named by theirs."""
        mine = [
            {**account, "manager": self._name(account.get("manager"))}
            for account in self.accounts.values()
        ]
        return {account["userName"]: account for account in [*mine, *self.strangers.values()]}

    def expected_groups(self) -> dict[str, list[str]]:
        """Give the members of every group, people by userName and groups by displayName."""
        return {
            name: sorted(str(self._name(member)) for member in members)
            for name, members in self.groups.values()
        }

    def _name(self, anchor: str | None) -> str | None:
        if anchor in self.groups:
            return self.groups[anchor][0]
        name: str | None = self.accounts[anchor]["userName"] if anchor else None
        return name


def rows(path: Path) -> list[Row]:
    """Read a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class ReadBack:
    """Everything that the application holds, read over SCIM page by page."""

    def __init__(self, url: str, token: str) -> None:
        """Read all users and groups."""
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}
        users, groups = list(self._all("Users")), list(self._all("Groups"))
        self.ids = {_key(resource): str(resource["id"]) for resource in users + groups}
        names = {user["id"]: user["userName"] for user in users}
        names |= {group["id"]: group["displayName"] for group in groups}
        self.users = {user["userName"]: flat(user, names) for user in users}
        self.groups = {
            group["displayName"]: sorted(
                names.get(member["value"], f"unknown id {member['value']}")
                for member in group.get("members", [])
            )
            for group in groups
        }
        self.duplicates = len(users) + len(groups) - len(self.users) - len(self.groups)

    def _all(self, endpoint: str) -> Iterator[dict[str, Any]]:
        seen, total = 0, 1
        while seen < total:
            answer = requests.get(
                f"{self.url}/{endpoint}",
                params={"startIndex": str(seen + 1), "count": "200"},
                headers=self.headers,
                timeout=30,
            )
            answer.raise_for_status()
            page = answer.json()
            if not page.get("Resources"):
                raise requests.RequestException(f"{endpoint}: {seen} of {total} came, then none")
            yield from page["Resources"]
            seen, total = seen + len(page["Resources"]), page["totalResults"]


def _key(resource: dict[str, Any]) -> str:
    # What the directory did not make has no objectId of its own: it goes by its name.
    keys = (resource.get(name) for name in ("externalId", "userName", "displayName"))
    return str(next(filter(None, keys)))


def flat(user: dict[str, Any], names: dict[str, str]) -> Account:
    """Lay a User out as the flat account that the oracle speaks of."""
    enterprise = user.get(ENTERPRISE, {})
    address = _typed(user, "addresses", "work")
    manager = enterprise.get("manager", {}).get("value")
    plain = ("userName", "externalId", "displayName", "userType", "title", "active", "nickName")
    extended = ("employeeNumber", "organization", "department", "division", "costCenter")
    return {
        **{name: user.get(name) for name in (*plain, "preferredLanguage")},
        **{name: enterprise.get(name) for name in extended},
        "givenName": user.get("name", {}).get("givenName"),
        "familyName": user.get("name", {}).get("familyName"),
        "work email": _typed(user, "emails", "work").get("value"),
        "home email": _typed(user, "emails", "home").get("value"),
        "work phone": _typed(user, "phoneNumbers", "work").get("value"),
        "mobile phone": _typed(user, "phoneNumbers", "mobile").get("value"),
        "street": address.get("streetAddress"),
        "city": address.get("locality"),
        "postal code": address.get("postalCode"),
        "country": address.get("country"),
        "manager": names.get(manager, f"unknown id {manager}") if manager else None,
    }


def _typed(user: dict[str, Any], attribute: str, kind: str) -> dict[str, Any]:
    found = [value for value in user.get(attribute, []) if value.get("type") == kind]
    # Two values where one was meant must not look like one.
    return found[0] if len(found) == 1 else {"value": f"{len(found)} values"} if found else {}


def differences(oracle: Oracle, app: ReadBack) -> list[str]:
    """Compare user by user and group by group; each difference is one line."""
    found = [f"{app.duplicates} names are there twice"] if app.duplicates else []
    expected = oracle.expected_users()
    found += _names("user", expected.keys(), app.users.keys())
    for name in sorted(expected.keys() & app.users.keys()):
        for attribute in sorted(expected[name].keys() | app.users[name].keys()):
            want, have = expected[name].get(attribute), app.users[name].get(attribute)
            if want != have:
                found.append(f"user {name}: {attribute} should be {want!r} and is {have!r}")
    groups = oracle.expected_groups()
    found += _names("group", groups.keys(), app.groups.keys())
    for name in sorted(groups.keys() & app.groups.keys()):
        found += _names(f"group {name}: member", groups[name], app.groups[name])
        if len(app.groups[name]) != len(set(app.groups[name])):
            found.append(f"group {name} has a member twice")
    return found


def _names(what: str, expected: Iterable[str], actual: Iterable[str]) -> list[str]:
    missing = sorted(set(expected) - set(actual))
    surplus = sorted(set(actual) - set(expected))
    return [f"{what} {name} is missing" for name in missing] + [
        f"{what} {name} should not be there" for name in surplus
    ]


def replaced(before: ReadBack, after: ReadBack) -> list[str]:
    """List the objects that lost their id: an account must be changed, never made anew."""
    return [
        f"{anchor} had the id {before.ids[anchor]} and has {after.ids[anchor]}"
        for anchor in sorted(before.ids.keys() & after.ids.keys())
        if before.ids[anchor] != after.ids[anchor]
    ]
