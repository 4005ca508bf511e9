"""Tokens and client secrets as they are given out, and the hashes that are kept of them."""

import hashlib
import secrets
from typing import Final

# So that a scanner of repositories and logs knows one when it sees one.
TOKEN: Final = "scim_"
CLIENT_SECRET: Final = "scim_cs_"


def new_secret(prefix: str) -> str:
    """Return a new secret of 256 random bits: it cannot be guessed, so a plain hash hides it."""
    return prefix + secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """Return the hash under which a secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
