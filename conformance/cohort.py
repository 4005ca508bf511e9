"""A few users with known values: what queries are tried on."""

from typing import TYPE_CHECKING, Any

from conformance.expect import Unmet, Unready, require, unready

if TYPE_CHECKING:
    from conformance.scim import Resource, Scim

Values = dict[str, Any]


def _email(kind: str, value: str) -> Values:
    return {"type": kind, "value": value}


# Lower case throughout: an endpoint may fold what its schema does not call case-exact.
PEOPLE: dict[str, Values] = {
    "a": {
        "title": "engineer",
        "displayName": "ada",
        "active": True,
        "emails": [_email("work", "ada@example.com"), _email("home", "ada@example.org")],
    },
    "b": {
        "title": "engineer",
        "displayName": "bob",
        "active": False,
        "emails": [_email("work", "bob@example.org"), _email("home", "bob@example.com")],
    },
    "c": {"displayName": "cy", "active": True},
    "d": {"title": "painter", "displayName": "dee", "active": True},
}


class Cohort:
    """Four users whose userNames begin alike and end in -a, -b, -c, -d."""

    def __init__(self, maker: "Scim") -> None:
        self.prefix = maker.name()
        self.members: dict[str, Resource] = {}
        self._maker = maker
        self._problem: str | None = None

    def make(self) -> None:
        """Create the users at the first call.

        :raises Unready: each time, when the endpoint did not take them as they are.
        """
        if self._problem:
            raise Unready(self._problem)
        if self.members:
            return
        try:
            self.members = {letter: self._one(letter) for letter in PEOPLE}
        except (Unready, Unmet) as problem:
            reason = problem if isinstance(problem, Unready) else unready(problem)
            self._problem = str(reason)
            raise Unready(self._problem) from problem

    def _one(self, letter: str) -> "Resource":
        claimed = {
            name: value
            for name, value in PEOPLE[letter].items()
            if self._maker.claims.missing(f"User.{name}") is None
        }
        member = self._maker.new_user(userName=f"{self.prefix}-{letter}", **claimed)
        for name, value in claimed.items():
            if not _kept(member, name, value):
                raise Unready(f"prerequisite: the endpoint does not keep {name} as it was sent")
        return member


class People:
    """The cohort as one check sees it."""

    def __init__(self, scim: "Scim", cohort: Cohort) -> None:
        self._scim = scim
        self._cohort = cohort

    def __getitem__(self, letter: str) -> "Resource":
        return self._cohort.members[letter]

    @property
    def all(self) -> str:
        """A filter that finds all of them and nobody else."""
        return f'userName sw "{self._cohort.prefix}"'

    def name(self, letter: str) -> str:
        """Return a member's userName."""
        return f"{self._cohort.prefix}-{letter}"

    def among(self, condition: str) -> str:
        """Return a filter that keeps a condition from finding users that are not ours."""
        return f"{self.all} and ({condition})"

    def must_find(self, condition: str, letters: str) -> None:
        """Demand that a filter finds exactly these members of the cohort, on all its pages."""
        found = self.found(condition)
        require(
            found == letters,
            f"the filter {condition} to find {_named(letters)} of the four users made for it",
            _named(found),
            self._scim.exchanges[-1],
        )

    def found(self, condition: str) -> str:
        """Return the letters of the members that a filter finds."""
        ids = {str(node["id"]) for node in self._scim.matches(self._scim.users, filter=condition)}
        return "".join(letter for letter in PEOPLE if self[letter].id in ids)


def _kept(member: "Resource", name: str, value: Any) -> bool:
    if not isinstance(value, list):
        return bool(member.answer.body.get(name) == value)
    kept = [{key: node.get(key) for key in ("type", "value")} for node in member[name]]
    return all(item in kept for item in value)


def _named(letters: str) -> str:
    return ", ".join(f"-{letter}" for letter in letters) or "none"
