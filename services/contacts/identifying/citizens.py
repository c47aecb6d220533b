"""Chinese citizen numbers (GB 11643): 18 digits with a check digit, or the 15 digits in use before 1999."""

import re
from datetime import date
from unicodedata import normalize

_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[1-9]\d{5}(\d{4})(\d\d)(\d\d)\d{3}[\dX]", re.ASCII)
_BETWEEN = re.compile(r"[\s-]")
LEFT_OUT = frozenset((8, 10))
"""Lengths of other documents that have digits only (permits of residents of Taiwan)."""


def written(number: str) -> str:
    """The number without blanks, in capitals and half width."""
    return _BETWEEN.sub("", normalize("NFKC", number)).upper()


def citizen(number: str, today: date) -> str | None:
    """The 18 digits of a valid number; "" if it cannot be valid; None if it is another kind of document."""
    text = written(number)
    if len(text) == 15 and text.isascii() and text.isdigit():
        text = f"{text[:6]}19{text[6:]}"
        return _valid(text + check(text), today)
    if len(text) == 18:
        return _valid(text, today)
    digits = text.removesuffix("X")
    return None if not digits.isdigit() or len(text) in LEFT_OUT else ""


def check(first: str) -> str:
    """The check digit for the first 17 digits."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11]


def _valid(text: str, today: date) -> str:
    """The number if its shape, birth date and check digit are valid, else ""."""
    shape = _SHAPE.fullmatch(text)
    if not shape or check(text[:17]) != text[17]:
        return ""
    try:
        born = date(int(shape[1]), int(shape[2]), int(shape[3]))
    except ValueError:
        return ""
    return text if date(1850, 1, 1) < born <= today else ""
