"""Queries for lists: of one resource type, or over the server root (RFC 7644 §3.4.2, §3.4.3).

Each is a few steps: read what is asked, find it, show it, say where the next page begins.

Chosen where the text leaves a choice:

- Pages are counted by index unless there is a `cursor`, if only an empty one (RFC 9865 §2.4).
- The root lists resources of all types in the order of creation. Schemas and the other documents
  of discovery are not among them.
- Over the root an attribute that a type lacks is unassigned, also one that all of them lack
  (§3.4.2.1). One that cannot be compared so in any of the types is an error, as it always is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from scim_protocol.definitions import ResourceModel, Target
from scim_protocol.dialects import Noted, read_filter, relax_filter, relax_name
from scim_protocol.errors import InvalidCount, InvalidFilter, InvalidValue, shortened
from scim_protocol.filter import Filter
from scim_protocol.listing import Page, sort_target
from scim_protocol.matching import count_terms
from scim_protocol.messages import Query as ListQuery
from scim_protocol.messages import list_response, parse_search
from scim_protocol.projection import Projection
from scim_server.cursors import Cursors
from scim_server.service import Answer, Call, Kind, Service
from scim_server.store.contract import Found, Position, Query, Record, Selection, Transaction


def query(service: Service, kind: Kind, call: Call) -> Answer:
    """GET /Users: the resources of a type that match (RFC 7644 §3.4.2)."""
    return _answer(service, [kind], call, ListQuery.from_parameters(call.parameters))


def search(service: Service, kind: Kind, call: Call) -> Answer:
    """POST /Users/.search: a query whose parameters are not in the URL (RFC 7644 §3.4.3)."""
    return _answer(service, [kind], call, parse_search(call.read_body()))


def query_all(service: Service, call: Call) -> Answer:
    """GET on the base URL: the resources of all types that match (RFC 7644 §3.4.2.1)."""
    asked = ListQuery.from_parameters(call.parameters)
    return _answer(service, service.kinds, call, asked, across_types=True)


def search_all(service: Service, call: Call) -> Answer:
    """POST /.search: a query over the server root (RFC 7644 §3.4.3)."""
    asked = parse_search(call.read_body())
    return _answer(service, service.kinds, call, asked, across_types=True)


# --- steps -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Paging:
    """How the client goes from page to page; without cursors it counts."""

    page: Page
    cursors: Cursors | None = None
    after: Position | None = None

    def of(self, found: Found) -> dict[str, Any]:
        """Return what an answer says of the place of its page (RFC 9865 §2, table 2)."""
        if self.cursors is None:
            return {"startIndex": self.page.start_index}
        return {"nextCursor": self.cursors.write(found.end)} if found.more else {}


def _answer(
    service: Service,
    kinds: Sequence[Kind],
    call: Call,
    asked: ListQuery,
    *,
    across_types: bool = False,
) -> Answer:
    projections = [
        service.projection(kind, asked.attributes, asked.excluded_attributes, call.noted)
        for kind in kinds
    ]
    tree = _read_filter(service, asked.filter, call.noted)
    paging = _paging(service, kinds, asked, tree)
    wanted = Query(
        _selections(service, kinds, tree, asked.sort_by, call.noted),
        call.base_url,
        across_types=across_types,
        descending=_is_descending(asked.sort_order),
        offset=paging.page.start_index - 1,
        after=paging.after,
        limit=paging.page.count,
    )
    with service.store.read() as tx:
        found = tx.query(wanted)
        texts = _show(service, tx, kinds, projections, found.records, call.base_url)
    return Answer(200, _list_text(found.total, texts, paging.of(found)))


def _read_filter(service: Service, text: str | None, noted: Noted) -> Filter | None:
    if text is None:
        return None
    config = service.config
    if len(text) > config.max_filter_length:
        raise InvalidFilter(f"The filter is longer than {config.max_filter_length} characters.")
    tree = read_filter(text, noted, service.spoken)
    if count_terms(tree) > config.max_filter_terms:
        raise InvalidFilter(f"The filter has more than {config.max_filter_terms} terms.")
    return tree


def _paging(
    service: Service, kinds: Sequence[Kind], asked: ListQuery, tree: Filter | None
) -> _Paging:
    config = service.config
    limits = {"default": config.page_size, "most": config.max_page_size}
    if asked.cursor is None:
        return _Paging(Page.parse(asked.start_index, asked.count, **limits))
    if asked.start_index is not None:
        raise InvalidValue("Give startIndex or cursor, not both.")
    try:
        page = Page.parse(None, asked.count, **limits)
    except InvalidValue as error:
        raise InvalidCount(error.detail) from None
    own = Cursors.of(
        service.store.secret,
        service.tenant,
        [kind.model.name for kind in kinds],
        tree,
        asked.sort_by,
        descending=_is_descending(asked.sort_order),
    )
    return _Paging(page, own, own.read(asked.cursor))


def _selections(
    service: Service,
    kinds: Sequence[Kind],
    tree: Filter | None,
    sort_by: str | None,
    noted: Noted,
) -> list[Selection]:
    models = [kind.model for kind in kinds]
    spoken = service.spoken
    names = [sort_by and relax_name(sort_by, model, noted, spoken) for model in models]
    return [
        Selection(model, tree and relax_filter(tree, model, noted, spoken), target)
        for model, target in zip(models, _sort_targets(names, models), strict=True)
    ]


def _sort_targets(
    names: Sequence[str | None], models: Sequence[ResourceModel]
) -> list[Target | None]:
    """Return what is sorted by in each type; a type without it has no value to sort by."""
    targets: list[Target | None] = []
    errors: list[InvalidValue] = []
    for name, model in zip(names, models, strict=True):
        try:
            targets.append(sort_target(name, model) if name else None)
        except InvalidValue as error:
            targets.append(None)
            errors.append(error)
    if errors and not any(targets):
        raise errors[0]
    return targets


def _is_descending(order: str | None) -> bool:
    if order is None or order.lower() == "ascending":
        return False
    if order.lower() == "descending":
        return True
    raise InvalidValue(f"sortOrder must be ascending or descending, not {shortened(order)!r}.")


def _show(
    service: Service,
    tx: Transaction,
    kinds: Sequence[Kind],
    projections: Sequence[Projection],
    records: Sequence[Record],
    base_url: str,
) -> list[bytes]:
    """Return the text of each record, as the projection of its type has it."""
    if len(kinds) == 1:
        return service.show(tx, kinds[0], records, projections[0], base_url)
    shown = dict[int, bytes]()
    for kind, projection in zip(kinds, projections, strict=True):
        of_kind = [record for record in records if record.type == kind.model.name]
        texts = service.show(tx, kind, of_kind, projection, base_url)
        shown |= {record.key: text for record, text in zip(of_kind, texts, strict=True)}
    return [shown[record.key] for record in records]


def _list_text(total: int, texts: Sequence[bytes], place: dict[str, Any]) -> bytes:
    """Return a ListResponse into which the resources are put as the text that they are."""
    message = list_response([None] * len(texts), total)
    del message["Resources"], message["startIndex"]
    return orjson.dumps(message | place)[:-1] + b',"Resources":[' + b",".join(texts) + b"]}"
