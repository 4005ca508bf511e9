"""Functions on texts: case, parts, spaces, letters, encodings."""

import base64
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from provisioner.language.functions.registry import (
    Argument,
    EvaluationError,
    Evaluator,
    FunctionError,
    function,
    scalar,
    text_function,
    whole_number,
)
from provisioner.record import Attributes


@text_function("Append(source, suffix)")
def append(source: str, suffix: str) -> str:
    """Return the text with the suffix behind it."""
    return source + suffix


@text_function("ToLower(source, [culture])")
def to_lower(source: str, culture: str | None = None) -> str:
    """Return the text in lower case; Turkish and Azeri cultures keep their dotted i apart."""
    if _is_turkic(culture):
        source = source.replace("İ", "i").replace("I", "ı")
    return source.lower()


@text_function("ToUpper(source, [culture])")
def to_upper(source: str, culture: str | None = None) -> str:
    """Return the text in upper case; Turkish and Azeri cultures keep their dotted i apart."""
    if _is_turkic(culture):
        source = source.replace("i", "İ").replace("ı", "I")
    return source.upper()


def _is_turkic(culture: str | None) -> bool:
    return culture is not None and culture[:2].lower() in ("tr", "az")


@text_function("StripSpaces(source)")
def strip_spaces(source: str) -> str:
    """Return the text without any U+0020; other white space stays."""
    return source.replace(" ", "")


@text_function("Mid(source, start: number, length: number)")
def mid(source: str, start: int, length: int) -> str:
    """Return `length` characters from `start`, which counts from 1; past the end there is none."""
    if start < 1:
        raise EvaluationError(f"Mid counts characters from 1, not from {start}")
    return source[start - 1 : start - 1 + max(length, 0)]


@function("Left(String, NumChars)")
def left(arguments: Sequence[Argument]) -> Evaluator:
    """Return the first characters; Null gives "", a negative number the whole text."""
    source, count = (argument.evaluate for argument in arguments)

    def run(attributes: Attributes) -> str:
        text = scalar(source(attributes), "Left") or ""
        number = whole_number(scalar(count(attributes), "Left") or "0", "Left")
        return text if number < 0 else text[:number]

    return run


@function("Len(source)")
def length(arguments: Sequence[Argument]) -> Evaluator:
    """Return the number of characters; Null has 0."""
    source = arguments[0].evaluate
    return lambda attributes: str(len(scalar(source(attributes), "Len") or ""))


@function("Word(String, WordNumber, Delimiters)")
def word(arguments: Sequence[Argument]) -> Evaluator:
    """Return the WordNumber-th word, from 1, between any of the delimiters; "" if there is none."""
    source, number, delimiters = (argument.evaluate for argument in arguments)

    def run(attributes: Attributes) -> str:
        text = scalar(source(attributes), "Word") or ""
        wanted = whole_number(scalar(number(attributes), "Word") or "0", "Word")
        words = _words(text, scalar(delimiters(attributes), "Word") or "")
        return words[wanted - 1] if 1 <= wanted <= len(words) else ""

    return run


def _words(text: str, delimiters: str) -> list[str]:
    if len(delimiters) != 1:
        text = text.translate(dict.fromkeys(map(ord, delimiters), "\0"))
        delimiters = "\0"
    return [part for part in text.split(delimiters) if part]


@text_function("PCase(source, [wordSeparators])")
def p_case(source: str, separators: str | None = None) -> str:
    """Return the text with a capital at the start of each word and small letters elsewhere.

    Without `wordSeparators` a word ends at white space, punctuation and symbols, except an
    apostrophe; with it, at those characters alone.
    """
    letters, fresh = [], True
    for letter in source.lower():
        if separators is None:
            letters.append(letter.title() if fresh and letter.isalpha() else letter)
            fresh = _ends_word(letter) or (fresh and not letter.isalpha())
        else:
            letters.append(letter.title() if fresh else letter)
            fresh = letter in separators
    return "".join(letters)


@lru_cache(maxsize=4096)
def _ends_word(letter: str) -> bool:
    return letter != "'" and (
        letter.isspace() or unicodedata.category(letter)[0] in "ZPS" or letter < " "
    )


# Letters that Unicode does not take apart into a plain letter and a mark. The first line is in
# Entra's table; đ, ð, þ and a bare œ are not, and are spelt as passports spell them.
_WHOLE = {"æ": "ae", "ø": "oe", "ß": "ss", "ł": "l", "ı": "i"}
_WHOLE |= {"œ": "oe", "đ": "d", "ð": "d", "þ": "th"}
_MARKS = re.compile("(?<=[A-Za-z])[\u0300-\u036f]+")


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    decomposed = unicodedata.normalize("NFD", letter)
    base = decomposed[0]
    if base.lower() in _WHOLE:
        plain = _WHOLE[base.lower()]
        return plain if base.islower() else plain.upper()
    return base if base.isascii() and base.isalpha() else letter


@text_function("NormalizeDiacritics(source)")
def normalize_diacritics(source: str) -> str:
    """Return the text with Latin letters freed of their marks (ö to o, ø to oe, ß to ss).

    Letters of other scripts stay as they are: there, a mark is part of the letter.
    """
    if source.isascii():
        return source
    return _MARKS.sub("", "".join(map(_plain, source)))


@text_function("ConvertToBase64(source)")
def convert_to_base64(source: str) -> str:
    """Return the Base64 of the text's UTF-16LE bytes."""
    return base64.b64encode(source.encode("utf-16-le")).decode("ascii")


@text_function("ConvertToUTF8Hex(source)")
def convert_to_utf8_hex(source: str) -> str:
    """Return the text's UTF-8 bytes as hexadecimal digits."""
    return source.encode().hex().upper()


_COMPARE_TYPES = {"vbtextcompare": True, "vbbinarycompare": False, "1": True, "0": False}


@function("InStr(value1, value2, [start], [compareType])")
def in_str(arguments: Sequence[Argument]) -> Evaluator:
    """Return where value2 begins in value1, from 1; 0 if it does not occur.

    `compareType` is vbTextCompare (ignores case) or vbBinaryCompare, the default.
    """
    ignore_case = False
    if len(arguments) == 4 and arguments[3].given:
        named = (arguments[3].constant or "").lower()
        if named not in _COMPARE_TYPES:
            raise FunctionError("compareType is vbTextCompare or vbBinaryCompare")
        ignore_case = _COMPARE_TYPES[named]
    evaluators = [argument.evaluate for argument in arguments[:3]]

    def run(attributes: Attributes) -> str | None:
        texts = [scalar(evaluate(attributes), "InStr") for evaluate in evaluators]
        if texts[0] is None or texts[1] is None:
            return None
        start = whole_number(texts[2], "InStr") if len(texts) == 3 and texts[2] else 1
        if start < 1:
            raise EvaluationError(f"InStr counts characters from 1, not from {start}")
        found, wanted = (text.lower() if ignore_case else text for text in (texts[0], texts[1]))
        return str(found.find(wanted, start - 1) + 1)

    return run
