"""What a check is given: the verbs of SCIM, resources to try rules on, and a memory of both."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlsplit

from conformance.answer import Answer
from conformance.claims import Claims, Document
from conformance.cohort import Cohort, People
from conformance.endpoint import Endpoint, Query, Unanswered
from conformance.exchange import Exchange
from conformance.expect import Node, Unmet, Unready, require, unready
from conformance.ledger import Ledger
from conformance.samples import Names, smallest
from scim_protocol.urns import PATCH_OP

_MOST_PAGES = 50


class Resource:
    """A resource that the suite made, as it was when it was last read."""

    def __init__(self, path: str, answer: Answer) -> None:
        self.path: Final = path
        self.answer: Final = answer

    def __getitem__(self, name: str) -> Node:
        return self.answer[name]

    @property
    def id(self) -> str:
        """The identifier that the endpoint gave it."""
        return str(self.answer["id"])


class Scim:
    """One check's view of the endpoint."""

    def __init__(
        self, endpoint: Endpoint, claims: Claims, names: Names, cohort: Cohort | None = None
    ) -> None:
        self.endpoint: Final = endpoint
        self.claims: Final = claims
        self.exchanges: Final[list[Exchange]] = []
        self.ledger: Final = Ledger(endpoint)
        self._names = names
        self._cohort = cohort

    @cached_property
    def users(self) -> str:
        """Where users live: /Users, if the endpoint says nothing else."""
        return self.claims.path_of("User")

    @cached_property
    def groups(self) -> str:
        """Where groups live."""
        return self.claims.path_of("Group")

    @property
    def pages_by_index(self) -> bool:
        """Whether startIndex works here: an endpoint may page by cursors alone (RFC 9865)."""
        return self.claims.missing("index") is None

    @property
    def people(self) -> People:
        """A few users with known values, made once for all checks that query."""
        if self._cohort is None:
            raise Unready("there is no cohort here")
        self._cohort.make()
        return People(self, self._cohort)

    def name(self) -> str:
        """Return a new random name, the same one for the same seed."""
        return self._names.name()

    def smallest_user(self, **more: Any) -> Document:
        """Return the least that this endpoint takes as a user, with more attributes if given."""
        return smallest(self.claims, "User", self.name()) | more

    def smallest_group(self, **more: Any) -> Document:
        """Return the least that this endpoint takes as a group."""
        return smallest(self.claims, "Group", self.name()) | more

    def new_user(self, **more: Any) -> Resource:
        """Create a user to try a rule on.

        :raises Unready: when the endpoint refuses, which another check judges.
        """
        return self._made(self.users, self.smallest_user(**more))

    def new_group(self, *members: Resource, **more: Any) -> Resource:
        """Create a group with these members."""
        if members:
            more["members"] = [{"value": member.id} for member in members]
        return self._made(self.groups, self.smallest_group(**more))

    def resource(self, path: str, created: Answer) -> Resource:
        """Return what a creation made: its answer, or, as its body is a SHOULD, its Location."""
        if created.document is None:
            created = self.follow(created.location)
        return Resource(f"{path}/{quote(str(created['id']), safe='')}", created)

    def get(self, path: str, **query: str | int) -> Answer:
        """Read a resource, or query an endpoint."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object) -> Answer:
        """Create a resource."""
        return self.send("POST", path, body=body)

    def put(self, path: str, body: object) -> Answer:
        """Replace a resource."""
        return self.send("PUT", path, body=body)

    def patch(self, path: str, *operations: Mapping[str, Any], **query: str | int) -> Answer:
        """Change a resource by operations."""
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return self.send("PATCH", path, body=body, query=query)

    def delete(self, path: str) -> Answer:
        """Delete a resource."""
        return self.send("DELETE", path)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        authorization: str | None = "",
    ) -> Answer:
        """Send any request; what a POST makes is removed when the check ends."""
        self.ledger.before(method, path, body)
        try:
            answer = self.endpoint.send(
                method,
                path,
                query=query,
                body=body,
                raw=raw,
                headers=headers,
                authorization=authorization,
            )
        except Unanswered as problem:
            self.exchanges.append(problem.exchange)
            raise
        self.exchanges.append(answer.exchange)
        self.ledger.after(method, path, answer)
        return answer

    def read(self, resource: Resource) -> Answer:
        """Read a resource again, as a preparation."""
        answer = self.get(resource.path)
        answer.given.have_status(200)
        return answer

    def matches(self, path: str, **query: str | int) -> list[Node]:
        """Return what a query finds on all its pages."""
        found: list[Node] = []
        place: dict[str, str | int] = {}
        for _ in range(_MOST_PAGES):
            answer = self.get(path, **query | place)
            page = answer.must.be_list(counted=self.pages_by_index)
            found += page
            cursor = answer.body.get("nextCursor")
            if cursor is not None:  # RFC 9865 §2.3: an endpoint may choose cursors by itself
                place = {"cursor": str(cursor)}
            elif page and self.pages_by_index and len(found) < answer["totalResults"].value:
                place = {"startIndex": len(found) + 1}
            else:
                break
        return found

    def follow(self, url: str) -> Answer:
        """Read an absolute URL of this endpoint; the token never goes to another host.

        :raises Unready: when the URL is on another host.
        """
        if urlsplit(url)[:2] != urlsplit(self.endpoint.url)[:2]:
            raise Unready(f"{url} is on another host than {self.endpoint.url}")
        return self.get(url)

    def require(self, holds: bool, expected: str, actual: object) -> None:
        """Demand anything of the answer that came last."""
        require(holds, expected, actual, self.exchanges[-1] if self.exchanges else None)

    def skip_unless(self, holds: bool, reason: str) -> None:
        """Skip the check: what it needs is not there, and need not be."""
        if not holds:
            raise Unready(reason)

    def _made(self, path: str, body: Document) -> Resource:
        created = self.post(path, body)
        created.given.have_status(201)
        try:
            return self.resource(path, created)
        except Unmet as unmet:
            raise unready(unmet) from unmet
