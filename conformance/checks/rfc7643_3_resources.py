"""RFC 7643 §3: the `schemas` attribute and the common attributes of every resource."""

import re

from conformance.check import MAY, MUST, check
from conformance.expect import require
from conformance.scim import Scim
from scim_protocol.urns import USER

_DATE_TIME = re.compile(
    r"-?\d{4,}-\d\d-\d\dT(\d\d:\d\d:\d\d(\.\d+)?|24:00:00(\.0+)?)(Z|[+-]\d\d:\d\d)?"
)


@check(
    "rfc7643/2.1/camel-case",
    MAY,
    "Attribute names are spelled as the schemas spell them.",
    needs=["User"],
    catches=["names-in-lower-case"],
)
def spelling(scim: Scim) -> None:
    """Names are case-insensitive, yet many clients look for userName and Resources as written."""
    user = scim.new_user()

    spelled = user.answer.body.value
    for name in ("id", "schemas", "meta", "userName"):
        require(name in spelled, f"a member {name}", list(spelled), user.answer.exchange)


@check(
    "rfc7643/3/schemas",
    MUST,
    "A resource's `schemas` names its core schema, and nothing twice.",
    needs=["User"],
    catches=["schemas-are-missing", "schemas-name-one-twice"],
)
def schemas(scim: Scim) -> None:
    """Clients tell from `schemas` what a resource is and how to read it."""
    user = scim.new_user()

    user["schemas"].must.be("array")
    user["schemas"].must.contain(USER)
    named = [str(urn) for urn in user["schemas"]]
    require(len(set(named)) == len(named), "each URI once", named, user.answer.exchange)


@check(
    "rfc7643/3/schemas-known",
    MUST,
    "`schemas` holds only what the resource type declares.",
    needs=["User"],
    catches=["schemas-name-others"],
)
def schemas_known(scim: Scim) -> None:
    """A schema outside the resource type cannot be looked up by a client."""
    scim.skip_unless(scim.claims.type_of("User") is not None, "ResourceTypes cannot be read")
    declared = [urn.lower() for urn, _ in scim.claims.schemas_of("User")]
    user = scim.new_user()

    for urn in user["schemas"]:
        urn.must.match("one of " + ", ".join(declared), lambda text: text.lower() in declared)


@check(
    "rfc7643/3.1/id",
    MUST,
    "A resource has an `id` that is a string.",
    needs=["User"],
    catches=["ids-are-numbers", "ids-name-bulk-ids"],
)
def has_id(scim: Scim) -> None:
    """Everything that a client does to a resource later needs its id."""
    created = scim.post(scim.users, scim.smallest_user())
    created.given.have_status(201)
    scim.skip_unless(created.document is not None, "the answer to the creation has no body")

    created["id"].must.be("string")
    created["id"].must.match(
        'an id without the reserved word "bulkId"', lambda text: "bulkid" not in text.lower()
    )


@check(
    "rfc7643/3.1/id-unique",
    MUST,
    "Two resources never share an `id`.",
    needs=["User", "Group"],
    catches=["ids-are-shared"],
)
def unique_id(scim: Scim) -> None:
    """Ids are unique over all types: a group's member is found by its id alone."""
    user, other, group = scim.new_user(), scim.new_user(), scim.new_group()

    other["id"].must.differ_from(user["id"])
    group["id"].must.differ_from(user["id"])


@check(
    "rfc7643/3.1/id-issued",
    MUST,
    "The `id` that a client sends is ignored.",
    needs=["User"],
    catches=["id-from-the-client"],
)
def issued_id(scim: Scim) -> None:
    """The id is the provider's: a client that could choose it could take another's place."""
    chosen = scim.name()
    user = scim.new_user(id=chosen)

    user["id"].must.differ_from(chosen)


@check(
    "rfc7643/3.1/meta-issued",
    MUST,
    "The `meta` that a client sends is ignored.",
    needs=["User"],
    catches=["meta-from-the-client"],
)
def issued_meta(scim: Scim) -> None:
    """Clients send back what they read; forged dates and types must not stick."""
    user = scim.new_user(meta={"resourceType": "Robot", "created": "1999-01-01T00:00:00Z"})

    meta = user["meta"]
    meta["resourceType"].must.equal(_type_name(scim))
    if created := meta.get("created"):
        created.must.match("another date than the client's", lambda t: not t.startswith("1999"))


@check(
    "rfc7643/3.1/dates",
    MUST,
    "meta.created and meta.lastModified are DateTime values.",
    needs=["User"],
    catches=["dates-as-numbers", "dates-with-blanks"],
)
def dates(scim: Scim) -> None:
    """Their form is that of XML Schema, 2008-01-23T04:56:22Z; clients compare them."""
    meta = scim.new_user()["meta"]

    for name in ("created", "lastModified"):
        if date := meta.get(name):
            date.must.match("a date and time like 2008-01-23T04:56:22Z", _DATE_TIME.fullmatch)


@check(
    "rfc7643/3.1/dates-kept",
    MUST,
    "meta.created stays what it was when a resource is read again.",
    needs=["User"],
    catches=["dates-made-up"],
)
def dates_kept(scim: Scim) -> None:
    """A date that is made up anew at every reading tells a client that everything has changed."""
    user = scim.new_user()
    created = user["meta"].get("created")
    scim.skip_unless(created is not None, "the endpoint gives no meta.created")

    again = scim.read(user)

    again["meta"]["created"].must.equal(created)


@check(
    "rfc7643/3.1/external-id",
    MUST,
    "The externalId that a client sets is kept, letter by letter.",
    needs=["User"],
    catches=["external-ids-are-folded", "external-ids-are-dropped"],
)
def external_id(scim: Scim) -> None:
    """It is the client's own key, and case-exact: a changed one is never found again."""
    mine = f"{scim.name()}-MixedCase"
    user = scim.new_user(externalId=mine)

    scim.read(user)["externalId"].must.equal(mine)


@check(
    "rfc7643/4.1.1/user-name-required",
    MUST,
    "A user without userName is refused.",
    needs=["User"],
    catches=["user-name-not-required"],
)
def user_name_required(scim: Scim) -> None:
    """userName is required of every user, and what people are matched by."""
    body = scim.smallest_user()
    del body["userName"]

    scim.post(scim.users, body).must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7643/4.1.1/password",
    MUST,
    "A password is in no answer.",
    needs=["User", "User.password"],
    catches=["shows-passwords", "shows-passwords-when-created", "shows-passwords-when-asked"],
)
def password(scim: Scim) -> None:
    """It is returned "never", not even to the client that has just set it, or that asks for it."""
    user = scim.new_user(password=f"Aa1!{scim.name()}")

    user.answer.must.lack("password")
    scim.get(user.path).must.lack("password")
    scim.get(user.path, attributes="userName,password").must.lack("password")


@check(
    "rfc7643/4.2/members",
    MUST,
    "A member of a group is told by its id.",
    needs=["User", "Group", "Group.members"],
    catches=["members-are-told-by-name", "members-are-texts"],
)
def members(scim: Scim) -> None:
    """What stands in `value` must be the id that the client gave."""
    user = scim.new_user()
    group = scim.read(scim.group_given(user))

    found = [str(member["value"]) for member in group.body.items_of("members")]
    require(found == [user.id], f"one member {user.id}", found, group.exchange)


def _type_name(scim: Scim) -> str:
    name = (scim.claims.type_of("User") or {}).get("name")
    return name if isinstance(name, str) else "User"
