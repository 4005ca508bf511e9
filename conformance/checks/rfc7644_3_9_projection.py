"""RFC 7644 §3.9 and §3.4.2.5: asking for some attributes only."""

from conformance.check import MUST, check
from conformance.scim import Scim

USERS = ["User", "User.displayName"]


@check(
    "rfc7644/3.9/attributes",
    MUST,
    "`attributes` gives what it names, and what is always returned.",
    needs=USERS,
)
def attributes(scim: Scim) -> None:
    """Other attributes, returned by default, stay out."""
    user = scim.new_user(displayName="ada")
    answer = scim.get(user.path, attributes="userName")

    answer.must.have_status(200)
    answer.must.have("userName", equal_to=user["userName"])
    answer.must.have("id", equal_to=user["id"])
    if _returned_by_default(scim):
        answer.must.lack("displayName")


@check(
    "rfc7644/3.9/sub-attribute",
    MUST,
    "`attributes` may name a sub-attribute.",
    needs=["User", "User.name.givenName", "User.name.familyName"],
)
def sub_attribute(scim: Scim) -> None:
    """`name.givenName` gives the given name."""
    user = scim.new_user(name={"givenName": "ada", "familyName": "lovelace"})
    answer = scim.get(user.path, attributes="name.givenName")

    answer.must.have_status(200)
    answer["name"]["givenName"].must.equal("ada")


@check(
    "rfc7644/3.9/excluded",
    MUST,
    "`excludedAttributes` leaves out what it names, and nothing else.",
    needs=USERS,
)
def excluded(scim: Scim) -> None:
    """The rest comes as by default."""
    user = scim.new_user(displayName="ada")
    answer = scim.get(user.path, excludedAttributes="displayName")

    answer.must.have_status(200)
    answer.must.have("userName", equal_to=user["userName"])
    if _returned_by_default(scim):
        answer.must.lack("displayName")


@check(
    "rfc7644/3.9/always",
    MUST,
    "What is always returned cannot be left out.",
    needs=["User"],
)
def always(scim: Scim) -> None:
    """The id is in every representation."""
    user = scim.new_user()
    answer = scim.get(user.path, excludedAttributes="id,userName")

    answer.must.have_status(200)
    answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.9/members",
    MUST,
    "`excludedAttributes=members` leaves the members out.",
    needs=["User", "Group", "Group.members"],
)
def without_members(scim: Scim) -> None:
    """By this clients read groups of any size."""
    group = scim.new_group(scim.new_user())
    answer = scim.get(group.path, excludedAttributes="members")

    answer.must.have_status(200)
    answer.must.have("displayName", equal_to=group["displayName"])
    answer.must.lack("members")


@check(
    "rfc7644/3.9/lists",
    MUST,
    "`attributes` holds in lists, too.",
    needs=[*USERS, "filter"],
)
def lists(scim: Scim) -> None:
    """Each resource of the list is cut alike."""
    query = f'userName eq "{scim.people.name("a")}"'
    answer = scim.get(scim.users, filter=query, attributes="userName")

    for user in answer.must.be_list():
        user["id"].must.be("string")
        user["userName"].must.be("string")
        if _returned_by_default(scim):
            user.must.lack("displayName")


def _returned_by_default(scim: Scim) -> bool:
    declared = scim.claims.attribute("User", "displayName") or {}
    return bool(declared.get("returned", "default") == "default")
