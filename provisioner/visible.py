"""Text of the source or the target as a terminal may show it: nothing in it steers the screen."""

from typing import Final

_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0))
_LINES: Final = (0x2028, 0x2029)
_DIRECTIONS: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES: Final = range(0xD800, 0xE000)
_SHOWN: Final = {
    code: chr(code).encode("unicode_escape").decode()
    for code in (*_CONTROLS, *_LINES, *_DIRECTIONS, *_SURROGATES)
}


def visible(text: str) -> str:
    """Return the text with each character written out that a terminal would obey, not show."""
    return text.translate(_SHOWN)


def visible_lines(text: str) -> str:
    """Return a message of several lines the same way; its line ends stay."""
    return "\n".join(map(visible, text.split("\n")))
