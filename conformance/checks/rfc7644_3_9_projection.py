"""RFC 7644 §3.9 and §3.4.2.5: asking for some attributes only."""

from conformance.check import MUST, SHOULD, check
from conformance.material.projection import must_lack
from conformance.scim import Scim
from scim_protocol.urns import USER

USERS = ["User", "User.displayName"]
TITLED = [*USERS, "User.title"]
NAMES = ["User", "User.name.givenName", "User.name.familyName"]
EMAILS = ["User", "User.emails.value", "User.emails.type"]


@check(
    "rfc7644/3.9/attributes",
    MUST,
    "`attributes` gives what it names, and what is always returned.",
    needs=USERS,
    catches=["projection-attributes-ignored"],
)
def attributes(scim: Scim) -> None:
    """Other attributes, returned by default, stay out."""
    user = scim.new_user(displayName="ada")
    answer = scim.get(user.path, attributes="userName")

    answer.must.have_status(200)
    answer.must.have("userName", equal_to=user["userName"])
    answer.must.have("id", equal_to=user["id"])
    must_lack(scim, answer, "displayName")


@check(
    "rfc7644/3.9/not-named",
    MUST,
    "What is neither named nor always returned stays out, userName as well.",
    needs=USERS,
    catches=["projection-user-name-always-comes"],
)
def not_named(scim: Scim) -> None:
    """No attribute is an exception unless its schema says `returned: always`."""
    user = scim.user_with(displayName="ada")
    answer = scim.get(user.path, attributes="displayName")

    answer.must.have("displayName", equal_to="ada")
    must_lack(scim, answer, "userName")


@check(
    "rfc7644/3.9/several",
    MUST,
    "`attributes` may name several, with commas.",
    needs=TITLED,
    catches=["projection-first-name-only", "projection-last-name-only"],
)
def several(scim: Scim) -> None:
    """Each of them comes, the first as well as the last."""
    user = scim.user_with(displayName="ada", title="engineer")
    answer = scim.get(user.path, attributes="displayName,userName")

    answer.must.have_status(200)
    answer.must.have("userName", equal_to=user["userName"])
    answer.must.have("displayName", equal_to="ada")
    must_lack(scim, answer, "title")


@check(
    "rfc7644/3.9/names-case",
    MUST,
    "Names may be written in any case.",
    needs=TITLED,
    catches=["projection-names-are-case-sensitive"],
)
def names_case(scim: Scim) -> None:
    """In `attributes` and in `excludedAttributes`."""
    user = scim.user_with(displayName="ada", title="engineer")
    chosen = scim.get(user.path, attributes="DISPLAYNAME")
    others = scim.get(user.path, excludedAttributes="DisplayName")

    chosen.must.have("displayName", equal_to="ada")
    must_lack(scim, chosen, "title")
    others.must.have("title", equal_to="engineer")
    must_lack(scim, others, "displayName")


@check(
    "rfc7644/3.9/qualified",
    MUST,
    "Names may have the URN of their schema.",
    needs=TITLED,
    catches=["projection-urns-unknown"],
)
def qualified(scim: Scim) -> None:
    """In `attributes` and in `excludedAttributes` (§3.10)."""
    user = scim.user_with(displayName="ada", title="engineer")
    chosen = scim.get(user.path, attributes=f"{USER}:displayName")
    others = scim.get(user.path, excludedAttributes=f"{USER}:displayName")

    chosen.must.have("displayName", equal_to="ada")
    must_lack(scim, chosen, "title")
    others.must.have("title", equal_to="engineer")
    must_lack(scim, others, "displayName")


