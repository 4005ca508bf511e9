"""RFC 7644 §3.8 and §8.1: media types and encoding."""

from conformance.check import MUST, SHOULD, check
from conformance.exchange import encode
from conformance.scim import Scim
from scim_protocol.urns import JSON, RESOURCE_TYPES, SCHEMAS, SCIM_JSON, SERVICE_PROVIDER_CONFIGS


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
    "rfc7644/3.8/charset",
    MUST,
    "A request may name its encoding.",
    needs=["User"],
    catches=["media-charset-415", "media-type-is-case-sensitive"],
)
def charset(scim: Scim) -> None:
    """A parameter does not change the type, nor does the case of its letters."""
    for sent in (
        f"{SCIM_JSON}; charset=utf-8",
        f"{SCIM_JSON};charset=UTF-8",
        "Application/SCIM+JSON",
    ):
        answer = scim.send(
            "POST", scim.users, body=scim.smallest_user(), headers={"Content-Type": sent}
        )
        answer.must.have_status(201)


@check(
    "rfc7644/3.8/json-request",
    SHOULD,
    "A request may be application/json.",
    needs=["User"],
    catches=["media-json-415"],
)
def json_request(scim: Scim) -> None:
    """Both types specify JSON; many clients send no other."""
    for sent in (JSON, f"{JSON}; charset=utf-8"):
        answer = scim.send(
            "POST", scim.users, body=scim.smallest_user(), headers={"Content-Type": sent}
        )
        answer.must.have_status(201)


@check(
    "rfc7644/3.8/other-request",
    SHOULD,
    "A body of another media type is refused.",
    needs=["User"],
    catches=["media-any-request-type"],
)
def other_request(scim: Scim) -> None:
    """With 415, or 400; what is no JSON is refused anyway."""
    for sent in ("text/xml", "application/x-www-form-urlencoded", "text/plain"):
        answer = scim.send(
            "POST", scim.users, body=scim.smallest_user(), headers={"Content-Type": sent}
        )
        answer.must.have_status(400, 406, 415)
        answer.must.be_error_message()


@check(
    "rfc7644/3.8/utf-8",
    MUST,
    "Text in any script is kept, in UTF-8.",
    needs=["User", "User.displayName"],
    catches=["media-beyond-the-first-plane-lost", "media-read-as-latin-1"],
)
def utf8(scim: Scim) -> None:
    """Names are not ASCII."""
    scim.user_with(displayName="plain")  # what is sent may be altered, whatever it is (§3.3)
    name = "žofie 山田 עדה 🦊"
    user = scim.new_user(displayName=name)

    scim.read(user)["displayName"].must.equal(name)


@check(
    "rfc7644/3.8/utf-8-escaped",
    MUST,
    "Text that is sent in escapes of JSON is the same text.",
    needs=["User", "User.displayName"],
    catches=["media-beyond-ascii-lost", "media-latin-1-answers"],
)
def utf8_escaped(scim: Scim) -> None:
    """Beyond the first plane, too, where JSON has two escapes for one letter."""
    scim.user_with(displayName="plain")  # what is sent may be altered, whatever it is (§3.3)
    body = encode(scim.smallest_user(displayName="@"))
    raw = body.replace('"@"', '"\\u017eofie \\u5c71 \\ud83e\\udd8a \\"q\\" \\\\"').encode()
    created = scim.send("POST", scim.users, raw=raw)
    created.given.have_status(201)
    user = scim.resource(scim.users, created)

    scim.read(user)["displayName"].must.equal('žofie 山 🦊 "q" \\')


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
