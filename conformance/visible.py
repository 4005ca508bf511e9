"""Texts of an endpoint as they may be shown: what a terminal would obey is written out."""

import re

_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, by which a terminal is steered
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # that turn the direction of writing
    "\u2028\u2029\ufeff\ud800-\udfff]"  # ends of lines, a byte order mark, halves of characters
)


def visible(text: str, *, keep: str = "") -> str:
    """Return a text in which such a character reads like `\\x1b`.

    :param keep: characters that stay as they are, such as the ends of lines.
    """
    return _OBEYED.sub(lambda found: found[0] if found[0] in keep else _written(found[0]), text)


def quoted(word: str) -> str:
    """Quote a word that holds such characters for bash, zsh or ksh, byte by byte."""
    plain = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_OBEYED.sub(lambda found: _bytes(found[0]), plain)}'"


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _bytes(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
