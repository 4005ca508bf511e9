"""RFC 7644 §3.8 and §8.1: in what form requests may come."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.material import bulk
from conformance.material.operations import replace
from conformance.scim import Scim
from conformance.wire.exchange import encode
from scim_protocol.urns import BULK, JSON, PATCH_OP, SCIM_JSON, SEARCH

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


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
    "rfc7644/3.8/json-changes",
    SHOULD,
    "A change may be application/json, too.",
    needs=["User"],
    catches=["media-json-patch-415", "media-json-put-415"],
)
def json_changes(scim: Scim) -> None:
    """PUT and PATCH, with and without a charset."""
    user = scim.new_user()
    name = str(user["userName"])
    put = ("PUT", scim.smallest_user(userName=name))
    patch = ("PATCH", {"schemas": [PATCH_OP], "Operations": [replace("userName", name)]})
    for method, body in [put] if scim.claims.missing("patch") else [put, patch]:
        for sent in (SCIM_JSON, JSON, f"{JSON}; charset=utf-8"):
            answer = scim.send(method, user.path, body=body, headers={"Content-Type": sent})
            scim.require(answer.status != 415, f"{sent} to be taken", answer.summary)
            answer.given.have_status(200, 204)


@check(
    "rfc7644/3.8/charset-of-changes",
    MUST,
    "A change may name its encoding.",
    needs=["User"],
    catches=["media-charset-of-patch-415", "media-charset-of-put-415"],
)
def charset_of_changes(scim: Scim) -> None:
    """PUT and PATCH as POST."""
    user = scim.new_user()
    name = str(user["userName"])
    put = ("PUT", scim.smallest_user(userName=name))
    patch = ("PATCH", {"schemas": [PATCH_OP], "Operations": [replace("userName", name)]})
    for method, body in [put] if scim.claims.missing("patch") else [put, patch]:
        for sent in (SCIM_JSON, f"{SCIM_JSON}; charset=utf-8", f"{SCIM_JSON};charset=UTF-8"):
            answer = scim.send(method, user.path, body=body, headers={"Content-Type": sent})
            scim.require(answer.status != 415, f"{sent} to be taken", answer.summary)
            answer.given.have_status(200, 204)


@check(
    "rfc7644/3.8/json-messages",
    SHOULD,
    "A search and a bulk request may be application/json.",
    needs=["User"],
    catches=["media-json-of-bulk-415", "media-json-of-search-415"],
)
def json_messages(scim: Scim) -> None:
    """What is taken as application/scim+json is taken so, too."""
    search = {"schemas": [SEARCH_REQUEST], "filter": f'userName eq "{scim.name()}"'}
    deletion = {"method": "DELETE", "path": f"{scim.users}/{scim.name()}"}
    messages: list[tuple[str, Document]] = [(f"{scim.users}{SEARCH}", search)]
    if not scim.claims.missing("bulk"):
        messages.append((BULK, {"schemas": [bulk.REQUEST], "Operations": [deletion]}))
    for path, body in messages:
        if scim.post(path, body).status == 200:
            answer = scim.send("POST", path, body=body, headers={"Content-Type": JSON})
            answer.must.have_status(200)


@check(
    "rfc7644/3.8/type-without-body",
    SHOULD,
    "A Content-Type without a body is no mistake.",
    needs=["User"],
    catches=["media-type-of-delete-415", "media-type-of-get-415"],
)
def type_without_body(scim: Scim) -> None:
    """Okta and authentik send it with every request."""
    user = scim.new_user()
    headers = {"Content-Type": SCIM_JSON}
    scim.send("GET", user.path, headers=headers).must.have_status(200)
    scim.send("GET", f"{scim.users}?count=1", headers=headers).must.have_status(200)
    scim.delete(user.path, headers).must.have_status(204)


@check(
    "rfc7644/3.8/utf-8-in-json",
    MUST,
    "Text that is sent as application/json is UTF-8, too.",
    needs=["User", "User.displayName"],
    catches=["media-json-read-as-latin-1"],
)
def utf8_in_json(scim: Scim) -> None:
    """JSON is UTF-8, whatever older types have as their default (RFC 7159 §8.1)."""
    scim.user_with(displayName="plain")  # what is sent may be altered, whatever it is (§3.3)
    name = "žofie 山田"
    body = scim.smallest_user(displayName=name)
    created = scim.send("POST", scim.users, body=body, headers={"Content-Type": JSON})
    created.given.have_status(201)
    user = scim.resource(scim.users, created)

    scim.read(user)["displayName"].must.equal(name)
