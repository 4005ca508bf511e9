"""Stored resources held against schemas that are not those they were written with.

Documents of schemas change between two runs. A resource whose values are not of their attributes'
types any more could not be read, so the server does not start with it. What no schema defines any
more stays stored, and is not shown: it is there again when the schema is.
"""

import hashlib

import orjson

from scim_protocol.catalog import Catalog
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidValue
from scim_protocol.resource import holds_undefined, schemas_of
from scim_server.store.contract import StoreError
from scim_server.store.dialect import SET_SETTING, Connection


def types_with_more(connection: Connection, catalog: Catalog) -> frozenset[str]:
    """Return the types of which resources hold what no schema defines; call it in a transaction.

    Resources are looked at only when their type's schemas are others than at the last start.

    :raises StoreError: a resource does not fit its schemas.
    """
    return frozenset(m.name for m in catalog.models.values() if _holds_more(connection, m))


def _holds_more(connection: Connection, model: ResourceModel) -> bool:
    setting, digest = f"schemas of {model.name}", _digest(model)
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (setting,)).fetchone()
    if row is not None and row[0].partition(" ")[0] == digest:
        return bool(row[0].endswith("more"))
    more = _compare(connection, model)
    value = f"{digest} {'more' if more else 'fit'}"
    connection.execute(SET_SETTING, (setting, value))
    return more


def _digest(model: ResourceModel) -> str:
    schemas = [schema.to_json() for schema in (model.core, *model.extensions)]
    text = orjson.dumps([model.type.to_json(), schemas], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def _compare(connection: Connection, model: ResourceModel) -> bool:
    sql = "SELECT id, document FROM resources WHERE type = ?"
    more = False
    for id, text in connection.stream(sql, (model.name,)):
        try:
            document = orjson.loads(text)
            more = holds_undefined(document, model) or more
            more = document["schemas"] != schemas_of(document, model) or more
        except InvalidValue as error:
            raise StoreError(
                f"{model.name} {id} does not fit its schema: {error.detail} Change it with the"
                " schemas used until now, or give what has changed in them another name."
            ) from None
    return more
