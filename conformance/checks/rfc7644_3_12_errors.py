"""RFC 7644 §3.12: the form of errors, and their statuses."""

from collections.abc import Iterator

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.material.keywords import SCIM_TYPES
from conformance.material.operations import replace
from conformance.scim import Scim
from scim_protocol.urns import SCIM_JSON


@check(
    "rfc7644/3.12/message",
    MUST,
    "An error has its schema and its status as a string.",
    needs=["User"],
    catches=[
        "error-404-in-another-form",
        "error-status-is-another",
        "error-status-missing",
        "error-wrapped",
    ],
)
def message(scim: Scim) -> None:
    """ "404", not 404: clients of typed languages fail on a number."""
    missing = scim.get(f"{scim.users}/{scim.name()}")
    missing.given.have_status(404)

    missing.must.be_error_message()


@check(
    "rfc7644/3.12/of-each",
    MUST,
    "Errors of every method have that form.",
    needs=["User"],
    catches=["error-409-in-another-form"],
)
def of_each(scim: Scim) -> None:
    """What is not there, what is taken, what is malformed: each at the root of the body."""
    for answer in _errors(scim):
        answer.must.be_refused()
        answer.must.be_error_message()


@check(
    "rfc7644/3.12/media-type",
    MUST,
    "An error is application/scim+json.",
    needs=["User"],
    catches=[
        "error-401-as-plain-json",
        "error-as-html",
        "error-as-plain-json",
        "error-as-text",
    ],
)
def media_type(scim: Scim) -> None:
    """An HTML page tells a client nothing."""
    for answer in _errors(scim):
        answer.given.have_status(400, 404, 409)
        answer.must.have_media_type(SCIM_JSON)
    refused = scim.send("GET", scim.users, authorization=f"Bearer {scim.name()}")
    if refused.status == 401:
        refused.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.12/detail",
    MUST,
    "`detail` is text, where there is any.",
    needs=["User"],
    catches=["error-detail-is-a-list", "error-detail-is-an-object"],
)
def detail(scim: Scim) -> None:
    """It is for people; a list or an object in it breaks clients."""
    for answer in _errors(scim):
        if told := answer.body.get("detail"):
            told.must.match("a string", lambda text: True)


