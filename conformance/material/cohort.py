"""A few users with known values, on which queries are tried: made once, for all checks."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from conformance.answer import Answer
from conformance.expect import Node, Unmet, Unready, require, unready
from conformance.material.oracle import (
    Condition,
    comparison,
    is_ordered,
    moment,
    one_value,
    sort_key,
    values_at,
)
from conformance.wire.exchange import Exchange
from scim_protocol.urns import ENTERPRISE_USER

if TYPE_CHECKING:
    from conformance.scim import Resource, Scim

Values = dict[str, Any]


def _email(kind: str, value: str, *, primary: bool | None = None) -> Values:
    return {"type": kind, "value": value} | ({} if primary is None else {"primary": primary})


# Each value is there for a rule: `ada` has another address first than the primary one, `bob` has
# it last, `dee` has none; home and work of the first two end crosswise; `Blue` sorts between its
# neighbours only where case does not count; `cy` has nothing.
PEOPLE: dict[str, Values] = {
    "a": {
        "title": "engineer",
        "displayName": "ada",
        "nickName": "amber",
        "userType": "Employee",
        "active": True,
        "name": {"givenName": "Ada", "familyName": "Stone"},
        "emails": [
            _email("work", "zoe@example.com"),
            _email("home", "mia@example.org", primary=True),
        ],
        ENTERPRISE_USER: {"department": "tools", "employeeNumber": "1001"},
    },
    "b": {
        "title": "engineer",
        "displayName": "bob",
        "nickName": "Blue",
        "userType": "Contractor",
        "active": False,
        "name": {"givenName": "Bob", "familyName": "Lake"},
        "emails": [
            _email("home", "ned@example.com", primary=True),
            _email("work", "bob@example.org"),
        ],
        ENTERPRISE_USER: {"department": "sales", "employeeNumber": "1002"},
    },
    "c": {"displayName": "cy", "active": True},
    "d": {
        "title": "painter",
        "displayName": "dee",
        "nickName": "coral",
        "userType": "Employee",
        "active": True,
        "name": {"givenName": "Dee", "familyName": "stone"},
        "emails": [_email("work", "dee@example.net"), _email("other", "ovi@example.net")],
    },
    "e": {
        "title": "head engineer",
        "displayName": "eve",
        "active": True,
        "name": {"familyName": "north"},
    },
}
STRANGER = "?"
"""Stands for a user of another name, made among them, whom only wrong answers hold."""


class Cohort:
    """Five users whose userNames begin alike and end in -a, -b, -c, -d, -e, and a stranger."""

    def __init__(self, maker: "Scim") -> None:
        self.prefix = maker.name()
        self.members: dict[str, Resource] = {}
        self.documents: dict[str, Values] = {}
        self.stranger: Resource
        self.stranger_document: Values = {}
        self.refuses: dict[str, bool] = {}
        self._maker = maker
        self._problem: str | None = None

    def make(self) -> None:
        """Create the users at the first call.

        :raises Unready: each time, when the endpoint did not take them.
        """
        if self._problem:
            raise Unready(self._problem)
        if not self.documents:
            self._make()

    def _make(self) -> None:
        try:
            for letter in PEOPLE:
                if letter == "c":  # in the middle, where an index over all resources meets it
                    self.stranger = self._maker.new_user()
                self.members[letter] = self._one(letter)
            everybody = self.members | {STRANGER: self.stranger}
            read = {key: dict(self._maker.read(one).body.value) for key, one in everybody.items()}
            self.stranger_document = read.pop(STRANGER)
            self.documents = read
        except (Unready, Unmet) as problem:
            reason = problem if isinstance(problem, Unready) else unready(problem)
            self._problem = str(reason)
            raise Unready(self._problem) from problem

    def _one(self, letter: str) -> "Resource":
        claims = self._maker.claims
        known: Values = {
            name: value
            for name, value in PEOPLE[letter].items()
            if claims.missing(_NEEDS.get(name, f"User.{name}")) is None
        }
        known |= {"userName": f"{self.prefix}-{letter}", "externalId": f"{self.prefix}-X{letter}"}
        if ENTERPRISE_USER in known:
            known["schemas"] = [*self._maker.smallest_user()["schemas"], ENTERPRISE_USER]
        return self._maker.new_user(**known)


_NEEDS = {ENTERPRISE_USER: "EnterpriseUser"}


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

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self._cohort.members)

    def name(self, letter: str) -> str:
        """Return a member's userName."""
        return f"{self._cohort.prefix}-{letter}"

    def document(self, letter: str) -> Mapping[str, Any]:
        """Return a member as the endpoint shows it."""
        return self._cohort.documents[letter]

    def where(self, path: str, operator: str, literal: Any = None) -> Condition:
        """Return a condition whose meaning is known: `where("title", "eq", "painter")`.

        :raises Unready: when nobody has a value there, so that nothing could be told apart.
        """
        if not any(values_at(one, path) for one in self._cohort.documents.values()):
            raise Unready(f"prerequisite: the endpoint keeps no {path}")
        exact = self._is_exact(path)
        return comparison(path, operator, literal, exact=exact, is_date=path in _DATES)

    def one_value(self, path: str, *inside: tuple[str, str, Any]) -> Condition:
        """Return `path[… and …]`, whose conditions are all met by one value."""
        whole: Condition | None = None
        for name, operator, literal in inside:
            part = comparison(name, operator, literal, exact=self._is_exact(f"{path}.{name}"))
            whole = part if whole is None else whole & part
        assert whole is not None
        return one_value(path, whole)

    def must_find(self, condition: Condition) -> None:
        """Demand that a filter finds exactly those members that it should, on all its pages."""
        text = condition.text
        is_narrow = condition.attributes & {"userName", "externalId", "id"}
        if not is_narrow and not (condition.operators == {"eq"} and self._knows_too_little):
            text = f"{self.all} and ({text})"  # not all the other people of the endpoint
            condition = condition.written(text)
        self.must_find_as(text, condition)

    def must_find_as(self, text: str, condition: Condition) -> None:
        """Demand it of a filter in these very words."""
        found = self.found(text, condition)
        everybody = self._cohort.documents
        if self.all not in text:
            everybody = everybody | {STRANGER: self._cohort.stranger_document}
        meant = {letter: condition.holds(one) for letter, one in everybody.items()}
        wanted = "".join(
            letter
            for letter, holds in meant.items()
            if holds or (holds is None and letter in found)
        )
        require(
            found == wanted,
            f"the filter {text} to find {_named(wanted)} of the {self.number} users made for it",
            _named(found),
            self._scim.exchanges[-1],
        )

    def found(self, text: str, condition: Condition) -> str:
        """Return the letters of the members that a filter finds, each of them once."""
        listed = [str(node["id"]) for node in self._matches(text, condition)]
        require(
            len(set(listed)) == len(listed),
            f"the filter {text} to find each resource once",
            listed,
            self._scim.exchanges[-1],
        )
        return self.letters(listed)

    def must_find_made(self, text: str, *expected: "Resource") -> None:
        """Demand that a filter finds exactly these users, which a check has made for itself."""
        listed = [str(node["id"]) for node in self._matches(text, _of_several)]
        wanted = [one.id for one in expected]
        require(
            sorted(listed) == sorted(wanted),
            f"the filter {text} to find {wanted or 'nobody'}",
            listed,
            self._scim.exchanges[-1],
        )

    def listed(self, **query: str | int) -> Answer:
        """Ask for all of them, as a query says: sorted, cut into pages, with some attributes.

        :raises Unready: when the endpoint refuses the filter that finds them.
        """
        self.need_all()
        return self._scim.get(self._scim.users, filter=self.all, **query)

    def ids(self, **query: str | int) -> list[str]:
        """Return the ids of all of them in the order of the answer, from all its pages."""
        self.need_all()
        try:
            found = self._scim.matches(self._scim.users, filter=self.all, **query)
        except Unmet:
            if "sortBy" in query and self._scim.exchanges[-1].status in _REFUSED:
                self._excuse_sorting()
            raise
        return [str(node["id"]) for node in found]

    def letters(self, ids: Iterable[str]) -> str:
        """Return the letters of the members that are among these ids."""
        known = set(ids)
        found = "".join(letter for letter in PEOPLE if self[letter].id in known)
        return found + (STRANGER if self._cohort.stranger.id in known else "")

    def letters_in_order(self, ids: Iterable[str]) -> str:
        """Return the letters of the members with these ids, in that order."""
        by_id = {member.id: letter for letter, member in self._cohort.members.items()}
        return "".join(by_id.get(id, "?") for id in ids)

    def must_be_sorted(self, path: str, *, descending: bool = False, **query: str) -> None:
        """Demand that the members come in the order of an attribute, over all pages."""
        if not any(values_at(one, path) for one in self._cohort.documents.values()):
            raise Unready(f"prerequisite: the endpoint keeps no {path}")
        order = self.letters_in_order(self.ids(sortBy=path, **query))
        keys = {
            letter: _key(sort_key(one, path), is_date=path in _DATES)
            for letter, one in self._cohort.documents.items()
        }
        require(
            len(order) == self.number
            and is_ordered(map(keys.__getitem__, order), descending=descending),
            f"the users in the {'descending' if descending else 'ascending'} order of {path}",
            ", ".join(f"-{letter} ({keys.get(letter)})" for letter in order),
            self._scim.exchanges[-1],
        )

    def _is_exact(self, path: str) -> bool:
        urn, _, name = path.rpartition(":")
        if name.lower() in ("id", "externalid") or name.lower().startswith(("meta.", "schemas")):
            return True
        return self._scim.claims.case_exact(
            "EnterpriseUser" if urn == ENTERPRISE_USER else "User", name
        )

    def _matches(self, text: str, condition: Condition) -> list[Node]:
        try:
            return self._scim.matches(self._scim.users, filter=text)
        except Unmet:
            self._excuse(self._scim.exchanges[-1], condition)
            raise

    def _excuse(self, came: Exchange, condition: Condition) -> None:
        """Skip the check where an endpoint leaves out what it may leave out.

        What filter an endpoint does not know it has to refuse (§3.4.2.2); some know `eq` alone,
        some only a few attributes. One that knows all but this one is not excused.
        """
        if came.status not in _REFUSED:
            return
        named = any(f'"{keyword}"' in came.body for keyword in ("tooMany", "sensitive"))
        if named:
            raise Unready(f"the endpoint refuses such filters (status {came.status})")
        if "[ ]" in condition.operators and self._refuses(
            "value-paths", 'emails[type eq "work"]', f'{self.all} and emails[type eq "work"]'
        ):
            raise Unready("the endpoint knows no value paths")
        if condition.operators - {"eq"} and self._refuses(
            "eq-only", f'userName co "{self._cohort.prefix}"', "userName pr", self.all
        ):
            raise Unready("the endpoint knows no filter but `eq`")
        if condition.attributes - {"userName"} and self._refuses("few", 'title eq "x"'):
            raise Unready("the endpoint filters by few attributes")

    def need_all(self) -> None:
        """Skip the check where the endpoint refuses the filter that finds all of them."""
        if self._knows_too_little:
            raise Unready("the endpoint refuses the filter that finds the users made for it")

    def _excuse_sorting(self) -> None:
        """Skip the check where an endpoint sorts by a few attributes, and says so."""
        if all(
            self._scim.get(self._scim.users, sortBy=path, count=1).status in _REFUSED
            for path in ("title", "name.familyName", "meta.created")
        ):
            raise Unready("the endpoint sorts by few attributes")

    @property
    def _knows_too_little(self) -> bool:
        return self._refuses("all", self.all)

    def _refuses(self, key: str, *filters: str) -> bool:
        if key not in self._cohort.refuses:
            self._cohort.refuses[key] = all(
                self._scim.get(self._scim.users, filter=text, count=1).status in _REFUSED
                for text in filters
            )
        return self._cohort.refuses[key]


_of_several = Condition(
    "", lambda _: None, frozenset({"userName", "displayName"}), frozenset({"eq", "and"})
)
_REFUSED = (400, 403, 501)
_DATES = ("meta.created", "meta.lastModified")


def _key(value: Any, *, is_date: bool) -> Any:
    if not isinstance(value, str):
        return value
    return moment(value) if is_date else value.lower()


def _named(letters: str) -> str:
    named = ("another user" if letter == STRANGER else f"-{letter}" for letter in letters)
    return ", ".join(named) or "none"