@check(
    "rfc7644/3.9/sub-attribute",
    MUST,
    "`attributes` may name a sub-attribute; its siblings stay out.",
    needs=NAMES,
    catches=["projection-part-gives-nothing"],
)
def sub_attribute(scim: Scim) -> None:
    """`name.givenName` gives the given name."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "lovelace"})
    answer = scim.get(user.path, attributes="name.givenName")

    answer.must.have_status(200)
    answer["name"]["givenName"].must.equal("ada")
    must_lack(scim, answer, "name.familyName")


@check(
    "rfc7644/3.9/two-sub-attributes",
    MUST,
    "Two sub-attributes of one attribute may be named, and both come.",
    needs=[*NAMES, "User.name.honorificPrefix"],
    catches=["projection-last-part-only"],
)
def two_sub_attributes(scim: Scim) -> None:
    """The second name adds to the first."""
    name = {"givenName": "ada", "familyName": "lovelace", "honorificPrefix": "Ms."}
    user = scim.user_with(name=name)
    answer = scim.get(user.path, attributes="name.givenName,name.familyName")

    answer.must.have_status(200)
    answer["name"]["givenName"].must.equal("ada")
    answer["name"]["familyName"].must.equal("lovelace")
    must_lack(scim, answer, "name.honorificPrefix")


@check(
    "rfc7644/3.9/sub-attribute-of-many",
    MUST,
    "A sub-attribute of a multi-valued attribute is given of each value.",
    needs=EMAILS,
    catches=["projection-first-value-only"],
)
def sub_attribute_of_many(scim: Scim) -> None:
    """`emails.value` gives all addresses, without their types."""
    emails = [{"value": f"{kind}@example.com", "type": kind} for kind in ("work", "home")]
    user = scim.user_with(emails=emails)
    answer = scim.get(user.path, attributes="emails.value")

    answer.must.have_status(200)
    found = sorted(str(email["value"]) for email in answer["emails"])
    scim.require(found == ["home@example.com", "work@example.com"], "both addresses", found)
    must_lack(scim, answer, "emails.type")


@check(
    "rfc7644/3.9/whole",
    MUST,
    "A complex attribute that is named comes with all its parts.",
    needs=NAMES,
    catches=["projection-swapped", "projection-whole-lacks-parts"],
)
def whole(scim: Scim) -> None:
    """`attributes=name` gives given name and family name."""
    name = {"givenName": "ada", "familyName": "lovelace"}
    user = scim.user_with(name=name)
    answer = scim.get(user.path, attributes="name")

    answer.must.have_status(200)
    answer.must.hold({"name": name})


@check(
    "rfc7644/3.9/excluded",
    MUST,
    "`excludedAttributes` leaves out what it names, and nothing else.",
    needs=TITLED,
    catches=["projection-excluded-gives-minimum", "projection-excluded-ignored"],
)
def excluded(scim: Scim) -> None:
    """The rest comes as by default."""
    user = scim.user_with(displayName="ada", title="engineer")
    answer = scim.get(user.path, excludedAttributes="displayName")

    answer.must.have_status(200)
    answer.must.have("userName", equal_to=user["userName"])
    answer.must.have("title", equal_to="engineer")
    must_lack(scim, answer, "displayName")


@check(
    "rfc7644/3.9/excluded-several",
    MUST,
    "`excludedAttributes` may name several.",
    needs=[*TITLED, "User.nickName"],
    catches=["projection-first-excluded-only"],
)
def excluded_several(scim: Scim) -> None:
    """None of them comes, the rest does."""
    user = scim.user_with(displayName="ada", title="engineer", nickName="al")
    answer = scim.get(user.path, excludedAttributes="displayName,title")

    answer.must.have("nickName", equal_to="al")
    must_lack(scim, answer, "displayName")
    must_lack(scim, answer, "title")


@check(
    "rfc7644/3.9/excluded-sub-attribute",
    MUST,
    "`excludedAttributes` may name a sub-attribute; its siblings stay.",
    needs=NAMES,
    catches=["projection-excluded-part-ignored", "projection-excluded-part-takes-the-whole"],
)
def excluded_sub_attribute(scim: Scim) -> None:
    """Only the part that is named goes."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "lovelace"})
    answer = scim.get(user.path, excludedAttributes="name.familyName")

    answer.must.have_status(200)
    answer["name"]["givenName"].must.equal("ada")
    must_lack(scim, answer, "name.familyName")


@check(
    "rfc7644/3.9/excluded-part-of-many",
    MUST,
    "A sub-attribute of a multi-valued attribute is left out of each value.",
    needs=EMAILS,
    catches=["projection-excluded-part-of-many-stays"],
)
def excluded_part_of_many(scim: Scim) -> None:
    """The addresses stay, without their types."""
    emails = [{"value": f"{kind}@example.com", "type": kind} for kind in ("work", "home")]
    user = scim.user_with(emails=emails)
    answer = scim.get(user.path, excludedAttributes="emails.type")

    answer.must.have_status(200)
    found = sorted(str(email["value"]) for email in answer["emails"])
    scim.require(found == ["home@example.com", "work@example.com"], "both addresses", found)
    must_lack(scim, answer, "emails.type")


@check(
    "rfc7644/3.9/always",
    MUST,
    "What is always returned cannot be left out.",
    needs=["User"],
    catches=["projection-id-can-be-left-out"],
)
def always(scim: Scim) -> None:
    """The id is in every representation."""
    user = scim.new_user()
    for query in ({"excludedAttributes": "id,userName"}, {"excludedAttributes": "id"}):
        answer = scim.get(user.path, **query)
        answer.must.have_status(200)
        answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.9/schemas",
    SHOULD,
    "A part of a resource says its `schemas`.",
    needs=USERS,
    catches=["projection-schemas-left-out"],
)
def own_schemas(scim: Scim) -> None:
    """All representations MUST (RFC 7643 §3), yet an example of a list leaves it out."""
    user = scim.new_user(displayName="ada")
    for query in ({"attributes": "displayName"}, {"excludedAttributes": "displayName"}):
        answer = scim.get(user.path, **query)
        answer.given.have_status(200)
        answer["schemas"].must.contain(USER)


@check(
    "rfc7644/3.9/changes-nothing",
    MUST,
    "What is not shown is kept.",
    needs=[*TITLED, "User.nickName"],
    catches=["projection-removes-what-is-hidden"],
)
def changes_nothing(scim: Scim) -> None:
    """A read is a read: afterwards the whole resource comes again."""
    user = scim.user_with(displayName="ada", title="engineer", nickName="al")
    scim.get(user.path, attributes="displayName").must.have_status(200)
    scim.get(user.path, excludedAttributes="title").must.have_status(200)

    after = scim.get(user.path)
    after.must.hold({"displayName": "ada", "title": "engineer", "nickName": "al"})


@check(
    "rfc7644/3.9/unknown",
    MUST,
    "An unknown name in `attributes` brings nothing else with it.",
    needs=USERS,
    catches=["projection-unknown-gives-all"],
)
def unknown(scim: Scim) -> None:
    """The minimum comes, or the request is refused: not everything, and no failure."""
    user = scim.new_user(displayName="ada")
    answer = scim.get(user.path, attributes="noSuchAttribute")
    if answer.status != 400:
        answer.must.have_status(200)
        answer.must.have("id", equal_to=user["id"])
        must_lack(scim, answer, "displayName")


@check(
    "rfc7644/3.9/excluded-unknown",
    MUST,
    "An unknown name in `excludedAttributes` takes nothing away.",
    needs=USERS,
    catches=["projection-unknown-is-500"],
)
def excluded_unknown(scim: Scim) -> None:
    """There is nothing to leave out; an endpoint may refuse it."""
    user = scim.user_with(displayName="ada")
    answer = scim.get(user.path, excludedAttributes="noSuchAttribute")
    if answer.status != 400:
        answer.must.have("displayName", equal_to="ada")
