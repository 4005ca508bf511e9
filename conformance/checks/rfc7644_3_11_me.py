"""RFC 7644 §3.11: /Me, the resource of whoever asks. It is only read: it is not ours to change."""

from urllib.parse import urlsplit

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim
from scim_protocol.urns import ME


@check(
    "rfc7644/3.11/location",
    MUST,
    "An answer of /Me tells where the resource really is.",
    catches=["me-located-at-me", "me-without-location"],
)
def location(scim: Scim) -> None:
    """In the Location header: its permanent place, which is that of its meta.location."""
    answer = _own(scim)
    answer.must.have_header("Location")
    scim.require(
        not urlsplit(answer.location).path.endswith(ME),
        "the permanent location, not /Me itself",
        answer.location,
    )
    if answer.document and "meta" in answer.document and (own := answer["meta"].get("location")):
        answer.must.have_header("Location", equal_to=own)


@check(
    "rfc7644/3.11/resource",
    MUST,
    "/Me is the resource that its Location names.",
    catches=["me-is-a-list"],
)
def resource(scim: Scim) -> None:
    """One resource, not a list, with the same id in both places."""
    answer = _own(scim)
    answer.must.lack("Resources")

    scim.follow(answer.location).must.have("id", equal_to=answer["id"])


@check(
    "rfc7644/3.11/redirect",
    MUST,
    "A redirect of /Me says where it leads.",
    catches=["me-leads-nowhere"],
)
def redirect(scim: Scim) -> None:
    """308 has a Location, and the user is there; one that can be followed has been."""
    answer = scim.get(ME)
    if not 300 <= answer.status < 400:
        return

    scim.require(answer.status == 308, "status 308", answer.summary)
    answer.must.have_header("Location")


@check("rfc7644/3.11/unsupported", SHOULD, "An endpoint without /Me answers 501.")
def unsupported(scim: Scim) -> None:
    """So that a client can tell that from a user who does not exist. 308 and 200 are as good."""
    answer = scim.get(ME)
    known = answer.ok or answer.status in (308, 403) or _is_about_a_user(answer)

    scim.require(known or answer.status == 501, "status 501, 308 or 200", answer.summary)


@check(
    "rfc7644/3.11/error",
    MUST,
    "A refusal of /Me is a SCIM error.",
    catches=["me-is-500", "me-refused-in-a-form-of-its-own"],
)
def error(scim: Scim) -> None:
    """It has the form of §3.12, and of 5xx it is 501 alone."""
    answer = scim.get(ME)
    scim.skip_unless(answer.status >= 400, "the endpoint has /Me")

    scim.require(answer.status < 500 or answer.status == 501, "501, or a 4xx", answer.summary)
    answer.must.be_error_message()


def _own(scim: Scim) -> Answer:
    answer = scim.get(ME)
    scim.skip_unless(answer.status == 200, f"the endpoint answers /Me with {answer.status}")
    scim.skip_unless(urlsplit(answer.url).path.endswith(ME), "the endpoint redirects /Me")
    return answer


def _is_about_a_user(answer: Answer) -> bool:
    """Whether a 404 is about the user that the token stands for, not about /Me."""
    return answer.status == 404 and answer.document is not None and "status" in answer.document
