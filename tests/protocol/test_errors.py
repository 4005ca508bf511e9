"""Errors: what is answered, and what a client makes of an answer (RFC 7644 §3.12)."""

from typing import Any

import pytest

from scim_protocol import errors, urns
from scim_protocol.errors import ScimError, error_from

# RFC 7644 tables 8 and 9, RFC 9865 §4.
TABLE = [
    (errors.BadRequest, 400, None),
    (errors.InvalidFilter, 400, "invalidFilter"),
    (errors.TooMany, 400, "tooMany"),
    (errors.Mutability, 400, "mutability"),
    (errors.InvalidSyntax, 400, "invalidSyntax"),
    (errors.InvalidPath, 400, "invalidPath"),
    (errors.NoTarget, 400, "noTarget"),
    (errors.InvalidValue, 400, "invalidValue"),
    (errors.InvalidVersion, 400, "invalidVers"),
    (errors.Sensitive, 400, "sensitive"),
    (errors.InvalidCursor, 400, "invalidCursor"),
    (errors.ExpiredCursor, 400, "expiredCursor"),
    (errors.InvalidCount, 400, "invalidCount"),
    (errors.Unauthorized, 401, None),
    (errors.Forbidden, 403, None),
    (errors.NotFound, 404, None),
    (errors.MethodNotAllowed, 405, None),
    (errors.Conflict, 409, None),
    (errors.Uniqueness, 409, "uniqueness"),
    (errors.PreconditionFailed, 412, None),
    (errors.PayloadTooLarge, 413, None),
    (errors.UnsupportedMediaType, 415, None),
    (errors.InternalError, 500, None),
    (errors.NotImplementedByServer, 501, None),
]


@pytest.mark.parametrize(("kind", "status", "scim_type"), TABLE)
def test_an_error_is_answered_with_its_status_and_type(
    kind: type[ScimError], status: int, scim_type: str | None
) -> None:
    body = kind("Because.").to_json()

    assert status == kind().status
    assert [urns.ERROR] == body.pop("schemas")
    assert scim_type == body.pop("scimType", None)
    assert {"status": str(status), "detail": "Because."} == body


@pytest.mark.parametrize(("kind", "status", "scim_type"), TABLE)
def test_an_answer_gives_the_error_it_was_made_of(
    kind: type[ScimError], status: int, scim_type: str | None
) -> None:
    found = error_from(status, kind("Because.").to_json())

    assert kind is type(found)
    assert (status, scim_type, "Because.") == (found.status, found.scim_type, found.detail)


@pytest.mark.parametrize(("kind", "status", "scim_type"), TABLE)
def test_an_error_without_detail_says_what_it_is(
    kind: type[ScimError], status: int, scim_type: str | None
) -> None:
    assert kind.title == kind().detail == str(kind())
    assert kind.title.endswith(".")


@pytest.mark.parametrize(
    "body",
    [None, "<html>", b"", [], {}, {"detail": None}, {"detail": ["x"]}, {"detail": ""},
     {"scimType": 5}, {"scimType": ["uniqueness"]}, {"error": {"detail": "x"}}],
)  # fmt: skip
def test_whatever_the_body_the_status_gives_the_error(body: Any) -> None:
    found = error_from(404, body)

    assert errors.NotFound is type(found)
    assert errors.NotFound.title == found.detail


def test_an_unknown_status_is_kept() -> None:
    found = error_from(429, {"detail": "Slow down."})

    assert ScimError is type(found)
    assert (429, None, "Slow down.") == (found.status, found.scim_type, found.detail)


def test_the_http_status_wins_over_the_one_in_the_body() -> None:
    assert 403 == error_from(403, {"status": "400", "scimType": "invalidValue"}).status


def test_a_type_at_an_unusual_status_is_kept_as_it_came() -> None:
    found = error_from(400, {"scimType": "uniqueness", "detail": "x"})

    assert errors.BadRequest is type(found)
    assert "uniqueness" == found.to_json()["scimType"]


def test_an_unknown_type_is_kept_as_it_came() -> None:
    found = error_from(409, {"scimType": "somethingElse"})

    assert (errors.Conflict, "somethingElse") == (type(found), found.scim_type)


def test_a_kept_type_stays_with_its_own_error() -> None:
    error_from(409, {"scimType": "somethingElse"})

    assert errors.Conflict().scim_type is None


def test_every_error_is_in_the_table() -> None:
    def below(kind: type[ScimError]) -> set[type[ScimError]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    own = {kind for kind in below(ScimError) if kind.__module__ == ScimError.__module__}

    assert {kind for kind, _, _ in TABLE} == own - {ScimError}
