"""RFC 7644 §3.8 and §8.1: in what form answers come."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim
from conformance.wire.exchange import encode
from scim_protocol.urns import (
    JSON,
    RESOURCE_TYPES,
    SCHEMAS,
    SCIM_JSON,
    SEARCH,
    SERVICE_PROVIDER_CONFIGS,
)

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@check(
    "rfc7644/3.8/scim-json",
    MUST,
    "An answer is application/scim+json.",
    needs=["User"],
    catches=["media-plain-json-on-create", "media-plain-json-on-put"],
)
def scim_json(scim: Scim) -> None:
    """It is what the client asks for in Accept: of a creation, a reading, a replacement."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]))

    if user.answer.document is not None:
        user.answer.must.have_media_type(SCIM_JSON)
    scim.get(user.path).must.have_media_type(SCIM_JSON)
    scim.put(user.path, body).must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/patch",
    MUST,
    "So is the answer to a PATCH.",
    needs=["patch", "User"],
    catches=["media-plain-json-on-patch"],
)
def patch(scim: Scim) -> None:
    """If it has a body."""
    user = scim.new_user()
    change = {"op": "replace", "path": "userName", "value": scim.name()}
    answer = scim.patch(user.path, change, attributes="userName")
    answer.given.have_status(200)

    answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/created",
    MUST,
    "The answer to a creation is application/scim+json.",
    needs=["User"],
    catches=["media-plain-json", "media-text"],
)
def created(scim: Scim) -> None:
    """If it has a body."""
    answer = scim.post(scim.users, scim.smallest_user())
    answer.given.have_status(201)
    scim.skip_unless(answer.document is not None, "the answer to the creation has no body")

    answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/discovery",
    MUST,
    "Discovery is application/scim+json.",
    catches=["media-plain-json-of-discovery"],
)
def discovery(scim: Scim) -> None:
    """It is what the client asks for, here as elsewhere."""
    for path in (SERVICE_PROVIDER_CONFIGS, RESOURCE_TYPES, SCHEMAS):
        answer = scim.get(path)
        answer.given.have_status(200)
        answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/default",
    MUST,
    "Without Accept it is application/scim+json, too.",
    needs=["User"],
    catches=["media-accept-any-406", "media-without-accept-406", "media-without-accept-plain-json"],
)
def default(scim: Scim) -> None:
    """No format is specified then, and this is the default; */* specifies none either."""
    user = scim.new_user()
    for accept in (None, "*/*"):
        answer = scim.send("GET", user.path, headers={"Accept": accept})
        answer.must.have_status(200)
        if accept is None:
            answer.must.have_media_type(SCIM_JSON)
        answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.8/lists",
    MUST,
    "Lists and groups are application/scim+json.",
    needs=["User"],
    catches=["media-plain-json-of-groups", "media-plain-json-of-lists"],
)
def lists(scim: Scim) -> None:
    """Whatever is asked for."""
    scim.new_user()
    paths = [f"{scim.users}?count=1"]
    if not scim.claims.missing("Group"):
        paths += [f"{scim.groups}?count=1", scim.new_group().path]
    for path in paths:
        answer = scim.get(path)
        answer.given.have_status(200)
        answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/searches",
    MUST,
    "The answer to a search is application/scim+json.",
    needs=["User"],
    catches=["media-plain-json-of-searches"],
)
def searches(scim: Scim) -> None:
    """It is a list like any other."""
    body = {"schemas": [SEARCH_REQUEST], "filter": f'userName eq "{scim.name()}"', "count": 1}
    answer = scim.post(f"{scim.users}{SEARCH}", body)
    answer.given.have_status(200)

    answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/accept-range",
    SHOULD,
    "A range of types in Accept is understood.",
    needs=["User"],
    catches=["media-accept-range-406"],
)
def accept_range(scim: Scim) -> None:
    """`application/*` accepts what SCIM has (RFC 7231 §5.3.2)."""
    user = scim.new_user()
    for accept in ("application/*", "text/plain, application/*;q=0.8"):
        answer = scim.send("GET", user.path, headers={"Accept": accept})
        answer.must.have_status(200)
        answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.8/no-mark",
    MUST,
    "No answer begins with a byte order mark.",
    needs=["User"],
    catches=["media-byte-order-mark"],
)
def no_mark(scim: Scim) -> None:
    """RFC 7159 §8.1: parsers may fail on it."""
    for answer in (scim.get(scim.new_user().path), scim.get(scim.users, count=1)):
        marked = answer.text.startswith("\ufeff")
        scim.require(not marked, "JSON from the first byte", "a byte order mark")


