"""RFC 7644 §3.14: changes that are made of a version alone (If-Match)."""

from conformance.check import MUST, check
from conformance.material.versions import ETAGS, OTHER, PATCHED, changed_since, patch_if, tag_of
from conformance.scim import Scim
from scim_protocol.urns import PATCH_OP, SCIM_JSON


@check(
    "rfc7644/3.14/put-matches",
    MUST,
    "A PUT with the right If-Match is done.",
    needs=PATCHED,
    catches=["etag-match-last-only"],
)
def put_matches(scim: Scim) -> None:
    """Also when the tag is one of several, or the star."""
    user = scim.new_user(displayName="before")
    for number, form in enumerate(("{}", "{}, " + OTHER, "*")):
        tag = form.format(tag_of(scim.get(user.path)))
        body = scim.smallest_user(userName=str(user["userName"]), displayName=f"after {number}")
        scim.send("PUT", user.path, body=body, headers={"If-Match": tag}).must.have_status(200)
        scim.read(user).must.have("displayName", equal_to=f"after {number}")


@check(
    "rfc7644/3.14/patch-matches",
    MUST,
    "A PATCH with the right If-Match is done.",
    needs=PATCHED,
    catches=["etag-match-first-only", "etag-match-star-refused"],
)
def patch_matches(scim: Scim) -> None:
    """The version is that before the change, not that after it."""
    user = scim.new_user(displayName="before")
    for number, form in enumerate(("{}", OTHER + ", {}", "*")):
        tag = form.format(tag_of(scim.get(user.path)))
        patch_if(scim, user, f"after {number}", tag).must.have_status(200, 204)
        scim.read(user).must.have("displayName", equal_to=f"after {number}")


@check(
    "rfc7644/3.14/delete-matches",
    MUST,
    "A DELETE with the right If-Match is done.",
    needs=ETAGS,
    catches=["etag-match-always-refused", "etag-match-star-refused-on-delete"],
)
def delete_matches(scim: Scim) -> None:
    """Also when the tag is one of several, or the star; what it deleted is gone."""
    for form in ("{}", "{}, " + OTHER, "*"):
        user = scim.new_user()
        tag = form.format(tag_of(scim.get(user.path)))
        scim.delete(user.path, {"If-Match": tag}).must.have_status(204)
        scim.get(user.path).must.have_status(404)


@check(
    "rfc7644/3.14/put-stale",
    MUST,
    "A PUT with a stale If-Match is 412.",
    needs=PATCHED,
    catches=["etag-match-ignored-on-put", "etag-stale-is-400"],
)
def put_stale(scim: Scim) -> None:
    """And changes nothing: else it would overwrite what another client has written."""
    user, stale = changed_since(scim)
    body = scim.smallest_user(userName=str(user["userName"]), displayName="lost")
    for tag in (stale, OTHER):
        answer = scim.send("PUT", user.path, body=body, headers={"If-Match": tag})
        answer.must.have_status(412)
        scim.read(user).must.have("displayName", equal_to="between")


@check(
    "rfc7644/3.14/patch-stale",
    MUST,
    "A PATCH with a stale If-Match is 412.",
    needs=PATCHED,
    catches=["etag-match-ignored-on-patch", "etag-stale-is-409"],
)
def patch_stale(scim: Scim) -> None:
    """And changes nothing."""
    user, stale = changed_since(scim)
    for tag in (stale, OTHER):
        patch_if(scim, user, "lost", tag).must.have_status(412)
        scim.read(user).must.have("displayName", equal_to="between")


@check(
    "rfc7644/3.14/delete-stale",
    MUST,
    "A DELETE with a stale If-Match is 412.",
    needs=PATCHED,
    catches=["etag-match-ignored-on-delete", "etag-stale-is-done"],
)
def delete_stale(scim: Scim) -> None:
    """And deletes nothing (table 8)."""
    user, stale = changed_since(scim)
    for tag in (stale, OTHER):
        scim.delete(user.path, {"If-Match": tag}).must.have_status(412)
        scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.14/nearly",
    MUST,
    "A tag that is nearly the right one is another one.",
    needs=PATCHED,
    catches=["etag-match-by-beginning", "etag-match-in-any-case", "etag-match-within"],
)
def nearly(scim: Scim) -> None:
    """With a letter more or less, or in other letters."""
    user = scim.new_user(displayName="before")
    tag = tag_of(scim.get(user.path))
    mark, _, inside = tag[:-1].rpartition('"')
    for other in (f"{inside}x", f"x{inside}", inside[:-1], inside.swapcase()):
        if other != inside:
            patch_if(scim, user, "lost", f'{mark}"{other}"').must.have_status(412)
    scim.read(user).must.have("displayName", equal_to="before")


@check(
    "rfc7644/3.14/odd-tags",
    MUST,
    "An odd precondition is no 5xx.",
    needs=PATCHED,
    catches=["etag-odd-tag-is-500"],
)
def odd_tags(scim: Scim) -> None:
    """What is no entity tag may be refused, or match nothing."""
    user = scim.new_user()
    for tag in ("x", '"', "W/", ",", 'W/"x', "**", '"x" "y"', "7"):
        patch_if(scim, user, "x", tag).must.be_no_failure()
        scim.send("GET", user.path, headers={"If-None-Match": tag}).must.be_no_failure()


@check(
    "rfc7644/3.14/error",
    MUST,
    "A 412 is a SCIM error.",
    needs=PATCHED,
    catches=["etag-stale-has-no-body", "etag-stale-is-plain-json"],
)
def error(scim: Scim) -> None:
    """Its body has the form of §3.12."""
    user = scim.new_user(displayName="before")
    answer = patch_if(scim, user, "lost", OTHER)
    answer.given.have_status(412)

    answer.must.be_error_message()
    answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.14/group-stale",
    MUST,
    "Conditions hold of groups as of users.",
    needs=["patch", "etag", "User", "Group", "Group.members"],
    catches=["etag-match-ignored-of-groups", "etag-match-refused-of-groups"],
)
def group_stale(scim: Scim) -> None:
    """Two clients that change the members of one group see each other so: the first is right."""
    group, user = scim.new_group(), scim.new_user()
    tag = tag_of(scim.get(group.path))
    body = {"op": "add", "path": "members", "value": [{"value": user.id}]}
    current = {"schemas": [PATCH_OP], "Operations": [body]}
    done = scim.send("PATCH", group.path, body=current, headers={"If-Match": tag})
    done.must.have_status(200, 204)
    again = scim.send(
        "PATCH",
        group.path,
        body={"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "members"}]},
        headers={"If-Match": tag},
    )

    again.must.have_status(412)
    members = scim.read(group).body.items_of("members")
    scim.require(len(members) == 1, "the member still in", f"{len(members)} members")


@check(
    "rfc7644/3.14/missing",
    MUST,
    "If-Match of what does not exist changes nothing.",
    needs=ETAGS,
    catches=["etag-missing-is-made"],
)
def missing(scim: Scim) -> None:
    """412 or 404, and nothing is made."""
    path = f"{scim.users}/{scim.name()}"
    answer = scim.send("PUT", path, body=scim.smallest_user(), headers={"If-Match": "*"})

    answer.must.have_status(404, 412)
