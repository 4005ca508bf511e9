"""The operations on one kind of resource, such as `scim.users` (RFC 7644 §3)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote

from scim_client.answers import Resource, with_version
from scim_client.errors import ClientError, NotScim, OutcomeUnknown, ScimError, UsageError
from scim_client.operations import Operation
from scim_client.paging import Query, Results
from scim_protocol import urns
from scim_protocol.filter import Filter
from scim_protocol.messages import patch_request

if TYPE_CHECKING:
    from scim_client.client import ScimClient

Names = str | Iterable[str]


class Endpoint:
    """The resources under one path. An id is any text that a server makes up, `/` and all.

    `attributes` and `excluded_attributes` are names, as a list or with commas between; `etag` is a
    resource's `meta.version`: where the resource is a newer one by now, PreconditionFailed is
    raised and nothing is changed (RFC 7644 §3.14).
    """

    def __init__(self, client: "ScimClient", path: str, schema: str | None = None) -> None:
        self._client = client
        self._schema = schema
        if not path.strip("/") or set(path) & set("?# "):
            raise UsageError(f"{path!r} is not the path of an endpoint such as /Users")
        self.path = "/" + path.strip("/")

    def __repr__(self) -> str:
        return f"<Endpoint {self.path} of {self._client.url}>"

    def create(self, resource: Resource) -> Resource:
        """Create a resource and return what the server made of it (RFC 7644 §3.3).

        Users and groups may leave out `schemas`: it follows from what they hold.
        """
        body = self._with_schemas(resource)
        answer, created = self._client.exchange("POST", self.path, body=body)
        if created is not None:
            return with_version(created, answer)
        location = answer.headers.get("Location", "")
        identifier = unquote(location.rstrip("/").rpartition("/")[2])
        if not identifier:
            raise OutcomeUnknown(
                f"POST {self.path}: the server answered {answer.status} without the resource and"
                " without a Location: it may be there now; look before creating it again",
                status=answer.status,
            )
        return self._read_back(identifier, {})

    def get(
        self,
        id: str,
        *,
        attributes: Names | None = None,
        excluded_attributes: Names | None = None,
    ) -> Resource:
        """Return one resource (RFC 7644 §3.4.1).

        :raises NotFound: there is none with this id
        """
        query = _projection(attributes, excluded_attributes)
        answer, resource = self._client.exchange("GET", self._path(id), query=query)
        if resource is None:
            raise NotScim(
                f"GET {self._path(id)}: an empty answer instead of a resource",
                status=answer.status,
            )
        return with_version(resource, answer)

    def replace(
        self,
        id: str,
        resource: Resource,
        *,
        etag: str | None = None,
        attributes: Names | None = None,
        excluded_attributes: Names | None = None,
        read_back: bool = True,
    ) -> Resource:
        """Replace a whole resource and return the new one (RFC 7644 §3.5.1)."""
        query = _projection(attributes, excluded_attributes)
        return self._change("PUT", id, self._with_schemas(resource), etag, query, read_back)

    def patch(
        self,
        id: str,
        *operations: Operation,
        etag: str | None = None,
        attributes: Names | None = None,
        excluded_attributes: Names | None = None,
        read_back: bool = True,
    ) -> Resource:
        """Change a resource, all operations or none, and return the new one (RFC 7644 §3.5.2).

        A server may answer without the resource. It is then read with one more request, unless
        `read_back=False`, which returns an empty dict: for groups too large to be read each time.
        """
        if not operations:
            raise UsageError("patch needs at least one operation, such as replace('active', False)")
        query = _projection(attributes, excluded_attributes)
        return self._change("PATCH", id, patch_request(operations), etag, query, read_back)

    def send_patch(self, id: str, message: Resource) -> Resource:
        """Send a PatchOp message just as it is, to see what a server makes of it."""
        return self._change("PATCH", id, message, None, {}, read_back=True)

    def delete(self, id: str, *, etag: str | None = None) -> None:
        """Delete a resource (RFC 7644 §3.6)."""
        self._client.exchange("DELETE", self._path(id), etag=etag)

    def search(
        self,
        filter: str | Filter | None = None,
        *,
        attributes: Names | None = None,
        excluded_attributes: Names | None = None,
        count: int | None = None,
        start_index: int = 1,
        sort_by: str | None = None,
        sort_order: Literal["ascending", "descending"] | None = None,
        cursor: bool = False,
        post: bool = False,
    ) -> Results:
        """Find resources, all pages of them, as the iteration needs them (RFC 7644 §3.4.2).

        :param count: the size of a page; without it the server chooses
        :param cursor: ask for cursor pages (RFC 9865); a server that gives cursors unasked is
            followed without it
        :param post: send the query as a POST to `/.search`, so that no log keeps it as part of
            an address (RFC 7644 §3.4.3)
        """
        query: Query = {
            "filter": None if filter is None else str(filter),
            **_projection(attributes, excluded_attributes),
            "sortBy": sort_by,
            "sortOrder": sort_order,
            "count": count,
            **({"cursor": ""} if cursor else {"startIndex": start_index}),
        }
        query = {name: value for name, value in query.items() if value is not None}
        return Results(self._search_by_post if post else self._search_by_get, query)

    def first(
        self,
        filter: str | Filter,
        *,
        attributes: Names | None = None,
        excluded_attributes: Names | None = None,
    ) -> Resource | None:
        """Return the first resource that the filter finds, or None; asks for one page alone."""
        results = self.search(
            filter, attributes=attributes, excluded_attributes=excluded_attributes, count=1
        )
        return next(iter(results.first_page().resources), None)

    def all(self) -> list[Resource]:
        """Return everything, asking without any parameter: for discovery (RFC 7644 §4)."""
        return list(Results(self._search_by_get, {}))

    def _path(self, id: str) -> str:
        # Any of these would make another address of it: /Users/ is the whole collection.
        if id in ("", ".", "..") or not isinstance(id, str):
            raise UsageError(f"{id!r} cannot be the id of a resource")
        return f"{self.path}/{quote(id, safe='')}"

    def _change(
        self,
        method: str,
        id: str,
        body: dict[str, Any],
        etag: str | None,
        query: Query,
        read_back: bool,
    ) -> Resource:
        answer, changed = self._client.exchange(
            method, self._path(id), query=query, body=body, etag=etag
        )
        if changed is not None:
            return with_version(changed, answer)
        return self._read_back(id, query) if read_back else {}

    def _with_schemas(self, resource: Resource) -> Resource:
        if self._schema is None or any(name.lower() == "schemas" for name in resource):
            return resource
        extensions = [name for name in resource if name.lower().startswith("urn:")]
        return {"schemas": [self._schema, *extensions]} | resource

    def _read_back(self, id: str, query: Query) -> Resource:
        """Read what a change has made; a failure here must not look as if nothing had changed."""
        try:
            answer, resource = self._client.exchange("GET", self._path(id), query=query)
        except (ScimError, ClientError) as error:
            raise OutcomeUnknown(
                f"{self._path(id)}: the change was accepted, but reading the result failed: {error}"
            ) from error
        return with_version(resource or {}, answer)

    def _search_by_get(self, query: Query) -> Resource:
        return self._client.exchange("GET", self.path, query=query)[1] or {}

    def _search_by_post(self, query: Query) -> Resource:
        listed = {
            name: value.split(",") if name in ("attributes", "excludedAttributes") else value
            for name, value in query.items()
        }
        body = {"schemas": [urns.SEARCH_REQUEST], **listed}
        path = self.path + urns.SEARCH
        return self._client.exchange("POST", path, body=body, reading=True)[1] or {}


def _projection(attributes: Names | None, excluded: Names | None) -> Query:
    named = {"attributes": attributes, "excludedAttributes": excluded}
    return {
        name: names if isinstance(names, str) else ",".join(names)
        for name, names in named.items()
        if names is not None
    }
