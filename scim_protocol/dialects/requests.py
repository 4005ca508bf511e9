"""Dialects of what surrounds a body: the path of a request and its headers."""

import re
from typing import Final

from scim_protocol import urns
from scim_protocol.dialects.kinds import Noted, Spoken, note
from scim_protocol.etag import Preconditions

EXTRA_SLASHES: Final = "extra-slashes"
METHOD_IN_ANY_CASE: Final = "method-in-any-case"
UNQUOTED_TAG: Final = "unquoted-tag"
UNTYPED_BODY: Final = "untyped-body"

_SLASHES: Final = re.compile("//+")
_BARE_TAG: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]+")


def relax_path(path: str, noted: Noted | None, spoken: Spoken) -> str:
    """Return a request's path with no slash doubled, and none at its end."""
    plain = _SLASHES.sub("/", path).rstrip("/") or "/"
    if EXTRA_SLASHES not in spoken:
        return path
    note(EXTRA_SLASHES, plain != path, noted)
    return plain


def relax_method(method: str, noted: Noted | None, spoken: Spoken) -> str:
    """Return the method of a bulk operation in capitals."""
    if METHOD_IN_ANY_CASE not in spoken:
        return method
    note(METHOD_IN_ANY_CASE, method != method.upper(), noted)
    return method.upper()


def relax_media_type(media_type: str, noted: Noted | None, spoken: Spoken) -> str:
    """Return the media type of a body, SCIM's for one that came without."""
    if media_type or UNTYPED_BODY not in spoken:
        return media_type
    note(UNTYPED_BODY, True, noted)
    return urns.SCIM_JSON


def relax_preconditions(
    preconditions: Preconditions, noted: Noted | None, spoken: Spoken
) -> Preconditions:
    """Put the tags of If-Match and If-None-Match in the quotes that they came without."""
    if UNQUOTED_TAG not in spoken:
        return preconditions
    quoted = Preconditions(
        _quoted(preconditions.if_match),
        _quoted(preconditions.if_none_match),
    )
    note(UNQUOTED_TAG, quoted != preconditions, noted)
    return quoted


def _quoted(header: str | None) -> str | None:
    tag = "" if header is None else header.strip()
    return f'"{tag}"' if tag != "*" and _BARE_TAG.fullmatch(tag) else header
