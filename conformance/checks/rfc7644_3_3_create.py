"""RFC 7644 §3.3: creating resources with POST."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim


@check("rfc7644/3.3/created", MUST, "A creation is answered 201.", needs=["User"])
def created(scim: Scim) -> None:
    """Clients take any other status for a failure, and try again."""
    scim.post(scim.users, scim.smallest_user()).must.have_status(201)


@check(
    "rfc7644/3.3/location",
    MUST,
    "A creation sends the new resource's URL in Location and in meta.location.",
    needs=["User"],
)
def location(scim: Scim) -> None:
    """The two are the same address: a client may keep either."""
    created = scim.post(scim.users, scim.smallest_user())
    created.given.have_status(201)

    created.must.have_header("Location")
    if created.document is not None:  # the body is a SHOULD, which is a check of its own
        created.must.have_header("Location", equal_to=created["meta"]["location"])


@check(
    "rfc7644/3.3/location-works",
    MUST,
    "The URL in Location leads to the new resource.",
    needs=["User"],
)
def location_works(scim: Scim) -> None:
    """A wrong base URL behind a proxy is the usual reason why it does not."""
    sent = scim.smallest_user()
    created = scim.post(scim.users, sent)
    created.given.have_status(201)

    found = scim.follow(created.location)

    found.must.have_status(200)
    found.must.have("userName", equal_to=sent["userName"])


@check("rfc7644/3.3/body", SHOULD, "A creation answers with the new resource.", needs=["User"])
def body(scim: Scim) -> None:
    """The client sees what the endpoint made of what it sent."""
    sent = scim.smallest_user()
    created = scim.post(scim.users, sent)
    created.given.have_status(201)

    created.must.have("id")
    created.must.have("userName", equal_to=sent["userName"])


@check("rfc7644/3.3/group", MUST, "A group is created, too.", needs=["Group"])
def group(scim: Scim) -> None:
    """The rules of a creation are those of every type."""
    sent = scim.smallest_group()
    created = scim.post(scim.groups, sent)

    created.must.have_status(201)
    scim.resource(scim.groups, created)["displayName"].must.equal(sent["displayName"])


@check(
    "rfc7644/3.3/uniqueness",
    MUST,
    'A second user of the same userName is refused: 409 with scimType "uniqueness".',
    needs=["User"],
)
def uniqueness(scim: Scim) -> None:
    """By this answer a client learns that the account exists, and takes it over."""
    first = scim.new_user()

    again = scim.post(scim.users, scim.smallest_user(userName=str(first["userName"])))

    again.must.be_error(409, "uniqueness")


@check(
    "rfc7644/3.3/uniqueness-case",
    MUST,
    "userNames that differ only in case are the same, unless the schema says caseExact.",
    needs=["User"],
)
def uniqueness_case(scim: Scim) -> None:
    """Two accounts for one person is what comes of it otherwise."""
    scim.skip_unless(not scim.claims.case_exact("User", "userName"), "userName is case-exact here")
    first = scim.new_user()

    again = scim.post(scim.users, scim.smallest_user(userName=str(first["userName"]).upper()))

    again.must.have_status(409)


@check(
    "rfc7644/3.3/nothing-left",
    MUST,
    "A creation that is refused leaves nothing behind.",
    needs=["User", "filter"],
)
def nothing_left(scim: Scim) -> None:
    """After a 409 there is one user of that name, and it is the first."""
    first = scim.new_user()
    again = scim.post(scim.users, scim.smallest_user(userName=str(first["userName"])))
    again.given.have_status(409)

    found = scim.matches(scim.users, filter=f'userName eq "{first["userName"]}"')

    ids = [str(node["id"]) for node in found]
    scim.require(ids == [first.id], f"only the user {first.id}", ids)


@check(
    "rfc7644/3.3/read-only",
    MUST,
    "readOnly attributes in a creation are ignored, not refused.",
    needs=["User"],
)
def read_only(scim: Scim) -> None:
    """Clients send back whole resources, with `groups` and `meta`."""
    declared = scim.claims.attribute("User", "groups") or {}
    scim.skip_unless(declared.get("mutability") == "readOnly", "the schema has no readOnly groups")
    sent = scim.smallest_user(groups=[{"value": scim.name()}], meta={"version": 'W/"1"'})
    created = scim.post(scim.users, sent)

    created.must.have_status(201)
    scim.resource(scim.users, created).answer.must.lack("groups")


@check(
    "rfc7644/3.3.1/resource-type",
    MUST,
    "meta.resourceType is the name of the resource type.",
    needs=["User", "Group"],
)
def resource_type(scim: Scim) -> None:
    """It is set by the endpoint, by where the resource was created."""
    for type_name, made in (("User", scim.new_user()), ("Group", scim.new_group())):
        declared = (scim.claims.type_of(type_name) or {}).get("name", type_name)
        made["meta"]["resourceType"].must.equal(declared)