@check(
    "rfc7644/3.12/unauthorized",
    MUST,
    "A 401 has the form of a SCIM error, too.",
    needs=["User"],
    catches=[
        "error-401-in-another-form",
        "error-listed",
        "error-schemas-is-text",
        "error-schemas-missing",
        "error-status-is-a-number",
    ],
)
def unauthorized(scim: Scim) -> None:
    """The sign-in in front of an endpoint often answers in a form of its own."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    for header in (None, f"Bearer {scim.name()}"):
        refused = scim.send("GET", scim.users, authorization=header)
        refused.given.have_status(401)
        refused.must.be_error_message()


@check(
    "rfc7644/3.12/unknown-endpoint",
    SHOULD,
    "An endpoint that does not exist is answered 404.",
    catches=["error-unknown-path-is-200"],
)
def unknown_endpoint(scim: Scim) -> None:
    """In the form of a SCIM error, whatever the method."""
    for method in ("GET", "POST"):
        body = scim.smallest_user() if method == "POST" else None
        missing = scim.send(method, f"/{scim.name()}", body=body)
        missing.must.have_status(404)
        missing.must.be_error_message()


@check(
    "rfc7644/3.12/keywords",
    MUST,
    "scimType is one of the keywords, where it is given.",
    needs=["User"],
    catches=["error-bare-array", "error-unknown-keyword"],
)
def keywords(scim: Scim) -> None:
    """Of table 9, or left out: clients choose by it what to do."""
    for answer in _errors(scim):
        if keyword := answer.body.get("scimType"):
            keyword.must.be_one_of(*SCIM_TYPES)


@check(
    "rfc7644/3.12/malformed-keyword",
    SHOULD,
    "A body that is no JSON is invalidSyntax, where it has a keyword.",
    needs=["User"],
    catches=["error-malformed-is-invalid-value"],
)
def malformed_keyword(scim: Scim) -> None:
    """Table 9: it is the structure that is wrong; there is no value yet."""
    answer = scim.send("POST", scim.users, raw=b'{"userName": ')
    answer.given.have_status(400)

    answer.must.be_error(400, None, "invalidSyntax")


@check(
    "rfc7644/3.12/required",
    MUST,
    "What is missing is invalidValue, not something else.",
    needs=["User"],
    catches=["error-empty", "error-malformed-is-422", "error-required-is-mutability"],
)
def required(scim: Scim) -> None:
    """Table 9: a required value was missing; `invalidSyntax` says that of the schema, too."""
    body = scim.smallest_user()
    del body["userName"]
    refused = scim.post(scim.users, body)
    scim.skip_unless(not refused.ok, "prerequisite: the endpoint takes a user without userName")

    refused.must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7644/3.12/not-found",
    MUST,
    "What does not exist is 404, whatever is asked of it.",
    needs=["User"],
    catches=["error-404-of-put-makes"],
)
def not_found(scim: Scim) -> None:
    """A user that never was: GET, PUT, DELETE."""
    path = f"{scim.users}/{scim.name()}"
    for answer in (scim.get(path), scim.put(path, scim.smallest_user()), scim.delete(path)):
        answer.must.have_status(404)


@check(
    "rfc7644/3.12/not-found-keyword",
    SHOULD,
    "A 404 has no scimType.",
    needs=["User"],
    catches=["error-keyword-of-404"],
)
def not_found_keyword(scim: Scim) -> None:
    """Table 9 has its keywords for a 400; a client that knows them is misled."""
    answer = scim.get(f"{scim.users}/{scim.name()}")
    answer.given.have_status(404)

    answer.must.lack("scimType")


@check(
    "rfc7644/3.12/not-found-patch",
    MUST,
    "A PATCH of what does not exist is 404.",
    needs=["patch", "User", "User.displayName"],
    catches=["error-404-is-400", "error-404-is-410", "error-404-of-patch-is-204"],
)
def not_found_patch(scim: Scim) -> None:
    """And makes nothing."""
    path = f"{scim.users}/{scim.name()}"

    scim.patch(path, replace("displayName", "x")).must.have_status(404)
    scim.get(path).must.have_status(404)


@check(
    "rfc7644/3.12/other-type",
    MUST,
    "An id is found at its own type alone.",
    needs=["User", "Group"],
    catches=[
        "error-404-is-500",
        "error-404-of-get-is-200",
        "error-user-deleted-as-group",
        "error-user-found-as-group",
    ],
)
def other_type(scim: Scim) -> None:
    """A user is no group: it is neither read nor deleted as one, nor the reverse."""
    user, group = scim.new_user(), scim.new_group()
    for path in (f"{scim.groups}/{user.id}", f"{scim.users}/{group.id}"):
        scim.get(path).must.have_status(404)
        scim.delete(path).must.have_status(404)
    scim.get(user.path).must.have_status(200)
    scim.get(group.path).must.have_status(200)


@check(
    "rfc7644/3.2/methods",
    SHOULD,
    "What a path does not take is refused.",
    needs=["User"],
    catches=["error-other-methods-succeed", "error-post-to-a-user"],
)
def methods(scim: Scim) -> None:
    """PUT, PATCH and DELETE are of one resource, POST is of their type: no success otherwise."""
    user = scim.new_user()
    body = scim.smallest_user()
    for method, path, sent in (
        ("PUT", scim.users, body),
        ("PATCH", scim.users, {"Operations": []}),
        ("DELETE", scim.users, None),
        ("POST", user.path, body),
    ):
        answer = scim.send(method, path, body=sent)
        refused = 400 <= answer.status < 500 or answer.status == 501
        scim.require(refused, "404, 405 or 501", answer.summary)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.2/allow",
    SHOULD,
    "A 405 says in Allow what its path does take.",
    needs=["User"],
    catches=["error-405-without-allow"],
)
def allow(scim: Scim) -> None:
    """RFC 7231 §6.5.5 asks it of every 405."""
    answer = scim.send("DELETE", scim.users)
    scim.skip_unless(answer.status == 405, f"it is answered {answer.status}")

    answer.must.have_header("Allow")


def _errors(scim: Scim) -> Iterator[Answer]:
    """Provoke the errors that every endpoint has."""
    nobody = f"{scim.users}/{scim.name()}"
    taken = scim.new_user()
    yield scim.get(nobody)
    yield scim.put(nobody, scim.smallest_user())
    yield scim.delete(nobody)
    yield scim.send("POST", scim.users, raw=b'{"userName": ')
    yield scim.post(scim.users, scim.smallest_user(userName=str(taken["userName"])))
