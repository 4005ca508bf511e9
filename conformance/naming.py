"""Hints at the name that was probably meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint at the nearest of some names, or nothing."""
    near = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.5)
    return f"; the nearest is {near[0]}" if near else ""