@check(
    "rfc7644/3.8/charset-told",
    MUST,
    "An answer that names its encoding names UTF-8.",
    needs=["User"],
    catches=["media-names-latin-1"],
)
def charset_told(scim: Scim) -> None:
    """§3.8: SCIM is UTF-8; a client that believes another name reads garbage."""
    for answer in (scim.get(scim.new_user().path), scim.get(scim.users, count=1)):
        told = answer.headers.get("Content-Type", "").lower().replace('"', "").partition("charset=")
        is_right = not told[1] or told[2].partition(";")[0].strip() in ("utf-8", "utf8")
        scim.require(is_right, "charset=utf-8, or none", "".join(told))


@check(
    "rfc7644/3.8/json",
    SHOULD,
    "A client that accepts application/json is answered.",
    needs=["User"],
    catches=["media-accept-json-406"],
)
def plain_json(scim: Scim) -> None:
    """Many clients know no other type."""
    user = scim.new_user()
    answer = scim.send("GET", user.path, headers={"Accept": JSON})

    answer.must.have_status(200)
    answer.must.have_media_type(JSON, SCIM_JSON)
    answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.8/accept-list",
    MUST,
    "Accept may list several types.",
    needs=["User"],
    catches=[
        "media-accept-is-case-sensitive",
        "media-accept-list-406",
        "media-accept-parameter-406",
        "media-misspelled",
    ],
)
def accept_list(scim: Scim) -> None:
    """With parameters and weights (RFC 7231 §5.3.2), in any case."""
    user = scim.new_user()
    for accept in (
        f"text/html;q=0.5, {SCIM_JSON}",
        f"{SCIM_JSON};q=0.9, */*;q=0.1",
        "Application/SCIM+JSON",
        f"{SCIM_JSON}; charset=utf-8",
        f"{SCIM_JSON}, {JSON}",
    ):
        answer = scim.send("GET", user.path, headers={"Accept": accept})
        answer.must.have_status(200)
        answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/not-acceptable",
    SHOULD,
    "What only accepts HTML gets no HTML.",
    needs=["User"],
    catches=["media-accept-html-gives-html"],
)
def not_acceptable(scim: Scim) -> None:
    """406, or JSON all the same: there is no other form of a resource."""
    user = scim.new_user()
    answer = scim.send("GET", user.path, headers={"Accept": "text/html"})

    scim.require(answer.status in (200, 406), "status 406 or 200", answer.summary)
    if answer.status == 200:
        answer.must.have_media_type(SCIM_JSON, JSON)


@check(
    "rfc7644/3.12/malformed",
    MUST,
    "A body that is no JSON is refused with 400.",
    needs=["User"],
    catches=["error-malformed-in-another-form", "error-schemas-is-another"],
)
def malformed(scim: Scim) -> None:
    """It is the client's mistake, so never a 5xx."""
    broken = encode(scim.smallest_user()).encode()[:-2]
    answer = scim.send("POST", scim.users, raw=broken)

    answer.must.be_error(400, None, "invalidSyntax", "invalidValue")
    answer.must.be_error_message()


@check(
    "rfc7644/3.12/wrong-shape",
    MUST,
    "A body that is no object is refused.",
    needs=["User"],
    catches=["robust-array-is-500", "robust-null-is-500"],
)
def wrong_shape(scim: Scim) -> None:
    """It is the client's mistake, so never a 5xx: for POST and for PUT."""
    user = scim.new_user()
    for raw in (b"[]", b'"text"', b"null", b"1", b"true", b""):
        scim.send("POST", scim.users, raw=raw).must.be_refused()
        scim.send("PUT", user.path, raw=raw).must.be_refused()
