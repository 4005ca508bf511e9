"""Walks a database and tells what in it is not as it must be, whatever was done to it."""

import json
from collections import Counter

from scim_protocol.catalog import Catalog
from scim_protocol.resource import holds_undefined
from scim_server.catalog import catalog_for
from scim_server.config import Config
from scim_server.representation import has_members
from scim_server.store.databases import engine_at, is_url
from scim_server.store.lookups import lookups_of


def broken(name, catalog=None):
    """Return a line for each thing that is wrong with a database that servers have written to."""
    catalog = catalog or catalog_for(Config.load({"tokens": ["x"]}))
    with engine_at(name) as engine, engine.reading() as connection:
        return list(Walk(connection, catalog, name).all())


class Walk:
    """What is there, read once, and held against itself."""

    def __init__(self, connection, catalog: Catalog, name):
        self.db = connection
        self.catalog = catalog
        self.lookups = lookups_of(catalog)
        self.is_sqlite = not is_url(name)
        columns = "key, tenant, type, id, version, created, last_modified, display, document"
        self.resources = {row[0]: row[1:] for row in self.rows(f"SELECT {columns} FROM resources")}

    def rows(self, sql):
        return [tuple(row) for row in self.db.execute(sql).fetchall()]

    def all(self):
        yield from self.file()
        yield from self.tenants()
        yield from self.documents()
        yield from self.counters()
        yield from self.memberships()
        yield from self.indexes()

    def file(self):
        if self.is_sqlite:
            yield from (line for (line,) in self.rows("PRAGMA integrity_check") if line != "ok")

    def tenants(self):
        known = {number for (number,) in self.rows("SELECT number FROM tenants")}
        for table in ("resources", "counters", "uniques", "lookups", "tokens"):
            for (tenant,) in self.rows(f"SELECT DISTINCT tenant FROM {table}"):
                if tenant not in known:
                    yield f"{table}: rows of tenant {tenant}, which is not there"

    def documents(self):
        seen = Counter((row[0], row[2]) for row in self.resources.values())
        yield from (f"{id} is there {n} times" for (_, id), n in seen.items() if n > 1)
        for _, kind, id, version, created, modified, display, text in self.resources.values():
            document = json.loads(text)
            if document["id"] != id:
                yield f"{kind} {id}: its document says {document['id']}"
            if holds_undefined(document, self.catalog.models[kind]):
                yield f"{kind} {id}: holds what no schema defines"
            if version < 1 or modified < created:
                yield f"{kind} {id}: version {version}, created {created}, modified {modified}"
            if display != (document.get("displayName") or document.get("userName")):
                yield f"{kind} {id}: is called {display!r} by others"

    def counters(self):
        there = Counter((row[0], row[1], key // 1024) for key, row in self.resources.items())
        told = {
            row[:3]: row[3]
            for row in self.rows("SELECT tenant, type, block, resources FROM counters")
        }
        for place in there.keys() | told.keys():
            if there[place] != told.get(place, 0):
                yield f"{place}: {there[place]} are there, {told.get(place)} are told"

    def memberships(self):
        sql = "SELECT group_key, member_key, member_id, member_type FROM memberships"
        for group, member, id, kind in self.rows(sql):
            ends = self.resources.get(group), self.resources.get(member)
            if None in ends:
                yield f"membership of {id}: an end of it is not there"
                continue
            (tenant, of_type, *_), (other, member_type, member_id, *_) = ends
            if tenant != other:
                yield f"membership of {id}: between tenants"
            if (id, kind) != (member_id, member_type):
                yield f"membership of {id}, a {kind}: it is {member_id}, a {member_type}"
            if not has_members(self.catalog.models[of_type]):
                yield f"membership of {id}: in a {of_type}"
        if self.is_sqlite:
            yield from self.groups_beside()

    def groups_beside(self):
        there = {}
        for group, member in self.rows("SELECT group_key, member_key FROM memberships"):
            there.setdefault(member, set()).add(group)
        for key, text in self.rows("SELECT key, groups FROM resources"):
            told = list(map(int, text.split(","))) if text else []
            if sorted(told) != sorted(there.get(key, ())):
                yield f"{key}: is in {there.get(key)}, its row says {text!r}"

    def indexes(self):
        wanted = {"uniques": Counter(), "lookups": Counter()}
        for key, (tenant, kind, *_, text) in self.resources.items():
            document, of_type = json.loads(text), self.lookups[kind]
            wanted["uniques"].update(
                (tenant, *pair, key) for pair in of_type.unique_values(document)
            )
            wanted["lookups"].update((tenant, *pair, key) for pair in of_type.values(document))
        for table, rows in wanted.items():
            found = Counter(
                self.rows(f"SELECT tenant, attribute, value, resource_key FROM {table}")
            )
            yield from (f"{table}: lacks {row}" for row in (rows - found))
            yield from (f"{table}: has {row}" for row in (found - rows))


def check(name):
    """Fail if anything is wrong with a database."""
    faults = broken(name)
    assert [] == faults[:10], f"{len(faults)} things are wrong"
