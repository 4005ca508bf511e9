"""The keywords of errors: RFC 7644 table 9."""

from typing import Final

SCIM_TYPES: Final = (
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
)
