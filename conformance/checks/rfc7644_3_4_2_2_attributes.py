"""RFC 7644 §3.4.2.2: what filters may be about, tried on five users that the suite made."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER, USER

USERS = ["filter", "User"]


@check(
    "rfc7644/3.4.2.2/external-id",
    MUST,
    "A filter finds a resource by the externalId that its client gave.",
    needs=USERS,
    catches=["filter-external-id-ignored"],
)
def external_id(scim: Scim) -> None:
    """This is what externalId is for."""
    people = scim.people
    mine = str(people["b"]["externalId"])
    people.must_find(people.where("externalId", "eq", mine))


@check(
    "rfc7644/3.4.2.2/external-id-case",
    MUST,
    "An externalId is found only in its own case.",
    needs=USERS,
    catches=["filter-external-id-folded"],
)
def external_id_case(scim: Scim) -> None:
    """It is case-exact (RFC 7643 §3.1): two keys of a client may differ in case alone."""
    people = scim.people
    mine = str(people["b"]["externalId"])
    people.must_find(people.where("externalId", "eq", mine.upper()))
    people.must_find(people.where("externalId", "eq", mine.lower()))
    people.must_find(people.where("externalId", "sw", mine.lower()))
    people.must_find(people.where("externalId", "co", mine.lower()))


@check(
    "rfc7644/3.4.2.2/id",
    MUST,
    "A filter finds a resource by its id.",
    needs=USERS,
    catches=["filter-by-id-finds-nothing"],
)
def by_id(scim: Scim) -> None:
    """`id` is an attribute like others."""
    people = scim.people
    people.must_find(people.where("id", "eq", people["c"].id))


@check(
    "rfc7644/3.4.2.2/id-case",
    MUST,
    "An id is found only in its own case.",
    needs=USERS,
    catches=["filter-id-folded"],
)
def by_id_case(scim: Scim) -> None:
    """It is case-exact (RFC 7643 §3.1), as it is in a path."""
    people = scim.people
    other = people["c"].id.swapcase()
    scim.skip_unless(other != people["c"].id, "the ids here have no letters")
    people.must_find(people.where("id", "eq", other))


@check(
    "rfc7644/3.4.2.2/resource-type",
    MUST,
    "A filter finds resources by meta.resourceType.",
    needs=USERS,
    catches=["filter-resource-type-ignored"],
)
def resource_type(scim: Scim) -> None:
    """The parts of meta are attributes like others."""
    people = scim.people
    shown = people.document("a").get("meta", {}).get("resourceType")
    scim.skip_unless(isinstance(shown, str), "the endpoint gives no meta.resourceType")
    people.must_find(people.where("meta.resourceType", "eq", shown))
    people.must_find(people.where("meta.resourceType", "eq", "Robot"))


@check(
    "rfc7644/3.4.2.2/schemas",
    MUST,
    "A filter finds resources by the schemas that they have.",
    needs=[*USERS, "EnterpriseUser", "EnterpriseUser.department"],
    catches=["filter-schemas-ignored"],
)
def by_schema(scim: Scim) -> None:
    """The RFC's own example: whoever has the extension."""
    people = scim.people
    people.must_find(people.where("schemas", "eq", ENTERPRISE_USER))
    people.must_find(people.where("schemas", "eq", USER))


@check(
    "rfc7644/3.4.2.2/qualified",
    MUST,
    "An attribute may be named with the URN of its schema, `urn:ietf:` in any case.",
    needs=USERS,
    catches=["filter-urn-is-case-sensitive", "filter-urn-refused"],
)
def qualified(scim: Scim) -> None:
    """The dot in 2.0 is part of the URN (§3.10), whose first two parts have no case (RFC 8141)."""
    people = scim.people
    one = people.where("userName", "eq", people.name("d"))
    for urn in (USER, USER.replace("urn:ietf:", "URN:IETF:")):
        people.must_find_as(f'{urn}:userName eq "{people.name("d")}"', one)


@check(
    "rfc7644/3.4.2.2/qualified-sub-attribute",
    MUST,
    "A sub-attribute may be named with the URN of its schema.",
    needs=[*USERS, "User.name.givenName"],
    catches=["filter-urn-with-dots-misread"],
)
def qualified_sub_attribute(scim: Scim) -> None:
    """Only the dot after the attribute's name is one."""
    people = scim.people
    people.must_find(people.where(f"{USER}:name.givenName", "eq", "bob"))


