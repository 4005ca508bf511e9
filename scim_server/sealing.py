"""Text that only this server can write and read, for clients to keep: cursors, access tokens.

What is sealed is `seal | text`: the seal is a MAC of the text (HMAC-SHA256), and also what the
stream that hides the text begins from (SHAKE256 with the key before it).
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

_SEAL: Final = 16
# The longest is of a place in texts of which the store takes 1,000 characters.
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{22,16384}")


class Broken(Exception):
    """The text was not sealed with this key."""


def derived_key(secret: bytes, purpose: bytes) -> bytes:
    """Return the key for one purpose."""
    return hmac.digest(secret, purpose, "sha256")


def sealed(key: bytes, text: bytes) -> str:
    """Seal a text; of the same text it is always the same."""
    seal = derived_key(key, text)[:_SEAL]
    return _encode(seal + _mask(key, seal, text))


def opened(key: bytes, given: str) -> bytes:
    """Return the text that was sealed.

    :raises Broken: it was not, or with another key.
    """
    data = _decode(given)
    seal = data[:_SEAL]
    text = _mask(key, seal, data[_SEAL:])
    if not hmac.compare_digest(seal, derived_key(key, text)[:_SEAL]):
        raise Broken
    return text


def _mask(key: bytes, seal: bytes, text: bytes) -> bytes:
    """Hide a text, or show what was hidden."""
    stream = hashlib.shake_256(key + seal).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(given: str) -> bytes:
    if not _FORM.fullmatch(given) or len(given) % 4 == 1:
        raise Broken
    data = urlsafe_b64decode(given + "=" * (-len(given) % 4))
    # The last character may have bits that no byte takes: one text has one spelling.
    if _encode(data) != given:
        raise Broken
    return data
