"""References between resources, such as from a user to a manager, when their target goes."""

import orjson

from scim_protocol.definitions import Target
from scim_protocol.resource import Resource, schemas_of
from scim_server.service import Kind, Service
from scim_server.store.contract import Transaction


def drop_references(service: Service, tx: Transaction, id: str, now: str) -> None:
    """Take the id of a deleted resource out of all that refer to it, in the same transaction."""
    for kind in service.kinds:
        for target in kind.references:
            for record in tx.referrers(kind.model, target, id):
                document = _without(orjson.loads(record.document), target, id, kind)
                tx.update(record, document, now, record.secrets)


def _without(document: Resource, target: Target, id: str, kind: Kind) -> Resource:
    name = target.attribute.name
    holder: Resource = document[target.urn] if target.urn else document
    values = holder.pop(name)
    if isinstance(values, list) and (kept := [one for one in values if one.get("value") != id]):
        holder[name] = kept
    if target.urn and not holder:
        del document[target.urn]
    document["schemas"] = schemas_of(document, kind.model)
    return document