@check(
    "rfc7644/3.4.2.2/extension",
    MUST,
    "An attribute of an extension is found by its qualified name.",
    needs=[*USERS, "EnterpriseUser", "EnterpriseUser.department"],
    catches=["filter-extension-finds-nothing", "filter-extension-ignored"],
)
def extension(scim: Scim) -> None:
    """Departments are what many groups are made of."""
    people = scim.people
    people.must_find(people.where(f"{ENTERPRISE_USER}:department", "eq", "tools"))
    people.must_find(people.where(f"{ENTERPRISE_USER}:department", "co", "ale"))
    people.must_find(people.where(f"{ENTERPRISE_USER}:department", "pr"))


@check(
    "rfc7644/3.4.2.2/extension-case",
    MUST,
    "An extension has the rules of case of the core: of its name, and of its values.",
    needs=[*USERS, "EnterpriseUser", "EnterpriseUser.department"],
    catches=["filter-extension-names-are-exact", "filter-extension-values-are-exact"],
)
def extension_case(scim: Scim) -> None:
    """All parts of a qualified name are case-insensitive (§3.10); values as the schema says."""
    people = scim.people
    people.must_find(people.where(f"{ENTERPRISE_USER}:department", "eq", "TOOLS"))
    one = people.where(f"{ENTERPRISE_USER}:department", "eq", "tools")
    for name in (f"{ENTERPRISE_USER}:DEPARTMENT", f"{ENTERPRISE_USER.lower()}:department"):
        people.must_find(one.written(f'{name} eq "tools"'))


@check(
    "rfc7644/3.4.2.2/extension-sub-attribute",
    MUST,
    "A sub-attribute of an extension is found by its qualified name.",
    needs=[*USERS, "EnterpriseUser", "EnterpriseUser.manager"],
    catches=["filter-extension-parts-find-nothing"],
)
def extension_sub_attribute(scim: Scim) -> None:
    """Whose manager somebody is: the name has colons, and a dot at its end."""
    manager = scim.new_user()
    schemas = [*scim.smallest_user()["schemas"], ENTERPRISE_USER]
    more = {"manager": {"value": manager.id}}
    user = scim.user_with(schemas=schemas, **{ENTERPRISE_USER: more})
    text = f'{ENTERPRISE_USER}:manager.value eq "{manager.id}"'
    answer = scim.get(scim.users, filter=text)
    scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")

    scim.people.must_find_made(text, user)


@check(
    "rfc7644/3.4.2.2/sub-attribute",
    MUST,
    "A sub-attribute is named with a dot.",
    needs=[*USERS, "User.name.familyName", "User.name.givenName"],
    catches=["filter-family-name-as-given-name"],
)
def sub_attribute(scim: Scim) -> None:
    """`name.familyName` is not `name.givenName`, and has the case of its own definition."""
    people = scim.people
    people.must_find(people.where("name.familyName", "eq", "stone"))
    people.must_find(people.where("name.givenName", "sw", "b"))
    people.must_find(people.where("name.familyName", "eq", "Ada"))


@check(
    "rfc7644/3.4.2.2/any-value",
    MUST,
    "Of several values any may match, not only the first or the primary one.",
    needs=[*USERS, "User.emails.value"],
    catches=["filter-first-value-only", "filter-joins-repeat"],
)
def any_value(scim: Scim) -> None:
    """One e-mail of several is enough."""
    people = scim.people
    for address in ("zoe@example.com", "mia@example.org", "bob@example.org", "nobody@example.com"):
        people.must_find(people.where("emails.value", "eq", address))


@check(
    "rfc7644/3.4.2.2/any-value-parts",
    MUST,
    "Every operator looks at each of several values.",
    needs=[*USERS, "User.emails.value", "User.emails.type"],
    catches=[],
)
def any_value_parts(scim: Scim) -> None:
    """co, sw and ew find an address by its parts; `type` is a part of the e-mail as well."""
    people = scim.people
    people.must_find(people.where("emails.value", "ew", "@example.com"))
    people.must_find(people.where("emails.value", "sw", "mia@"))
    people.must_find(people.where("emails.value", "co", "@example.net"))
    people.must_find(people.where("emails.type", "eq", "home"))


