"""Recognises placeholders: words, numbers and dates that identify nobody (`placeholders.yaml`)."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.contacts.identifying.names import words_of, written

_MIRRORED = re.compile(r"(\d)\1*", re.ASCII)
_BEFORE = re.compile(r"(?:00)?86(?=\d{11}$)|0(?:10|2\d|[3-9]\d\d)(?=\d{7,8}$)", re.ASCII)
"""A country or area code, which a system may put before a placeholder too."""
_FILLER = re.compile(r"1\d\d(\d)\1{7}", re.ASCII)
OLDEST = timedelta(days=130 * 366)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("placeholders.yaml").read_text(encoding="utf-8"))
    return {
        "words": frozenset(map(written, table["words"])),
        "names": re.compile("|".join(f"(?:{one})" for one in table["names"])),
        "hidden": re.compile(table["names"][0]),
        "latin": frozenset(table["latin"]),
        "beside": frozenset(table["beside"]),
        "phones": frozenset(table["phones"]),
        "birth_dates": frozenset(map(date.fromisoformat, table["birth_dates"])),
        "emails": re.compile("|".join(f"(?:{one})" for one in table["emails"])),
    }


def no_name(name: str, also: Iterable[str] = ()) -> bool:
    """Whether a name is a placeholder, or does not name one person. `also`: placeholders of this hospital."""
    table, text = _table(), written(name)
    if text in table["words"] or text in map(written, also):
        return True
    words = set(words_of(name))
    is_newborn = table["latin"] & words and text.isascii()
    only_fillers = words and words <= table["words"] | table["beside"]
    return bool(is_newborn or only_fillers or table["names"].fullmatch(text) or table["hidden"].search(text))


def no_number(number: str, also: Iterable[str] = ()) -> bool:
    """Whether a record number is a word, a placeholder or hidden in part."""
    text = number.strip()
    alike = len(text) > 3 and bool(_MIRRORED.fullmatch(text))
    word = written(text) in _table()["words"] or written(text) in map(written, also)
    return not text or alike or word or "*" in text or "＊" in text


def no_phone(number: str, also: Iterable[str] = ()) -> bool:
    """Whether a number, as `phones` writes it, is a placeholder."""
    bare = _BEFORE.sub("", number)
    alike = _MIRRORED.fullmatch(number) or _MIRRORED.fullmatch(bare) or _FILLER.fullmatch(number)
    return bool(alike) or not {number, bare}.isdisjoint({*_table()["phones"], *also})


def no_birth(born: date, today: date) -> bool:
    """Whether a birth date is a system's default or impossible for a living person."""
    return born in _table()["birth_dates"] or born > today + timedelta(days=1) or today - born > OLDEST


def no_email(address: str) -> bool:
    """Whether an address, in lower case, is a placeholder."""
    return "@" not in address or bool(_table()["emails"].fullmatch(address)) or "*" in address
