"""What checks of versions share (RFC 7644 §3.14)."""

from conformance.answer import Answer
from conformance.scim import Resource, Scim
from scim_protocol.urns import PATCH_OP

ETAGS = ["etag", "User"]
PATCHED = ["patch", *ETAGS, "User.displayName"]
OTHER = 'W/"no-version-of-this"'
"""A tag that no resource has."""


def renaming(name: str) -> dict[str, str]:
    """Return the operation that gives another displayName."""
    return {"op": "replace", "path": "displayName", "value": name}


def patch_if(scim: Scim, user: Resource, name: str, tag: str) -> Answer:
    """Rename a user, if it is of the version still."""
    body = {"schemas": [PATCH_OP], "Operations": [renaming(name)]}
    return scim.send("PATCH", user.path, body=body, headers={"If-Match": tag})


def tag_of(answer: Answer) -> str:
    """Return the ETag of an answer that must have one."""
    answer.must.have_status(200)
    answer.must.have_header("ETag")
    return str(answer.headers["ETag"])


def changed_since(scim: Scim) -> tuple[Resource, str]:
    """Make a user that has changed since the version that is returned beside it."""
    user = scim.new_user(displayName="before")
    stale = tag_of(scim.get(user.path))
    scim.patch(user.path, renaming("between")).given.have_status(200, 204)
    return user, stale
