"""From an HTTP answer to a resource, or to the error that it stands for."""

import re
from typing import Any

import orjson

from scim_client.clock import Clock
from scim_client.errors import Busy, NotScim, ScimError
from scim_client.hiding import hide
from scim_client.transport import Answer, Request
from scim_client.waiting import TOO_MANY_REQUESTS, UNAVAILABLE, retry_after
from scim_protocol.errors import error_from

Resource = dict[str, Any]

WORDS = 120  # how much of an answer's text a message repeats
BOM = b"\xef\xbb\xbf"
TAGS = re.compile(rb"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
UNAUTHORIZED = 401


class _NotJson:
    """The mark of a body that is not JSON, as JSON's own null is a value."""


NOT_JSON = _NotJson()


def check(request: Request, answer: Answer, clock: Clock) -> None:
    """Raise the error that an answer stands for, unless it is a success (RFC 7644 §3.12).

    An error page in HTML is not an answer of the SCIM endpoint: a proxy's 404 must not pass for
    "there is no such user". Only a 401 means the same whoever says it.
    """
    if 200 <= answer.status < 300:
        return
    body = _decode(answer)
    detail = _detail(body, answer.secrets)
    if answer.status in (TOO_MANY_REQUESTS, UNAVAILABLE):
        raise _with_note(request, Busy(answer.status, detail, retry_after(answer, clock)))
    if body is NOT_JSON and answer.body.strip() and answer.status != UNAUTHORIZED:
        raise not_scim(request, answer, "an answer that is not SCIM")
    if 300 <= answer.status < 400:
        raise not_scim(request, answer, "a redirection that leads nowhere")
    message = {**(body if isinstance(body, dict) else {}), "detail": detail}
    raise _with_note(request, error_from(answer.status, message))


def parse(request: Request, answer: Answer) -> Resource | None:
    """Return the JSON object of a success, or None where it has no body."""
    if answer.status == 204 or not answer.body.strip():
        return None
    body = _decode(answer)
    if not isinstance(body, dict):
        raise not_scim(request, answer, "an answer that is not a JSON object")
    return body


def with_version(resource: Resource, answer: Answer) -> Resource:
    """Put the ETag of the headers where RFC 7643 §3.1 has it, if the server did not."""
    etag = answer.headers.get("ETag")
    meta = resource.get("meta", {})
    if etag and isinstance(meta, dict) and "version" not in meta:
        return {**resource, "meta": {**meta, "version": etag}}
    return resource


def words_of(answer: Answer) -> str:
    """Return what the body of an answer says, for a message: its detail, or its first words."""
    return _detail(_decode(answer), answer.secrets) or first_words(answer.body, answer.secrets)


def not_scim(request: Request, answer: Answer, what: str) -> NotScim:
    """Say what came instead of SCIM: the status, the content type and the first words."""
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    words = first_words(answer.body, answer.secrets)
    said = f' that says "{words}"' if words else ""
    return NotScim(
        f"{request}: {what}: status {answer.status},"
        f" {content_type or 'no content type'}{said}; check the base URL",
        status=answer.status,
        content_type=content_type,
        words=words,
    )


def _decode(answer: Answer) -> object:
    try:
        return orjson.loads(answer.body.removeprefix(BOM))
    except orjson.JSONDecodeError:
        return NOT_JSON


def _detail(body: object, secrets: tuple[str, ...]) -> str | None:
    """Return the server's own words, wherever it has put them, without our credentials."""
    if not isinstance(body, dict):
        return hide(body, secrets) if isinstance(body, str) and body else None
    detail = body.get("detail")
    if isinstance(detail, str) and detail:
        return hide(detail, secrets)
    rest = {key: value for key, value in body.items() if key not in ("schemas", "status", "detail")}
    return first_words(orjson.dumps(rest), secrets) if rest.keys() - {"scimType"} else None


def first_words(body: bytes, secrets: tuple[str, ...] = ()) -> str:
    """Return the beginning of a text for a message: without markup, and without our credentials."""
    text = TAGS.sub(b" ", body[: 100 * WORDS]).decode("utf-8", "replace")
    text = hide(text, secrets)
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    words = " ".join(printable.split())
    return words if len(words) <= WORDS else words[:WORDS].rsplit(" ", 1)[0] + " ..."


def _with_note(request: Request, error: ScimError) -> ScimError:
    error.add_note(str(request))
    return error
