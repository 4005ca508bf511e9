"""Versions of resources, and requests that depend on them (RFC 7644 §3.14, RFC 9110 §13).

Versions are weak ETags, as in the RFC's examples. If-Match is compared weakly too, against RFC
9110: SCIM's own examples send weak tags in it, and by the strong comparison none would ever match.
"""

import re
from dataclasses import dataclass
from typing import Final

from scim_protocol.errors import PreconditionFailed

_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def format_version(version: int) -> str:
    """Return the ETag of a version, such as W/"3"."""
    return f'W/"{version}"'


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The headers If-Match and If-None-Match of a request."""

    if_match: str | None = None
    if_none_match: str | None = None

    def require(self, version: int) -> None:
        """Refuse a change of a resource that is not in the state the client takes it to be in.

        :raises PreconditionFailed: the version is not among those of If-Match, or is one of
            If-None-Match.
        """
        if self.if_match is not None and not _names(self.if_match, version):
            raise PreconditionFailed(f"The resource is at version {format_version(version)}.")
        if self.if_none_match is not None and _names(self.if_none_match, version):
            raise PreconditionFailed(f"The resource is at version {format_version(version)}.")

    def not_modified(self, version: int) -> bool:
        """Tell whether a reading client has this version already (304).

        :raises PreconditionFailed: the version is not among those of If-Match.
        """
        if self.if_match is not None and not _names(self.if_match, version):
            raise PreconditionFailed(f"The resource is at version {format_version(version)}.")
        return self.if_none_match is not None and _names(self.if_none_match, version)


def _names(header: str, version: int) -> bool:
    """Tell whether a list of tags holds a version; `*` holds any, what is no list none."""
    if header.strip() == "*":
        return True
    tags = [_TAG.fullmatch(one.strip()) for one in header.split(",") if one.strip()]
    return str(version) in [tag[1] if tag else None for tag in tags] and all(tags)
