"""RFC 7643 §4 and §7: what the schemas say of the RFC's own attributes, and of what is shown."""

from typing import Final

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.expect import Node
from conformance.material.attributes import named, spots
from conformance.scim import Scim
from scim_protocol.urns import SCHEMAS

SINGLE: Final = {
    "userName": "string",
    "displayName": "string",
    "nickName": "string",
    "profileUrl": "reference",
    "title": "string",
    "userType": "string",
    "preferredLanguage": "string",
    "locale": "string",
    "timezone": "string",
    "active": "boolean",
    "password": "string",
    "name": "complex",
}
LISTS: Final = (
    "emails",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "groups",
    "entitlements",
    "roles",
    "x509Certificates",
)


_LISTED = "attributes"


def _user_schema(scim: Scim) -> Document:
    schema = scim.claims.schemas.get(scim.claims.urn_of("User"), {})
    scim.skip_unless(bool(schema.get("attributes")), "the schema of User cannot be read")
    return {a["name"].lower(): a for a in named(schema["attributes"])}


@check(
    "rfc7643/4.1/types",
    MUST,
    "The attributes of a user have in the schema the types that the RFC gives them.",
    needs=["User"],
    catches=["schema-active-is-a-text", "schema-emails-are-single", "schema-name-is-a-text"],
)
def user_types(scim: Scim) -> None:
    """An endpoint may serve fewer of them, but not others under these names."""
    schema = _user_schema(scim)
    expected = {name: (kind, False) for name, kind in SINGLE.items()}
    for name, (kind, several) in (expected | dict.fromkeys(LISTS, ("complex", True))).items():
        if (found := schema.get(name.lower())) is not None:
            given = (found.get("type") or "string", found.get("multiValued") is True)
            scim.require(given == (kind, several), f"{name} to be {(kind, several)}", str(given))


@check(
    "rfc7643/4.1.1/user-name-schema",
    MUST,
    "The schema says that userName is required.",
    needs=["User"],
    catches=["schema-user-name-optional"],
)
def user_name_schema(scim: Scim) -> None:
    """A client builds its form by it."""
    found = _user_schema(scim).get("username")

    scim.require(found is not None, "an attribute userName", "none")
    scim.require((found or {}).get("required") is True, "required to be true", found)


@check(
    "rfc7643/4.1.1/user-name-unique-schema",
    SHOULD,
    "The schema says that userName is unique.",
    needs=["User"],
    catches=["schema-user-name-not-unique"],
)
def user_name_unique(scim: Scim) -> None:
    """It MUST be so over all users; `uniqueness` is where a client finds that."""
    found = _user_schema(scim).get("username", {})

    scim.require(found.get("uniqueness") in ("server", "global"), "server or global", found)


@check(
    "rfc7643/4.1.1/password-schema",
    MUST,
    "The schema says that a password is never returned, and may only be written.",
    needs=["User"],
    catches=["schema-shows-passwords", "schema-password-is-read-write"],
)
def password_schema(scim: Scim) -> None:
    """Anything else announces that it can be read."""
    found = _user_schema(scim).get("password")
    scim.skip_unless(found is not None, "the schema of User has no password")
    given = {name: (found or {}).get(name) for name in ("returned", "mutability")}

    scim.require(
        given == {"returned": "never", "mutability": "writeOnly"}, "never, writeOnly", given
    )


@check(
    "rfc7643/4.1.2/groups-schema",
    MUST,
    "The schema says that a user's groups are readOnly.",
    needs=["User"],
    catches=["schema-groups-are-writable"],
)
def groups_schema(scim: Scim) -> None:
    """Membership is changed at the group."""
    found = _user_schema(scim).get("groups")
    scim.skip_unless(found is not None, "the schema of User has no groups")

    scim.require((found or {}).get("mutability") == "readOnly", "readOnly", found)


@check(
    "rfc7643/7/names-once",
    MUST,
    "No schema has two attributes of one name.",
    catches=["schema-names-twice"],
)
def names_once(scim: Scim) -> None:
    """In whatever letters: names are case-insensitive."""
    for schema in _schemas(scim):
        attributes = list(named(schema.value.get("attributes")))
        for listed in (attributes, *(list(named(a.get("subAttributes"))) for a in attributes)):
            names = [attribute["name"].lower() for attribute in listed]
            twice = sorted({name for name in names if names.count(name) > 1})
            scim.require(not twice, "each name once", twice)


