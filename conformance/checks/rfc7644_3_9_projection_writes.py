"""RFC 7644 §3.9: some attributes only, in answers to POST, PUT and PATCH."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.material.projection import must_lack
from conformance.scim import Scim
from scim_protocol.urns import PATCH_OP

USERS = ["User", "User.displayName"]


@check(
    "rfc7644/3.9/on-create",
    MUST,
    "`attributes` holds of the answer to a POST.",
    needs=USERS,
    catches=["projection-attributes-ignored-on-post", "projection-excluded-ignored-on-post"],
)
def on_create(scim: Scim) -> None:
    """Any operation that returns a resource returns what was asked for."""
    user = scim.smallest_user(displayName="ada")
    chosen = scim.send("POST", scim.users, body=user, query={"attributes": "userName"})
    chosen.must.have_status(201)
    _shows_but(scim, chosen, "userName", "displayName")

    user = scim.smallest_user(displayName="ada")
    others = scim.send("POST", scim.users, body=user, query={"excludedAttributes": "displayName"})
    _shows_but(scim, others, "userName", "displayName")


@check(
    "rfc7644/3.9/on-create-location",
    MUST,
    "`attributes` takes nothing from the headers of the answer to a POST.",
    needs=USERS,
    catches=["projection-takes-the-location"],
)
def on_create_location(scim: Scim) -> None:
    """Location tells where the resource is, though the body has no meta."""
    plain = scim.new_user().answer
    scim.skip_unless("Location" in plain.headers, "prerequisite: a creation has no Location")
    user = scim.smallest_user()
    chosen = scim.send("POST", scim.users, body=user, query={"attributes": "userName"})

    chosen.must.have_status(201)
    chosen.must.have_header("Location")
    scim.follow(chosen.location).must.have_status(200)


@check(
    "rfc7644/3.9/on-replace",
    MUST,
    "`attributes` holds of the answer to a PUT.",
    needs=USERS,
    catches=[
        "projection-attributes-ignored-on-put",
        "projection-excluded-ignored-on-put",
        "projection-stores-what-is-shown",
    ],
)
def on_replace(scim: Scim) -> None:
    """And what is not shown is stored nevertheless."""
    user = scim.new_user(displayName="ada")
    for name, query in (
        ("bob", {"attributes": "userName"}),
        ("cy", {"excludedAttributes": "displayName"}),
    ):
        body = scim.smallest_user(userName=str(user["userName"]), displayName=name)
        answer = scim.send("PUT", user.path, body=body, query=query)
        answer.must.have_status(200)
        _shows_but(scim, answer, "userName", "displayName")
        scim.read(user).must.have("displayName", equal_to=name)


@check(
    "rfc7644/3.9/on-patch",
    MUST,
    "`attributes` holds of the answer to a PATCH, which then has a body.",
    needs=["patch", *USERS],
    catches=["projection-attributes-ignored-on-patch", "projection-patch-answers-204"],
)
def on_patch(scim: Scim) -> None:
    """With `attributes` a PATCH must be answered 200 with what they name (§3.5.2)."""
    user = scim.new_user(displayName="ada")
    change = {"op": "replace", "path": "displayName", "value": "bob"}
    answer = scim.patch(user.path, change, attributes="userName")

    answer.must.have_status(200)
    answer.must.have("userName", equal_to=user["userName"])
    must_lack(scim, answer, "displayName")
    scim.read(user).must.have("displayName", equal_to="bob")


@check(
    "rfc7644/3.9/excluded-on-patch",
    MUST,
    "`excludedAttributes` holds of the answer to a PATCH.",
    needs=["patch", *USERS],
    catches=["projection-excluded-ignored-on-patch"],
)
def excluded_on_patch(scim: Scim) -> None:
    """If it has a body: without `attributes` it may have none."""
    user = scim.new_user(displayName="ada")
    body = {
        "schemas": [PATCH_OP],
        "Operations": [{"op": "replace", "path": "displayName", "value": "bob"}],
    }
    query = {"excludedAttributes": "displayName"}
    answer = scim.send("PATCH", user.path, body=body, query=query)
    answer.must.have_status(200, 204)

    if answer.status == 200:
        _shows_but(scim, answer, "userName", "displayName")
    scim.read(user).must.have("displayName", equal_to="bob")


def _shows_but(scim: Scim, answer: Answer, shown: str, hidden: str) -> None:
    if answer.document is not None:
        answer[shown].must.be("string")
        answer["id"].must.be("string")
        must_lack(scim, answer, hidden)
