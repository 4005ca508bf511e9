"""Filters read wrongly (RFC 7644 §3.4.2.2)."""

import re

from scim_server.testing.defects.bending import (
    filtering,
    outside,
    refusing,
    sub,
)
from scim_server.testing.defects.mechanism import Breakage, defect

_URN = r"urn:ietf:params:scim:schemas:core:2\.0:User:"


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"filter-{name}", "filter", what)(breakage)


for _right, _wrong, _what in (
    ("eq", "co", "`eq` finds what contains the value."),
    ("eq", "sw", "`eq` finds what starts with the value."),
    ("ne", "eq", "`ne` finds what is identical."),
    ("co", "eq", "`co` finds only what is identical."),
    ("co", "sw", "`co` finds only what starts with the text."),
    ("co", "ew", "`co` finds only what ends with the text."),
    ("sw", "co", "`sw` finds a text anywhere."),
    ("sw", "eq", "`sw` finds only what is identical."),
    ("ew", "co", "`ew` finds a text anywhere."),
    ("ew", "sw", "`ew` looks at the start."),
    ("gt", "ge", "`gt` finds what is equal."),
    ("gt", "lt", "`gt` finds what is less."),
    ("ge", "gt", "`ge` does not find what is equal."),
    ("lt", "le", "`lt` finds what is equal."),
    ("lt", "gt", "`lt` finds what is greater."),
    ("le", "lt", "`le` does not find what is equal."),
):
    _define(f"{_right}-as-{_wrong}", _what, filtering(sub(rf" {_right} ", f" {_wrong} ")))

