"""RFC 7644 §3.8: media types and encoding."""

from conformance.check import MUST, SHOULD, check
from conformance.exchange import encode
from conformance.scim import Scim
from scim_protocol.urns import JSON, SCIM_JSON


@check("rfc7644/3.8/scim-json", MUST, "An answer is application/scim+json.", needs=["User"])
def scim_json(scim: Scim) -> None:
    """It is what the client asks for in Accept."""
    user = scim.new_user()

    scim.get(user.path).must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/default",
    MUST,
    "Without Accept an answer is application/scim+json, too.",
    needs=["User"],
)
def default(scim: Scim) -> None:
    """No format is specified then, and this is the default."""
    user = scim.new_user()
    answer = scim.send("GET", user.path, headers={"Accept": None})

    answer.must.have_status(200)
    answer.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.8/json",
    SHOULD,
    "A client that accepts application/json is answered.",
    needs=["User"],
)
def plain_json(scim: Scim) -> None:
    """Many clients know no other type."""
    user = scim.new_user()
    answer = scim.send("GET", user.path, headers={"Accept": JSON})

    answer.must.have_status(200)
    answer.must.have("id", equal_to=user["id"])


@check(
    "rfc7644/3.8/charset",
    MUST,
    "A request may name its encoding: application/scim+json; charset=utf-8.",
    needs=["User"],
)
def charset(scim: Scim) -> None:
    """A parameter does not change the type."""
    answer = scim.send(
        "POST",
        scim.users,
        body=scim.smallest_user(),
        headers={"Content-Type": f"{SCIM_JSON}; charset=utf-8"},
    )

    answer.must.have_status(201)


@check(
    "rfc7644/3.8/utf-8",
    MUST,
    "Text in any script is kept, in UTF-8.",
    needs=["User", "User.displayName"],
)
def utf8(scim: Scim) -> None:
    """Names are not ASCII."""
    name = "žofie 山田 עדה 🦊"
    user = scim.new_user(displayName=name)

    scim.read(user)["displayName"].must.equal(name)


@check("rfc7644/3.12/malformed", MUST, "A body that is no JSON is refused.", needs=["User"])
def malformed(scim: Scim) -> None:
    """It is the client's mistake, so never a 5xx."""
    broken = encode(scim.smallest_user()).encode()[:-2]
    answer = scim.send("POST", scim.users, raw=broken)

    answer.must.be_refused()
    answer.must.be_error_message()


@check(
    "rfc7644/3.12/wrong-shape",
    MUST,
    "A body that is JSON but no object is refused.",
    needs=["User"],
)
def wrong_shape(scim: Scim) -> None:
    """It is the client's mistake, so never a 5xx."""
    for raw in (b"[]", b'"text"', b"null", b"1"):
        scim.send("POST", scim.users, raw=raw).must.be_refused()
