"""All results of a query, page after page (RFC 7644 §3.4.2.4, RFC 9865).

The next page is the cursor that the server hands out, or the index after the last resource that
has truly come: pages may be shorter than asked for. The end is where the server's own total says
so, or, if it names no total, the first empty page. A list that contradicts itself ends in
`IncompleteList`: taking it for complete would let people vanish unnoticed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from scim_client.answers import Resource
from scim_client.errors import IncompleteList, NotScim

Query = dict[str, Any]
Fetch = Callable[[Query], Resource]

# A cursor page may be empty where the server filters after reading; but not for ever.
MAX_EMPTY_PAGES = 50


@dataclass(frozen=True)
class Page:
    """One page: its resources, and what the server says of the whole (None: nothing)."""

    resources: list[Resource]
    total: int | None
    next_cursor: str | None


class Results:
    """The resources that a query finds, read from the server as the iteration goes on.

    Each iteration asks anew. `pages()` gives whole pages, with the total that the server names.
    """

    def __init__(self, fetch: Fetch, query: Query) -> None:
        self._fetch = fetch
        self._query = query

    def __iter__(self) -> Iterator[Resource]:
        for page in self.pages():
            yield from page.resources

    def __repr__(self) -> str:
        return f"Results({self._query!r})"

    def first_page(self) -> Page:
        """Return the first page alone, in one request."""
        return read_page(self._fetch(self._query))

    def pages(self) -> Iterator[Page]:
        """Yield the pages one after the other; one without resources only if nothing is found."""
        page = self.first_page()
        yield page
        if page.next_cursor is not None or "cursor" in self._query:
            yield from self._by_cursor(page)
        elif self._query.get("count") != 0:
            yield from self._by_index(page)

    def _by_index(self, page: Page) -> Iterator[Page]:
        start = max(1, int(self._query.get("startIndex", 1)))
        while True:
            start += len(page.resources)
            if page.total is not None and start > page.total:
                return
            if not page.resources:
                return _must_be_the_end(page, start)
            before, page = page, read_page(self._fetch({**self._query, "startIndex": start}))
            if page.resources and _ids(page) == _ids(before):
                raise IncompleteList(
                    f"the page from startIndex {start} repeats the one before: the server seems"
                    f" to ignore startIndex; only {start - 1} of {page.total or 'all'} can be"
                    " read; try cursor=True, or a count as large as the total"
                )
            if page.resources:
                yield page

    def _by_cursor(self, page: Page) -> Iterator[Page]:
        query = {key: value for key, value in self._query.items() if key != "startIndex"}
        seen: set[str] = set()
        empty = 0
        while page.next_cursor is not None:
            if page.next_cursor in seen or empty > MAX_EMPTY_PAGES:
                raise IncompleteList("the server's cursors go round in circles, or lead nowhere")
            seen.add(page.next_cursor)
            page = read_page(self._fetch({**query, "cursor": page.next_cursor}))
            empty = 0 if page.resources else empty + 1
            if page.resources:
                yield page


def read_page(body: Resource) -> Page:
    """Check that an answer is a ListResponse, and take out what counts."""
    resources = body.get("Resources")
    total = _whole_number(body.get("totalResults"))
    if resources is None and (total is not None or "itemsPerPage" in body):
        resources = []  # RFC 7644 §3.4.2 wants it only where there is something to list
    if not isinstance(resources, list) or not all(isinstance(each, dict) for each in resources):
        raise NotScim(
            "the answer is not a ListResponse: it has no list of Resources; check the base URL"
        )
    cursor = body.get("nextCursor")
    return Page(resources, total, cursor if isinstance(cursor, str) and cursor else None)


def _whole_number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _must_be_the_end(page: Page, start: int) -> None:
    if page.total is not None and start <= page.total:
        raise IncompleteList(
            f"the server says that {page.total} match, and gives nothing from startIndex {start} on"
        )


def _ids(page: Page) -> list[object]:
    return [resource.get("id", resource) for resource in page.resources]