@check(
    "rfc7644/3.4.2.2/any-value-case",
    MUST,
    "The case of several values counts only where the schema says caseExact.",
    needs=[*USERS, "User.emails.value", "User.emails.type"],
    catches=["filter-lists-are-case-sensitive"],
)
def any_value_case(scim: Scim) -> None:
    """People write their addresses in any case, and so do clients."""
    people = scim.people
    people.must_find(people.where("emails.value", "eq", "ZOE@Example.com"))
    people.must_find(people.where("emails.value", "ew", "@EXAMPLE.ORG"))
    people.must_find(people.where("emails.type", "eq", "HOME"))


@check(
    "rfc7644/3.4.2.2/whole-values",
    SHOULD,
    "A list that is named without a part is compared by `value`.",
    needs=[*USERS, "User.emails.value"],
    catches=["filter-lists-without-a-part-find-nothing"],
)
def whole_values(scim: Scim) -> None:
    """`emails co …` is an example of the RFC, beside a rule that asks for `emails.value`."""
    people = scim.people
    for ending in ("@example.net", "@example.org"):
        text = f'{people.all} and (emails co "{ending}")'
        answer = scim.get(scim.users, filter=text)
        scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")
        people.must_find_as(text, people.where("emails.value", "co", ending))


@check(
    "rfc7644/3.4.2.2/any-value-twice",
    MUST,
    "Two conditions without [ ] may be met by two values.",
    needs=[*USERS, "User.emails.value", "User.emails.type"],
    catches=["filter-primary-value-only", "filter-sub-attribute-ignored"],
)
def any_value_twice(scim: Scim) -> None:
    """Only the brackets ask for one and the same value."""
    people = scim.people
    home = people.where("emails.type", "eq", "home")
    people.must_find(home & people.where("emails.value", "eq", "zoe@example.com"))


@check(
    "rfc7644/3.4.2.2/changed",
    MUST,
    "After a change a resource is found by its new value, and not by the old one.",
    needs=["patch", *USERS, "User.emails.value"],
    catches=["filter-lags-behind-changes"],
)
def changed(scim: Scim) -> None:
    """What queries look at must not lag behind: the client would create a second account."""
    before, after = scim.name(), scim.name()
    user = scim.new_user(
        userName=before, externalId=before, emails=[{"value": f"{before}@example.com"}]
    )
    change = {
        "userName": after,
        "externalId": after,
        "emails": [{"value": f"{after}@example.com"}],
    }
    scim.patch(user.path, {"op": "replace", "value": change}).given.have_status(200, 204)
    scim.read(user).given.hold(change)
    for name, suffix in (("userName", ""), ("externalId", ""), ("emails.value", "@example.com")):
        scim.people.must_find_made(f'{name} eq "{after}{suffix}"', user)
        scim.people.must_find_made(f'{name} eq "{before}{suffix}"')


@check(
    "rfc7644/3.4.2.2/replaced",
    MUST,
    "After a PUT a resource is found by its new value, and not by the old one.",
    needs=USERS,
    catches=["filter-lags-behind-replacements"],
)
def replaced(scim: Scim) -> None:
    """As after a PATCH: whatever queries look at follows every change."""
    before, after = scim.name(), scim.name()
    user = scim.new_user(userName=before, externalId=before)
    change = {"userName": after, "externalId": after}
    scim.put(user.path, scim.smallest_user(**change)).given.have_status(200)
    scim.read(user).given.hold(change)
    for name in change:
        scim.people.must_find_made(f'{name} eq "{after}"', user)
        scim.people.must_find_made(f'{name} eq "{before}"')


@check(
    "rfc7644/3.4.2.2/binary-order",
    MUST,
    "A binary value has no order: it is refused with invalidFilter.",
    needs=[*USERS, "User.x509Certificates.value"],
    catches=["filter-binary-order-taken"],
)
def binary_order(scim: Scim) -> None:
    """Table 3 asks for it in gt, ge, lt and le."""
    kind = scim.claims.attribute("User", "x509Certificates.value") or {}
    scim.skip_unless(kind.get("type") == "binary", "the schema calls it no binary")
    for operator in ("gt", "le"):
        answer = scim.get(scim.users, filter=f'x509Certificates.value {operator} "AAAA"')
        answer.must.be_error(400, "invalidFilter")
