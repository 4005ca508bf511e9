"""RFC 7644 §3.3: creating resources with POST."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import NOT_FOR_US, Scim


@check(
    "rfc7644/3.3/created",
    MUST,
    "A creation is answered 201.",
    needs=["User"],
    catches=["creates-with-204", "creates-with-200"],
)
def created(scim: Scim) -> None:
    """Clients take any other status for a failure, and try again."""
    scim.post(scim.users, scim.smallest_user()).must.have_status(201)


@check(
    "rfc7644/3.3/location",
    MUST,
    "A creation sends the new resource's URL in Location and in meta.location.",
    needs=["User"],
    catches=["creates-without-location", "location-differs", "location-missing-in-meta"],
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
    catches=["location-leads-nowhere"],
)
def location_works(scim: Scim) -> None:
    """A wrong base URL behind a proxy is the usual reason why it does not."""
    sent = scim.smallest_user()
    created = scim.post(scim.users, sent)
    created.given.have_status(201)

    found = scim.follow(created.location)

    found.must.have_status(200)
    found.must.have("userName", equal_to=sent["userName"])


@check(
    "rfc7644/3.3/body",
    SHOULD,
    "A creation answers with the new resource.",
    needs=["User"],
    catches=["creates-without-body"],
)
def body(scim: Scim) -> None:
    """The client sees what the endpoint made of what it sent."""
    sent = scim.smallest_user()
    created = scim.post(scim.users, sent)
    created.given.have_status(201)

    created.must.have("id")
    created.must.have("userName", equal_to=sent["userName"])


@check(
    "rfc7644/3.3/group",
    MUST,
    "A group is created, too.",
    needs=["Group"],
    catches=["creates-no-groups"],
)
def group(scim: Scim) -> None:
    """The rules of a creation are those of every type."""
    sent = scim.smallest_group()
    created = scim.allowed(scim.post(scim.groups, sent))

    created.must.have_status(201)
    scim.resource(scim.groups, created)["displayName"].must.equal(sent["displayName"])


@check(
    "rfc7644/3.3/uniqueness",
    MUST,
    'A second user of the same userName is refused: 409 with scimType "uniqueness".',
    needs=["User"],
    catches=["duplicates-allowed", "duplicates-are-400", "duplicates-have-no-keyword"],
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
    catches=["duplicates-by-case"],
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
    catches=["refused-creations-stay"],
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
    catches=["read-only-is-refused", "read-only-is-stored"],
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
    "rfc7644/3.3/answer-is-true",
    MUST,
    "The answer to a creation shows the resource as it is read afterwards.",
    needs=["User", "User.displayName"],
    catches=["creation-echoes-the-request", "creation-answers-without-saving"],
)
def answer_is_true(scim: Scim) -> None:
    """Not what the client sent, but what became of it."""
    sent = scim.smallest_user(displayName="ada", noSuchAttribute="x", groups=[{"value": "x"}])
    created = scim.post(scim.users, sent)
    if created.status != 201:  # it may refuse what it does not know
        del sent["noSuchAttribute"]
        created = scim.post(scim.users, sent)
    created.given.have_status(201)
    scim.skip_unless(created.document is not None, "the answer to the creation has no body")

    scim.must_be_as(created, scim.read(scim.resource(scim.users, created)))


@check(
    "rfc7644/3.3/unknown-attributes",
    SHOULD,
    "An attribute that no schema has is not stored.",
    needs=["User"],
    catches=["stores-unknown-attributes", "fails-on-unknown-attributes"],
)
def unknown_attributes(scim: Scim) -> None:
    """It is ignored or refused: what nobody has defined nobody can read."""
    created = scim.post(scim.users, scim.smallest_user(noSuchAttribute="x"))
    if created.status != 201:
        created.must.have_status(400)
    else:
        scim.read(scim.resource(scim.users, created)).must.lack("noSuchAttribute")


@check(
    "rfc7644/3.3/unknown-parts",
    SHOULD,
    "A part of a value that no schema has is not stored.",
    needs=["User", "User.emails.value", "User.emails.type"],
    catches=["stores-unknown-parts"],
)
def unknown_parts(scim: Scim) -> None:
    """As with attributes: it is ignored or refused."""
    email = {"value": "ada@example.com", "type": "work", "noSuchPart": "x"}
    created = scim.post(scim.users, scim.smallest_user(emails=[email]))
    if created.status != 201:
        created.must.have_status(400)
        return
    shown = scim.read(scim.resource(scim.users, created)).body.value.get("emails")
    scim.require("noSuchPart" not in str(shown), "no such part", shown)


@check(
    "rfc7644/3.3/every-type",
    MUST,
    "Resources of every type that discovery lists are created, read, replaced and deleted.",
    catches=["custom-types-are-not-served", "custom-types-lose-values"],
)
def every_type(scim: Scim) -> None:
    """A type of the endpoint's own follows the rules of all."""
    for name in scim.claims.type_names:
        path, body = scim.claims.path_of(name), scim.fullest(name)
        created = scim.post(path, body)
        scim.skip_unless(created.status != 400, f"the endpoint wants another {name}")
        if created.status in NOT_FOR_US and name != "User":
            continue
        scim.require(created.status == 201, f"a {name} to be created", created.summary)
        made = scim.resource(path, created)
        shown = scim.get(made.path)
        shown.must.have_status(200)
        shown["schemas"].must.contain(scim.claims.urn_of(name))
        scim.put(made.path, shown.body.value).must.have_status(200)
        scim.delete(made.path).must.have_status(204)
        scim.get(made.path).must.be_error(404)


