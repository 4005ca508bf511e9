"""RFC 7644 §3.7 and §3.14: versions in bulk requests."""

from conformance.check import MUST, SHOULD, check
from conformance.material import bulk
from conformance.material.operations import replace
from conformance.scim import Scim

BULKS = ["etag", "bulk", "User"]
PATCHES = ["patch", *BULKS, "User.displayName"]
STALE = 'W/"no-version-of-this"'


@check(
    "rfc7644/3.7/version",
    MUST,
    "An operation with a stale version is 412.",
    needs=PATCHES,
    catches=["bulk-versions-ignored", "bulk-versions-refused"],
)
def version(scim: Scim) -> None:
    """`version` is to it what If-Match is to a request alone; the right one is no hindrance."""
    user = scim.new_user(displayName="before")
    current = scim.get(user.path).headers.get("ETag")
    scim.skip_unless(current is not None, "the endpoint gives no ETag")
    change = replace("displayName", "lost")
    lost = bulk.done(scim, bulk.patch(user, change, version=STALE))
    bulk.must_have_status(lost.of("PATCH", user), 412)
    kept = bulk.done(scim, bulk.delete(user, version=STALE))
    bulk.must_have_status(kept.of("DELETE", user), 412)
    scim.read(user).must.have("displayName", equal_to="before")

    done = bulk.done(scim, bulk.patch(user, replace("displayName", "after"), version=current))
    bulk.must_have_status(done.of("PATCH", user), 200, 204)
    scim.read(user).must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.7/version-told",
    SHOULD,
    "A result has the new version.",
    needs=BULKS,
    catches=["bulk-without-version"],
)
def version_told(scim: Scim) -> None:
    """So a client need not read what it has just made before it can change it."""
    results = bulk.done(scim, bulk.post(scim.users, "one", scim.smallest_user()))
    made = results.created("one")
    scim.skip_unless("ETag" in made.headers, "the endpoint gives no ETag")

    results.of_post("one")["version"].must.be("string")


@check(
    "rfc7644/3.7/version-true",
    MUST,
    "The version of a result is the ETag.",
    needs=BULKS,
    catches=["bulk-version-is-another"],
)
def version_true(scim: Scim) -> None:
    """Where it is told it is the one that reading gives."""
    results = bulk.done(scim, bulk.post(scim.users, "one", scim.smallest_user()))
    made, told = results.created("one"), results.of_post("one").get("version")
    scim.skip_unless("ETag" in made.headers, "the endpoint gives no ETag")
    scim.skip_unless(told is not None, "the endpoint tells no version in results")

    results.of_post("one")["version"].must.equal(made.headers["ETag"])


@check(
    "rfc7644/3.7/version-of-put",
    MUST,
    "A PUT with a stale version is 412, and one with the right version is done.",
    needs=[*BULKS, "User.displayName"],
    catches=["bulk-version-of-put-ignored"],
)
def version_of_put(scim: Scim) -> None:
    """As of a PATCH: what another client has written in between is not overwritten."""
    user = scim.user_with(displayName="before")
    current = scim.get(user.path).headers.get("ETag")
    scim.skip_unless(current is not None, "the endpoint gives no ETag")
    body = scim.smallest_user(userName=str(user["userName"]), displayName="after")
    lost = bulk.done(scim, bulk.put(user, body, version=STALE))
    bulk.must_have_status(lost.of("PUT", user), 412)
    scim.read(user).must.have("displayName", equal_to="before")

    done = bulk.done(scim, bulk.put(user, body, version=current))
    bulk.must_have_status(done.of("PUT", user), 200)
    scim.read(user).must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.7/version-new",
    MUST,
    "The version of what a PUT or PATCH changed is the new ETag.",
    needs=PATCHES,
    catches=["bulk-changes-keep-the-version", "bulk-version-of-changes-is-old"],
)
def version_new(scim: Scim) -> None:
    """Where it is told; reading gives it in any case, and it is not the one before."""
    user = scim.new_user(displayName="before")
    body = scim.smallest_user(userName=str(user["userName"]), displayName="between")
    tag = scim.get(user.path).headers.get("ETag")
    scim.skip_unless(tag is not None, "the endpoint gives no ETag")
    for method, operation in (
        ("PUT", bulk.put(user, body)),
        ("PATCH", bulk.patch(user, replace("displayName", "after"))),
    ):
        result = bulk.done(scim, operation).of(method, user)
        before, tag = tag, scim.get(user.path).headers.get("ETag")
        scim.require(tag != before, f"another ETag than {before}", str(tag))
        if told := result.get("version"):
            told.must.equal(tag)
