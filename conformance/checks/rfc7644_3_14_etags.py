"""RFC 7644 §3.14: versions of resources, and readings that depend on them."""

import re

from conformance.check import MUST, SHOULD, check
from conformance.material.versions import ETAGS, OTHER, PATCHED, renaming, tag_of
from conformance.scim import Resource, Scim

_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')


@check(
    "rfc7644/3.14/header",
    MUST,
    "A resource that is read comes with an ETag.",
    needs=ETAGS,
    catches=["etag-without-quotes"],
)
def header(scim: Scim) -> None:
    """Where versions are supported they are in this header, in quotes, perhaps after W/."""
    user = scim.new_user()
    tag = tag_of(scim.get(user.path))

    scim.require(_TAG.fullmatch(tag) is not None, 'an entity tag such as W/"1"', tag)


@check(
    "rfc7644/3.14/created",
    MUST,
    "A creation answers with the ETag.",
    needs=ETAGS,
    catches=["etag-other-on-create", "etag-without-header-on-create"],
)
def created(scim: Scim) -> None:
    """It is the one that reading gives, so that a client need not read first."""
    user = scim.new_user()

    user.answer.must.have_header("ETag", equal_to=tag_of(scim.get(user.path)))


@check(
    "rfc7644/3.14/changed",
    MUST,
    "The answer that shows a changed resource has its ETag.",
    needs=PATCHED,
    catches=["etag-without-header-on-patch", "etag-without-header-on-put"],
)
def changed(scim: Scim) -> None:
    """Of a PUT, and of a PATCH that answers with the resource: it is the new one."""
    user = scim.new_user(displayName="before")
    body = scim.smallest_user(userName=str(user["userName"]), displayName="between")
    put = scim.put(user.path, body)
    put.given.have_status(200)
    put.must.have_header("ETag", equal_to=tag_of(scim.get(user.path)))

    patched = scim.patch(user.path, renaming("after"))
    if patched.status == 200 and patched.document is not None:
        patched.must.have_header("ETag", equal_to=tag_of(scim.get(user.path)))


@check(
    "rfc7644/3.14/version",
    SHOULD,
    "The ETag is in meta.version, too.",
    needs=ETAGS,
    catches=["etag-version-missing"],
)
def version(scim: Scim) -> None:
    """In lists there is no other place for it."""
    answer = scim.get(scim.new_user().path)
    tag = tag_of(answer)

    answer["meta"]["version"].must.equal(tag)


@check(
    "rfc7644/3.14/version-same",
    MUST,
    "meta.version is never another than the ETag.",
    needs=ETAGS,
    catches=["etag-version-differs", "etag-version-differs-on-put"],
)
def version_same(scim: Scim) -> None:
    """In every answer: of a creation, of a replacement, of a reading."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]))
    for answer in (user.answer, scim.get(user.path), scim.put(user.path, body)):
        told = (answer.document or {}).get("meta", {}).get("version")
        if answer.document is not None and told is not None:
            answer.must.have_header("ETag", equal_to=told)


@check(
    "rfc7644/3.14/version-in-lists",
    MUST,
    "In a list meta.version is the ETag that reading gives.",
    needs=[*ETAGS, "filter"],
    catches=["etag-version-differs-in-lists"],
)
def version_in_lists(scim: Scim) -> None:
    """A client that read a list changes what it found there."""
    user = scim.new_user()
    tag = tag_of(scim.get(user.path))
    for node in scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"'):
        if told := node["meta"].get("version"):
            told.must.equal(tag)


@check(
    "rfc7644/3.14/version-listed",
    SHOULD,
    "Every resource of a list has its version.",
    needs=[*ETAGS, "filter"],
    catches=["etag-version-missing-in-lists"],
)
def version_listed(scim: Scim) -> None:
    """There is no header for each; without it a client must read all of them again."""
    user = scim.new_user()
    scim.get(user.path).given.hold({"meta": {"version": tag_of(scim.get(user.path))}})
    for node in scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"'):
        node["meta"]["version"].must.be("string")


@check(
    "rfc7644/3.14/not-modified",
    MUST,
    "If-None-Match: what is known is 304.",
    needs=ETAGS,
    catches=["etag-none-match-first-only", "etag-none-match-last-only"],
)
def not_modified(scim: Scim) -> None:
    """Without a body; as one of several tags as well."""
    user = scim.new_user()
    tag = tag_of(scim.get(user.path))
    for value in (tag, f"{OTHER}, {tag}", f"{tag} , {OTHER}"):
        _unchanged(scim, user, value)


@check(
    "rfc7644/3.14/not-modified-any",
    MUST,
    "If-None-Match: * is 304 of what there is.",
    needs=ETAGS,
    catches=["etag-304-is-412", "etag-none-match-ignored", "etag-none-match-star-ignored"],
)
def not_modified_any(scim: Scim) -> None:
    """The star stands for every version (RFC 7232 §3.2)."""
    _unchanged(scim, scim.new_user(), "*")


@check(
    "rfc7644/3.14/not-modified-weak",
    MUST,
    "If-None-Match is compared weakly: W/ does not count.",
    needs=ETAGS,
    catches=["etag-none-match-strong"],
)
def not_modified_weak(scim: Scim) -> None:
    """RFC 7232 §3.2: proxies turn strong tags into weak ones."""
    user = scim.new_user()
    tag = tag_of(scim.get(user.path))

    _unchanged(scim, user, tag[2:] if tag.startswith("W/") else f"W/{tag}")


@check(
    "rfc7644/3.14/modified",
    MUST,
    "If-None-Match: what is not known comes whole.",
    needs=ETAGS,
    catches=["etag-none-match-always"],
)
def modified(scim: Scim) -> None:
    """Another tag is no reason for a 304: neither a foreign one nor a part of the right one."""
    user = scim.new_user()
    tag = tag_of(scim.get(user.path))
    for value in (OTHER, f'{tag[:-1]}x"'):
        answer = scim.send("GET", user.path, headers={"If-None-Match": value})
        answer.must.have_status(200)
        answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.14/modified-since",
    MUST,
    "If-None-Match with the version before a change gives the changed resource.",
    needs=PATCHED,
    catches=[],
)
def modified_since(scim: Scim) -> None:
    """A client that polls must see the change."""
    user = scim.new_user(displayName="before")
    before = tag_of(scim.get(user.path))
    scim.patch(user.path, renaming("after")).given.have_status(200, 204)
    answer = scim.send("GET", user.path, headers={"If-None-Match": before})

    answer.must.have_status(200)
    answer.must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.14/304-has-tag",
    MUST,
    "A 304 has the ETag.",
    needs=ETAGS,
    catches=["etag-304-without-tag", "etag-without-header"],
)
def not_modified_has_tag(scim: Scim) -> None:
    """RFC 7232 §4.1: the header that a 200 would have had."""
    user = scim.new_user()
    tag = tag_of(scim.get(user.path))
    answer = scim.send("GET", user.path, headers={"If-None-Match": tag})
    answer.given.have_status(304)

    answer.must.have_header("ETag", equal_to=tag)


def _unchanged(scim: Scim, user: Resource, tags: str) -> None:
    answer = scim.send("GET", user.path, headers={"If-None-Match": tags})
    answer.must.have_status(304)
    scim.require(not answer.exchange.body, "no body", answer.exchange.body[:80])