@check(
    "rfc7644/3.3/twice",
    MUST,
    "Two creations make two resources.",
    needs=["User"],
    catches=["creations-overwrite"],
)
def twice(scim: Scim) -> None:
    """Each has its own id and its own values."""
    first, second = scim.new_user(), scim.new_user()

    first["id"].must.differ_from(second["id"])
    for user in (first, second):
        shown = scim.get(user.path)
        shown.must.have_status(200)
        shown.must.hold({"id": user.id, "userName": str(user["userName"])})


@check(
    "rfc7644/3.3/schemas-required",
    SHOULD,
    "A body without `schemas` is refused.",
    needs=["User"],
    catches=["needs-no-schemas"],
)
def schemas_required(scim: Scim) -> None:
    """Every representation has it (RFC 7643 §3); some endpoints are kinder."""
    body = scim.smallest_user()
    del body["schemas"]

    scim.post(scim.users, body).must.be_error(400, None, "invalidSyntax", "invalidValue")


@check(
    "rfc7644/3.3/other-schema",
    SHOULD,
    "A body of another schema than the endpoint's is refused.",
    needs=["User"],
    catches=["takes-any-schema"],
)
def other_schema(scim: Scim) -> None:
    """A group that is sent to /Users is a mistake of the client's."""
    body = scim.smallest_user() | {"schemas": ["urn:example:params:scim:schemas:none:2.0:Robot"]}

    scim.post(scim.users, body).must.be_error(400, None, "invalidSyntax", "invalidValue")


@check(
    "rfc7644/3.3/no-object",
    MUST,
    "A body that is no JSON object is refused.",
    needs=["User"],
    catches=["fails-on-bodies-of-other-kinds", "creates-of-nothing"],
)
def no_object(scim: Scim) -> None:
    """A list, a text, a number, null, nothing: 400, and never a 5xx."""
    for raw in (b"[]", b'"ada"', b"7", b"null", b"{}", b"", b"[{}]"):
        scim.send("POST", scim.users, raw=raw).must.have_status(400)


@check(
    "rfc7644/3.3/on-a-resource",
    SHOULD,
    "A POST to a resource that exists is refused, and makes nothing.",
    needs=["User"],
    catches=["post-on-a-resource-creates"],
)
def on_a_resource(scim: Scim) -> None:
    """Resources are created at their type's endpoint."""
    user = scim.new_user()
    before = scim.read(user)

    scim.post(user.path, scim.smallest_user()).must.be_refused()
    scim.must_be_as(before, scim.read(user))


@check(
    "rfc7644/3.3/uniqueness-message",
    MUST,
    "The refusal of a duplicate is a SCIM error, and leaves the first user as it was.",
    needs=["User"],
    catches=["duplicates-update-the-first", "duplicates-are-500"],
)
def uniqueness_message(scim: Scim) -> None:
    """Nothing of the second reaches the first."""
    first = scim.new_user()
    before = scim.read(first)
    more = {"displayName": "second"}
    again = scim.post(scim.users, scim.smallest_user(userName=str(first["userName"]), **more))

    again.must.have_status(409)
    again.must.be_error_message()
    scim.must_be_as(before, scim.read(first))


@check(
    "rfc7644/3.3/members",
    SHOULD,
    "A group is created with the members that were sent.",
    needs=["User", "Group", "Group.members"],
    catches=["creates-without-members"],
)
def members(scim: Scim) -> None:
    """A creation may ignore what it is sent; a client that trusts the 201 has an empty group."""
    user = scim.new_user()
    group = scim.read(scim.new_group(user))

    group.must.hold({"members": [{"value": user.id}]})


@check(
    "rfc7644/3.3/unknown-member",
    MUST,
    "A group with a member who does not exist never gets another member instead.",
    needs=["Group", "Group.members"],
    catches=["unknown-members-fail"],
)
def unknown_member(scim: Scim) -> None:
    """It is refused, taken, or made without that member; a 5xx is none of these."""
    stranger = scim.name()
    created = scim.post(scim.groups, scim.smallest_group(members=[{"value": stranger}]))
    if created.status != 201:
        created.must.be_refused()
        return
    shown = scim.read(scim.resource(scim.groups, created))
    ids = [str(member["value"]) for member in shown.body.items_of("members")]
    scim.require(set(ids) <= {stranger}, "that member or none", ids)


@check(
    "rfc7644/3.3.1/resource-type",
    MUST,
    "meta.resourceType is the name of the resource type.",
    needs=["User", "Group"],
    catches=["resource-type-wrong", "resource-type-is-a-path"],
)
def resource_type(scim: Scim) -> None:
    """It is set by the endpoint, by where the resource was created."""
    for type_name, made in (("User", scim.new_user()), ("Group", scim.new_group())):
        declared = (scim.claims.type_of(type_name) or {}).get("name", type_name)
        made["meta"]["resourceType"].must.equal(declared)
