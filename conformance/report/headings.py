"""How sections are called in what people read."""

from conformance.check import Check
from conformance.profiles.step import Step


def heading(check: Check) -> str:
    """Return the section of a check as a reader knows it: RFC 7644 §3.3, or a provider's name."""
    if isinstance(check, Step):
        return f"Profile {check.profile}: {check.title}"
    rfc, _, number = check.section.partition("/")
    return f"RFC {rfc[3:]} §{number}"
