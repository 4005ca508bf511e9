"""Keeps credentials out of messages: a server, or a proxy, may repeat what it was sent."""

import base64
import binascii
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "(hidden)"
SHORTEST: Final = 4  # characters; what is shorter is in every other word


def secrets_of(authorization: str | None) -> tuple[str, ...]:
    """Return what of an Authorization value must not be shown, the longest first."""
    if not authorization:
        return ()
    scheme, _, credentials = authorization.partition(" ")
    found = {credentials.strip() or scheme}
    if scheme.lower() == "basic":
        found |= _password(credentials)
    return worth_hiding(found)


def worth_hiding(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the secrets that are long enough to be told from words, the longest first."""
    return tuple(sorted((each for each in secrets if len(each) >= SHORTEST), key=len, reverse=True))


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _password(credentials: str) -> set[str]:
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return set()
    return {pair, pair.partition(":")[2]}
