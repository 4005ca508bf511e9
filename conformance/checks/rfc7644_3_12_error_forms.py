"""RFC 7644 §3.12: whatever is refused is refused in the form of a SCIM error."""

from collections.abc import Iterator

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.material.keywords import SCIM_TYPES
from conformance.material.operations import remove, replace
from conformance.scim import Scim
from scim_protocol.urns import RESOURCE_TYPES, SCHEMAS, SCIM_JSON, SEARCH

_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@check(
    "rfc7644/3.12/of-queries",
    MUST,
    "A query that is refused is answered with a SCIM error.",
    needs=["User", "filter"],
    catches=["error-of-filters-as-text", "error-of-filters-in-another-form"],
)
def of_queries(scim: Scim) -> None:
    """A filter that is none, in the URL and in a search."""
    search = {"schemas": [_SEARCH_REQUEST], "filter": "userName eq"}
    _all_in_form(
        scim.get(scim.users, filter="userName eq"),
        scim.get(scim.users, filter="((("),
        scim.get(scim.users, filter='userName xx "x"'),
        scim.post(f"{scim.users}{SEARCH}", search),
    )


@check(
    "rfc7644/3.12/of-patches",
    MUST,
    "A PATCH that is refused is answered with a SCIM error.",
    needs=["patch", "User"],
    catches=["error-of-patches-as-text", "error-of-patches-in-another-form"],
)
def of_patches(scim: Scim) -> None:
    """A path that is none, a target that is not there, what may not be changed, no JSON."""
    user = scim.new_user()
    changes = (
        replace("emails[", "x"),
        replace('emails[type eq "none"].value', "x"),
        replace("id", "x"),
        remove("userName"),
        {"op": "move", "path": "userName"},
    )
    _all_in_form(*[scim.patch(user.path, change) for change in changes])
    _all_in_form(
        scim.send("PATCH", user.path, raw=b"{"),
        scim.patch(f"{scim.users}/{scim.name()}", replace("userName", "x")),
    )


@check(
    "rfc7644/3.12/of-values",
    MUST,
    "A value that is refused is answered with a SCIM error.",
    needs=["User"],
    catches=["error-of-values-in-another-form"],
)
def of_values(scim: Scim) -> None:
    """Missing, or of a wrong type: in a creation and in a replacement."""
    user = scim.new_user()
    nameless = scim.smallest_user()
    del nameless["userName"]
    wrong = scim.smallest_user() | {"userName": {"x": "y"}}
    bodies: tuple[object, ...] = (nameless, wrong, {}, [])
    for body in bodies:
        _all_in_form(scim.post(scim.users, body), scim.put(user.path, body))


@check(
    "rfc7644/3.12/of-groups",
    MUST,
    "What is refused of groups is answered with a SCIM error.",
    needs=["Group"],
    catches=["error-of-groups-in-another-form"],
)
def of_groups(scim: Scim) -> None:
    """Neither there, nor complete, nor JSON."""
    nobody = f"{scim.groups}/{scim.name()}"
    nameless = scim.smallest_group()
    nameless.pop("displayName", None)
    _all_in_form(
        scim.get(nobody),
        scim.put(nobody, scim.smallest_group()),
        scim.delete(nobody),
        scim.post(scim.groups, nameless),
        scim.send("POST", scim.groups, raw=b"{"),
    )


@check(
    "rfc7644/3.12/of-discovery",
    MUST,
    "A schema or type that nobody has is answered with a SCIM error.",
    catches=["error-of-discovery-in-another-form"],
)
def of_discovery(scim: Scim) -> None:
    """As a user whom nobody has."""
    _all_in_form(
        scim.get(f"{SCHEMAS}/urn:example:{scim.name()}"),
        scim.get(f"{RESOURCE_TYPES}/{scim.name()}"),
    )


@check(
    "rfc7644/3.12/of-methods",
    SHOULD,
    "A method that is refused is answered with a SCIM error.",
    needs=["User"],
    catches=["error-405-as-html", "error-405-without-body"],
)
def of_methods(scim: Scim) -> None:
    """The program that serves an endpoint often answers 405 in a form of its own."""
    for method, path in (("DELETE", scim.users), ("PUT", scim.users), ("POST", SCHEMAS)):
        body = None if method == "DELETE" else scim.smallest_user()
        _all_in_form(scim.send(method, path, body=body))


@check(
    "rfc7644/3.12/other-keywords",
    MUST,
    "No refusal has a scimType that the RFC does not know.",
    needs=["User"],
    catches=["error-keyword-of-401", "error-keyword-of-changes-unknown"],
)
def other_keywords(scim: Scim) -> None:
    """Of credentials, of types, of what may not be changed: one of table 9, or none."""
    user = scim.new_user()
    for answer in (
        scim.send("GET", scim.users, authorization=f"Bearer {scim.name()}"),
        scim.patch(user.path, replace("id", "x")),
        scim.patch(user.path, replace("userName", {"x": "y"})),
        scim.post(scim.users, scim.smallest_user() | {"userName": ["x"]}),
    ):
        keyword = None if answer.ok else (answer.document or {}).get("scimType")
        if keyword is not None:
            answer["scimType"].must.be_one_of(*SCIM_TYPES)


def _all_in_form(*answers: Answer) -> None:
    for answer in _refusals(*answers):
        answer.must.be_error_message()
        answer.must.have_media_type(SCIM_JSON)


def _refusals(*answers: Answer) -> Iterator[Answer]:
    """Leave out what was done: an endpoint may be lenient, and other checks judge that."""
    return (answer for answer in answers if 400 <= answer.status < 500)
