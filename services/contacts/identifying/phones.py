"""Normalises phone numbers with `phonenumbers`, after splitting the text that people write around them."""

import re
from collections.abc import Iterator
from unicodedata import normalize

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

_BETWEEN = re.compile(r"[/\\、;；,，|\n\r\t]+|(?:(?![转分机内线])[\u4e00-\u9fff])+|\bor\b", re.IGNORECASE)
"""Separators, and words that say whose number it is; words that introduce an extension are not separators."""
_EXTENSION = re.compile(
    r"(?<!\s)\s*(?:转分机|分机|内线|转|#|(?<![a-z])ext\.?|(?<![a-z])x)\s*\d{1,6}\D*$", re.IGNORECASE
)
_DESK = re.compile(r"((?:\d[\s()-]*){7,13}?)-\d{1,5}$")
_SPOILT = re.compile(r"\d[.,]\d+\s*e\s*\+?\d+", re.IGNORECASE)
_FLOAT = re.compile(r"\.0+$")
_HIDDEN = re.compile(r"[*×●○?_]|x{2,}|(?<=\d)x+(?=\d)", re.IGNORECASE)
_LONG = re.compile(r"(\+?\d[\d-]{9,15}\d)\s+(\+?\d[\d-]{9,15}\d)")
MIN_DIGITS, MAX_SEARCHED_CHARACTERS = 7, 500
"""Fewest digits of a number, and most characters of a text that is searched for numbers."""
HOTLINES = (
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
)
"""Kinds of number that belong to a company, never to a person."""


def phones(text: str, region: str, area_code: str = "") -> tuple[str, ...]:
    """The numbers in a text: national digits at home (13800138000, 01062345678), +1650… for other countries.

    An extension is dropped: people who share a line are distinguished by name.
    """
    plain = normalize("NFKC", text) if len(text) <= MAX_SEARCHED_CHARACTERS else ""
    if _SPOILT.search(plain):
        return ()
    return tuple(dict.fromkeys(number for part in _parts(plain) if (number := _number(part, region, area_code))))


def _parts(text: str) -> Iterator[str]:
    """Split a text into texts of one number each."""
    for part in _BETWEEN.split(text):
        two = _LONG.fullmatch(part.strip())
        yield from two.groups() if two else (part,)


def _number(text: str, region: str, area_code: str) -> str:
    """The normalised number of a text with one number; "" if it has none, is a hotline or is hidden in part."""
    without_fraction = _FLOAT.sub("", text.strip())
    if _HIDDEN.search(_EXTENSION.sub("", without_fraction)):
        return ""
    line = _EXTENSION.sub("", without_fraction)
    desk_less = _DESK.sub(r"\1", line)
    local = [f"{area_code}{part}" for part in (line, desk_less) if area_code and len(_digits(part)) >= MIN_DIGITS]
    for spelled in (line, desk_less, *local):
        try:
            number = phonenumbers.parse(spelled, region)
        except NumberParseException:
            continue
        kind = phonenumbers.number_type(number)
        if kind != PhoneNumberType.UNKNOWN:
            return "" if kind in HOTLINES else _written(number, region)
    digits = _digits(line)
    return digits if len(digits) >= MIN_DIGITS else ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _written(number: phonenumbers.PhoneNumber, region: str) -> str:
    if number.country_code != phonenumbers.country_code_for_region(region):
        return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    number.extension = None
    return _digits(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
