"""Secrets of resources, such as a user's password: kept as argon2 hashes only (RFC 7643 §4.1.1).

A resource is worked on with the hash in the secret's place: a change of the resource that leaves
the hash where it was has not touched the secret.
"""

from collections.abc import Iterable

import orjson
from argon2 import PasswordHasher

from scim_protocol.resource import Resource

_HASHER = PasswordHasher()


def hashed(secret: str) -> str:
    """Return the argon2 hash of a secret, with a salt of its own."""
    return _HASHER.hash(secret)


def with_hashes(document: Resource, stored: str | None) -> Resource:
    """Return the document with the hashes of its secrets in their places."""
    return document | orjson.loads(stored) if stored else document


def take_secrets(resource: Resource, names: Iterable[str], stored: str | None) -> str | None:
    """Take the secrets out of a resource; return the hashes to store, those kept among them."""
    known = orjson.loads(stored) if stored else {}
    hashes: dict[str, str] = {}
    for name in names:
        secret = resource.pop(name, None)
        if secret is not None:
            hashes[name] = secret if secret == known.get(name) else hashed(secret)
    return orjson.dumps(hashes).decode() if hashes else None
