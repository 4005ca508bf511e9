"""The nearest valid name to a wrong one, for messages."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(wrong: str, valid: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest of `valid`, or else the list of them."""
    names = sorted(valid)
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(wrong.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    if 0 < len(names) <= 12:
        return f"; valid are {', '.join(names)}"
    return ""
