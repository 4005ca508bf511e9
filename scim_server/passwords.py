"""Secrets of resources, such as a user's password: kept as argon2 hashes only (RFC 7643 §4.1.1).

A resource is worked on with the hash in the secret's place: a change of the resource that leaves
the hash where it was has not touched the secret.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import Final

import orjson
from argon2 import PasswordHasher

from scim_protocol.resource import Resource

# Argon2id with 19 MiB and two passes is what OWASP asks at the least: directories send a password
# with every creation, and nobody logs in here. At most two at once, so that a burst of creations
# takes neither all the memory nor all the processors from those who read.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)
_NONE: Final[Mapping[str, str]] = {}


def hashed(secret: str) -> str:
    """Return the argon2 hash of a secret, with a salt of its own."""
    with _AT_ONCE:
        return _HASHER.hash(secret)


def with_hashes(document: Resource, stored: str | None) -> Resource:
    """Return the document with the hashes of its secrets in their places."""
    return document | orjson.loads(stored) if stored else document


def take_secrets(
    resource: Resource,
    names: Iterable[str],
    stored: str | None,
    ready: Mapping[str, str] = _NONE,
) -> str | None:
    """Take the secrets out of a resource; return the hashes to store, those kept among them.

    :param ready: hashes that were made before, by secret: so that nobody waits for them in line.
    """
    known = orjson.loads(stored) if stored else {}
    hashes: dict[str, str] = {}
    for name in names:
        secret = resource.pop(name, None)
        if secret is not None:
            kept = secret == known.get(name)
            hashes[name] = secret if kept else ready.get(secret) or hashed(secret)
    return orjson.dumps(hashes).decode() if hashes else None
