"""What a check is given: the verbs of SCIM, resources to try rules on, and a memory of both."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from conformance.answer import Answer
from conformance.claims import Claims, Document
from conformance.expect import Node, Unmet, Unready, covers, require, unready
from conformance.ledger import Ledger
from conformance.material.attributes import Spot, fullest, spots
from conformance.material.cohort import Cohort, People
from conformance.material.samples import Names, smallest
from conformance.wire.endpoint import Endpoint, Query, Unanswered
from conformance.wire.exchange import Exchange
from scim_protocol.urns import PATCH_OP

_MOST_PAGES = 50
NOT_FOR_US = (403, 405)
"""Said of what nobody may do over SCIM, such as to change groups that another system keeps."""
_PATH_SAFE = "!$&'()*+,;=:@"
"""What may stand in a segment of a path as it is (RFC 3986 §3.3)."""


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
        self._changed: set[str] = set()

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

    def smallest(self, type_name: str) -> Document:
        """Return the least that this endpoint takes as a resource of any type that it serves."""
        known = {"User": self.smallest_user, "Group": self.smallest_group}
        if type_name in known:
            return known[type_name]()
        return smallest(self.claims, type_name, self.name())

    def fullest(self, type_name: str) -> Document:
        """Return a resource with a value for all that a client may write, but for references."""
        return fullest(self.claims, type_name, self.smallest(type_name), self.name())

    def made(self, type_name: str, body: Document) -> Resource:
        """Create a resource of any type.

        :raises Unready: when the endpoint refuses, which another check judges.
        """
        return self._made(self.claims.path_of(type_name), body)

    def spots(self, *mutabilities: str) -> list[Spot]:
        """Return every attribute of every type that the endpoint advertises, of a mutability."""
        found = (spot for name in self.claims.type_names for spot in spots(self.claims, name))
        return [spot for spot in found if not mutabilities or spot.mutability in mutabilities]

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

    def user_with(self, **values: Any) -> Resource:
        """Create a user who has these values, so that a change of them can be seen.

        :raises Unready: when the endpoint did not take them as they are.
        """
        return self._holding(self.new_user(**values), values)

    def group_of(self, *members: Resource) -> Resource:
        """Create a group that has these members."""
        wanted = [{"value": member.id} for member in members]
        return self._holding(self.new_group(*members), {"members": wanted or None})

    def group_given(self, *members: Resource, kind: str | None = None) -> Resource:
        """Create a group, and PUT the members that the creation left out.

        A creation may ignore what it is sent (RFC 7644 §3.3); a replacement may not (§3.5.1).
        """
        label = {"type": kind} if kind else {}
        wanted = [{"value": member.id} | label for member in members]
        body = self.smallest_group(members=wanted)
        group = self._made(self.groups, body)
        if not covers(self.read(group).body.value.get("members"), wanted):
            self.put(group.path, body).given.have_status(200)
        return group

    def _holding(self, made: Resource, values: Document) -> Resource:
        self.read(made).given.hold(values)
        return made

    def change(self, resource: Resource, *operations: Mapping[str, Any]) -> Answer:
        """Demand that a PATCH succeeds, and return the resource as it is read afterwards."""
        self.patch(resource.path, *operations).must.have_status(200, 204)
        after = self.get(resource.path)
        after.must.have_status(200)
        return after

    def refused(self, resource: Resource, *operations: Mapping[str, Any]) -> Answer:
        """Demand that a PATCH is refused as the client's mistake, and leaves all as it was.

        Returns the refusal, whose status is the caller's to judge.
        """
        before = self.read(resource)
        answer = self.patch(resource.path, *operations)
        answer.must.be_refused()
        self.must_be_as(before, self.read(resource))
        return answer

    def must_be_as(self, before: Answer, after: Answer) -> None:
        """Demand that a resource has the attributes that it had; `meta` is not looked at."""
        was, is_now = (
            {name: value for name, value in answer.body.value.items() if name.lower() != "meta"}
            for answer in (before, after)
        )
        require(covers(is_now, was) and covers(was, is_now), "no change", is_now, after.exchange)

    def resource(self, path: str, created: Answer) -> Resource:
        """Return what a creation made: its answer, or, as its body is a SHOULD, its Location."""
        if created.document is None:
            created = self.follow(created.location)
        return Resource(f"{path}/{quote(str(created['id']), safe=_PATH_SAFE)}", created)

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

    def delete(self, path: str, headers: Mapping[str, str | None] | None = None) -> Answer:
        """Delete a resource.

        :raises Unready: when we are not allowed to, which an endpoint may choose (403, table 8).
        """
        answer = self.send("DELETE", path, headers=headers)
        self.skip_unless(answer.status != 403, "the endpoint does not let us delete: 403")
        return answer

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
        self.ledger.before(method, path, raw if body is None else body)
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
        if method in ("PUT", "PATCH") and answer.ok:
            self._changed.add(path)
        return answer

    def read(self, resource: Resource) -> Answer:
        """Read a resource again, as a preparation; what took a change must be there after it."""
        answer = self.get(resource.path)
        demand = answer.must if resource.path in self._changed else answer.given
        demand.have_status(200)
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

    def refers(self, shown: Answer, reference: str, to: str) -> None:
        """Demand that a $ref leads to the resource of that id.

        A relative one may be meant so to the resource, as `../Users/1` in the RFC's examples, or to
        the base URL.
        """
        base = f"{self.endpoint.url}/"
        urls = [urljoin(shown.url, reference), urljoin(base, reference)]
        if urlsplit(reference).scheme == "":
            urls.append(base + reference.strip("/"))
        for url in dict.fromkeys(urls):
            answer = self.at(url)
            if answer.ok:
                break
        answer.must.have_status(200)
        answer.must.have("id", equal_to=to)

    def at(self, url: str) -> Answer:
        """Demand an answer from a URL that the endpoint gave; the token goes to no other host.

        Elsewhere a refusal for want of a token is as much as can be asked.
        """
        if urlsplit(url)[:2] == urlsplit(self.endpoint.url)[:2]:
            return self.get(url)
        given = self.exchanges[-1]
        try:
            answer = self.send("GET", url, authorization=None)
        except Unanswered as problem:
            raise Unmet("a URL of this endpoint", f"{url}: {problem}", given) from problem
        require(answer.ok or answer.status in (401, 403), f"{url} to be there", answer.summary)
        raise Unready(f"{url} is on another host than {self.endpoint.url}")

    def require(self, holds: bool, expected: str, actual: object) -> None:
        """Demand anything of the answer that came last."""
        require(holds, expected, actual, self.exchanges[-1] if self.exchanges else None)

    def allowed(self, answer: Answer) -> Answer:
        """Skip the check where nobody may do such a thing over SCIM: 403 (table 8) or 405."""
        refused = answer.status in NOT_FOR_US
        self.skip_unless(not refused, f"the endpoint does not let us do that: {answer.status}")
        return answer

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