@check(
    "rfc7643/7/attributes-listed",
    MUST,
    "A schema lists its attributes.",
    catches=["schemas-lack-attributes"],
)
def attributes_listed(scim: Scim) -> None:
    """A schema without them says nothing."""
    core = {scim.claims.urn_of(name).lower() for name in scim.claims.type_names}
    for schema in _schemas(scim):
        found = schema.get("attributes")
        is_list = found is not None and isinstance(found.value, list)
        scim.require(is_list, "a list of attributes", found.value if found else None)
        if str(schema["id"]).lower() in core:  # an extension may have none here
            schema["attributes"].must.be("array")


@check(
    "rfc7643/7/no-nesting",
    MUST,
    "A sub-attribute is not complex itself.",
    catches=["schema-nests-complex"],
)
def no_nesting(scim: Scim) -> None:
    """Complex attributes MUST NOT contain complex ones (§2.3.8): paths have one dot at most."""
    for name in scim.claims.type_names:
        for spot in spots(scim.claims, name):
            kind = (spot.sub or {}).get("type")
            scim.require(kind != "complex", f"{spot} not to be complex", str(kind))


@check(
    "rfc7643/7/reference-types",
    MUST,
    "A reference says what it refers to, if it says it in a list of texts.",
    catches=[
        "schema-canonical-values-are-objects",
        "schema-canonical-values-are-text",
        "schema-reference-types-are-text",
    ],
)
def reference_types(scim: Scim) -> None:
    """referenceTypes and canonicalValues are lists."""
    for schema in _schemas(scim):
        for attribute in schema.items_of("attributes"):
            for one in (attribute, *attribute.items_of("subAttributes")):
                for key in ("referenceTypes", "canonicalValues"):
                    found = one.value.get(key, [])
                    texts = isinstance(found, list) and all(isinstance(o, str) for o in found)
                    scim.require(texts, f"{key} to be an array of strings", found)


@check(
    "rfc7643/7/shown-defined",
    SHOULD,
    "What is shown of a resource is defined in its schemas.",
    needs=["User"],
    catches=["shows-attributes-of-its-own", "shows-undeclared-extensions"],
)
def shown_defined(scim: Scim) -> None:
    """A client that reads by the schemas cannot know what else there is."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for name in scim.claims.type_names:
        shown = scim.read(scim.made(name, scim.fullest(name))).body.value
        known = {"schemas", "id", "externalid", "meta"}
        known |= {urn.lower() for urn, _ in scim.claims.schemas_of(name)}
        known |= {s.attribute["name"].lower() for s in spots(scim.claims, name) if not s.urn}
        strange = sorted(key for key in shown if key.lower() not in known)
        scim.require(not strange, "no attribute that no schema has", strange)


@check(
    "rfc7643/7/parts-defined",
    SHOULD,
    "The parts of what is shown are defined in its schemas.",
    needs=["User", "Group"],
    catches=["schema-lacks-parts-of-members"],
)
def parts_defined(scim: Scim) -> None:
    """Of a group's members, and of what a user was given."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    user = scim.made("User", scim.fullest("User"))
    for name, one in (("User", user), ("Group", scim.new_group(user))):
        for attribute in named(scim.claims.schemas.get(scim.claims.urn_of(name), {}).get(_LISTED)):
            known = {part["name"].lower() for part in named(attribute.get("subAttributes"))}
            shown = scim.read(one).body.get(attribute["name"]) if known else None
            values = shown.value if shown and isinstance(shown.value, list) else []
            parts = {key.lower() for value in values if isinstance(value, dict) for key in value}
            strange = sorted(parts - known)
            scim.require(not strange, f"no part of {attribute['name']} that is undefined", strange)


@check(
    "rfc7643/7/taken-defined",
    SHOULD,
    "What is taken of a user's own attributes is defined in the schema.",
    needs=["User"],
    catches=["schema-lacks-titles"],
)
def taken_defined(scim: Scim) -> None:
    """Tried with names of the RFC that the schema leaves out: kept, they belong into it."""
    schema = _user_schema(scim)
    missing = [name for name, kind in SINGLE.items() if kind == "string" and name != "password"]
    body = {name: scim.name() for name in missing if name.lower() not in schema}
    if not body:
        return
    answer = scim.post(scim.users, scim.smallest_user(**body))
    scim.skip_unless(answer.status == 201, "the endpoint refuses what its schema does not have")
    shown = scim.read(scim.resource(scim.users, answer)).body.value

    kept = sorted(name for name in body if shown.get(name) == body[name])
    scim.require(not kept, "no attribute that the schema leaves out", kept)


def _schemas(scim: Scim) -> list[Node]:
    answer = scim.get(SCHEMAS)
    answer.given.have_status(200)
    return answer.body.items_of("Resources")