_define("ignored", "Filters are ignored: everything comes.", filtering(lambda _: None))
_define("finds-nothing", "No filter finds anything.", filtering(lambda _: 'id eq "-"'))
_define("pr-always", "`pr` finds everything.", filtering(sub(r"[\w.:-]+ pr\b", "id pr")))
_define(
    "pr-of-complex-never",
    "`pr` finds no complex attribute.",
    filtering(sub(r"\b(name|emails) pr\b", 'id eq "-"')),
)
_define("and-as-or", "`and` needs one side alone.", filtering(sub(" and ", " or ")))
_define("or-as-and", "`or` needs both sides.", filtering(sub(" or ", " and ")))
_define(
    "cut-after-and",
    "What follows the first `and` is dropped.",
    filtering(lambda text: re.split(r" and (?![^\"]*\"(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text)[0]),
)
_define(
    "first-part-dropped",
    "What precedes the last `and` is dropped.",
    filtering(lambda text: text.rpartition(" and ")[2] if "(" not in text else text),
)
_define(
    "cut-after-or",
    "What follows the first `or` is dropped.",
    filtering(lambda text: text.partition(" or ")[0] if "(" not in text else text),
)
_define("not-ignored", "`not` is left out.", filtering(sub(r"\bnot ?(?=\()", "")))
_define(
    "not-of-all-that-follows",
    "`not` covers what follows its brackets.",
    filtering(lambda text: re.sub(r"^not \((.*?)\) and (.*)$", r"not ((\1) and \2)", text)),
)
_define(
    "not-refused",
    "`not` is refused.",
    refusing(lambda text: outside(text, str).lower().startswith("not") or " not (" in text),
)
_define(
    "not-without-space-refused",
    "`not(` needs a space.",
    refusing(lambda text: re.search(r"\bnot\(", text)),
)
_define(
    "double-not-as-one",
    "`not (not (…))` is `not (…)`.",
    filtering(lambda text: text.replace("not (not (", "not ((")),
)
_define(
    "brackets-ignored",
    "( and ) are left out.",
    filtering(lambda text: text if "not" in text else outside(text, _without_brackets)),
)
_define(
    "nested-brackets-refused",
    "Brackets in brackets are refused.",
    refusing(lambda text: re.search(r"\([^()]*\(", re.sub(r'"[^"]*"', "", text))),
)


def _without_brackets(text: str) -> str:
    return text.replace("(", "").replace(")", "")


def _or_first(text: str) -> str:
    """Group what `or` joins before `and`."""
    if "(" in text or "[" in text:
        return text
    return " and ".join(f"({part})" for part in text.split(" and "))


def _from_the_left(text: str) -> str:
    """Group from the left, as if `and` and `or` bound alike."""
    if "(" in text or "[" in text:
        return text
    first, *rest = re.split(r" (and|or) ", text)
    for word, part in zip(rest[::2], rest[1::2], strict=True):
        first = f"({first}) {word} {part}"
    return first


_define("or-before-and", "`or` binds more tightly than `and`.", filtering(_or_first))
_define("left-to-right", "`and` and `or` bind alike, from the left.", filtering(_from_the_left))
_define(
    "third-condition-dropped",
    "Only two conditions are read.",
    filtering(lambda text: _cut(text, 2)),
)


def _cut(text: str, most: int) -> str:
    if "(" in text or "[" in text:
        return text
    words = re.split(r"( and | or )", text)
    return "".join(words[: 2 * most - 1])


_define(
    "upper-case-operators-refused",
    "EQ, PR and the others are refused in capitals.",
    refusing(lambda text: re.search(r" (EQ|Eq|PR|CO|SW|EW)\b", re.sub(r'"[^"]*"', "", text))),
)
_define(
    "upper-case-and-or-drop-the-rest",
    "What follows AND or OR in capitals is dropped.",
    filtering(lambda text: re.split(r" (?:AND|OR|And) ", text)[0]),
)
_define(
    "names-are-case-sensitive",
    "An attribute in another case finds nothing.",
    filtering(
        lambda text: 'id eq "-"' if re.search(r"\b(USERNAME|username|Username)\b", text) else text
    ),
)
_define(
    "urn-refused",
    "Names with a URN are refused.",
    refusing(lambda text: re.search(_URN, text, re.IGNORECASE)),
)
_define(
    "urn-is-case-sensitive",
    "A URN in capitals finds nothing.",
    filtering(lambda text: 'id eq "-"' if "URN:IETF" in text else text),
)
_define(
    "urn-with-dots-misread",
    "A sub-attribute after a URN is taken for another attribute.",
    filtering(lambda text: re.sub(_URN + r"name\.givenName", "name.familyName", text)),
)
_define(
    "extension-finds-nothing",
    "Attributes of extensions are never found.",
    filtering(sub(r"urn:ietf:params:scim:schemas:extension:\S+ (\w\w)", r"userName.x \1")),
)
_define(
    "extension-ignored",
    "Conditions on extensions are true of everybody.",
    filtering(
        lambda text: re.sub(
            r'urn:ietf:params:scim:schemas:extension:\S+ (\w\w "[^"]*"|pr)', "id pr", text
        )
    ),
)
_define(
    "family-name-as-given-name",
    "name.familyName is read as name.givenName.",
    filtering(sub(r"name\.familyName", "name.givenName")),
)
_define(
    "sub-attribute-ignored",
    "emails.type is read as emails.value.",
    filtering(sub(r"emails\.type", "emails.value")),
)
_define(
    "boolean-false-as-true",
    "`eq false` finds what is true.",
    filtering(sub(r"active eq false", "active eq true")),
)
_define(
    "boolean-is-presence",
    "A boolean is only asked whether it is there.",
    filtering(sub(r"active eq (true|false)", "active pr")),
)
_define(
    "boolean-order-taken",
    "`active gt true` is taken.",
    filtering(sub(r"active (gt|ge|lt|le) true", "active eq true")),
)
_define(
    "dates-ignored",
    "Conditions on dates are true of everything.",
    filtering(lambda text: re.sub(r'meta\.\w+ (gt|ge|lt|le) "[^"]*"', "id pr", text)),
)
_define(
    "zones-ignored",
    "The zone of a date is not read.",
    filtering(lambda text: re.sub(r'(meta\.\w+ \w\w "[^"]*?)[+-]\d\d:\d\d"', r'\1Z"', text)),
)
_define(
    "date-ge-excludes-equal",
    "`ge` of a date does not find the date itself.",
    filtering(sub(r"(meta\.created) ge", r"\1 gt")),
)
_define(
    "by-id-finds-nothing",
    "`id` cannot be filtered by.",
    filtering(sub(r"\bid eq", "displayName eq")),
)
_define(
    "external-id-ignored",
    "A filter by externalId finds everybody.",
    filtering(lambda text: None if text.startswith("externalId") else text),
)
_define(
    "resource-type-ignored",
    "meta.resourceType matches everything.",
    filtering(lambda text: re.sub(r'meta\.resourceType eq "[^"]*"', "id pr", text)),
)
_define(
    "schemas-ignored",
    "`schemas` matches everything.",
    filtering(lambda text: re.sub(r'schemas eq "[^"]*"', "id pr", text)),
)
_define(
    "value-path-as-two-conditions",
    "Conditions in [ ] may be met by two values.",
    filtering(
        lambda text: re.sub(
            r"emails\[(\w+) (.*?) and (\w+) (.*?)\]", r"(emails.\1 \2 and emails.\3 \4)", text
        )
    ),
)
_define(
    "value-path-first-condition-only",
    "Of the conditions in [ ] only the first is read.",
    filtering(lambda text: re.sub(r"(emails\[.*?) (?:and|or) [^\]]*\]", r"\1]", text)),
)
_define(
    "value-path-ends-the-filter",
    "What follows [ ] is dropped.",
    filtering(lambda text: re.sub(r"(emails\[[^\]]*\]) and .*?(\)?)$", r"\1\2", text)),
)
_define(
    "value-path-is-presence",
    "`emails[…]` is `emails pr`.",
    filtering(lambda text: re.sub(r"emails\[[^\]]*\]", "emails pr", text)),
)
_define(
    "words-in-quotes-split",
    "`and` in quotes ends a condition.",
    refusing(lambda text: re.search(r'"[^"]* (and|or) [^"]*"', text) and "displayName" in text),
)
_define(
    "brackets-in-quotes-count",
    "A bracket in quotes counts as one.",
    refusing(lambda text: re.search(r'displayName eq "[^"]*\([^"]*"', text)),
)
_define(
    "unicode-escapes-as-text",
    r"\u00e9 in a value is six letters.",
    filtering(lambda text: text.replace("\\u", "\\\\u")),
)
_define(
    "quote-escapes-as-text",
    "A quote after a backslash ends the value.",
    refusing(lambda text: '\\"' in text),
)
_define(
    "beyond-ascii-refused",
    "Letters beyond ASCII are refused.",
    refusing(lambda text: not text.isascii()),
)
_define(
    "unknown-attribute-ignored",
    "A condition on an unknown attribute is left out.",
    filtering(
        lambda text: re.sub(r'(noSuchAttribute|name\.noSuch)( pr| eq "[^"]*")', "id pr", text)
    ),
)
_define(
    "unknown-urn-ignored",
    "An unknown URN before a name is left out.",
    filtering(lambda text: text.replace("urn:example:x:", "")),
)
_define("groups-ignored", "Groups are not filtered.", filtering(lambda _: None, path="/Groups"))
_define(
    "groups-eq-as-sw",
    "`eq` of a group's name finds what starts so.",
    filtering(sub(" eq ", " sw "), path="/Groups"),
)
