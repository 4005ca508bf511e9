"""RFC 7643 §7: the form of a schema definition."""

import re
from collections.abc import Iterator

from conformance.check import MUST, SHOULD, check
from conformance.expect import Node
from conformance.scim import Scim
from scim_protocol.urns import SCHEMA, SCHEMAS

TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary")
KEYWORDS = {
    "mutability": ("readOnly", "readWrite", "immutable", "writeOnly"),
    "returned": ("always", "never", "default", "request"),
    "uniqueness": ("none", "server", "global"),
}
FLAGS = ("multiValued", "required", "caseExact")
_NAME = re.compile(r"\$ref|[A-Za-z][$\-_0-9A-Za-z]*")


@check("rfc7643/7/id", MUST, "Each schema has its URI as `id`.", catches=["schemas-lack-ids"])
def has_id(scim: Scim) -> None:
    """It is what `schemas` of a resource refers to."""
    for schema in _schemas(scim):
        schema["id"].must.match("a URI", lambda text: ":" in text)


@check(
    "rfc7643/7/own-schema",
    SHOULD,
    "Each schema names the schema of schemas.",
    catches=["schemas-lack-schemas"],
)
def own_schema(scim: Scim) -> None:
    """Every resource MUST (§3), yet the RFC's own examples of schemas leave it out."""
    for schema in _schemas(scim):
        schema["schemas"].must.contain(SCHEMA)


@check(
    "rfc7643/7/names",
    MUST,
    "Each attribute has a name that the grammar allows.",
    catches=["schema-has-odd-names"],
)
def names(scim: Scim) -> None:
    """Other names cannot be written in filters and paths. `$ref` is the RFC's own exception."""
    for attribute in _attributes(scim):
        attribute["name"].must.match("a letter, then letters, digits, $ - _", _NAME.fullmatch)


@check(
    "rfc7643/7/types",
    MUST,
    "Each attribute has one of the types of the RFC.",
    catches=["schema-has-unknown-types"],
)
def types(scim: Scim) -> None:
    """The type decides how values are compared, and what a client may send."""
    for attribute in _attributes(scim):
        attribute["type"].must.be_one_of(*TYPES)


@check(
    "rfc7643/7/characteristics",
    MUST,
    "Characteristics have values that the RFC defines.",
    catches=[
        "schema-has-unknown-mutability",
        "schema-has-unknown-returned",
        "schema-has-flags-as-text",
    ],
)
def characteristics(scim: Scim) -> None:
    """Those that are given are judged: several have a default and may be left out."""
    for attribute in _attributes(scim):
        for name, keywords in KEYWORDS.items():
            if keyword := attribute.get(name):
                keyword.must.be_one_of(*keywords)
        for name in FLAGS:
            if flag := attribute.get(name):
                flag.must.be("boolean")


@check(
    "rfc7643/7/sub-attributes",
    SHOULD,
    "A complex attribute lists its sub-attributes.",
    catches=["schema-has-no-parts"],
)
def sub_attributes(scim: Scim) -> None:
    """Without them a client cannot know what to send."""
    for attribute in _attributes(scim):
        if attribute["type"] == "complex":
            attribute["subAttributes"].must.be("array")


def _schemas(scim: Scim) -> list[Node]:
    answer = scim.get(SCHEMAS)
    answer.given.have_status(200)
    return answer.body.items_of("Resources")


def _attributes(scim: Scim) -> Iterator[Node]:
    for schema in _schemas(scim):
        for attribute in schema.items_of("attributes"):
            yield attribute
            yield from attribute.items_of("subAttributes")
