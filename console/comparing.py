"""Compares records of people side by side, for those who decide whether they are one human."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from careloop_client.contacts.models import Identity

Mark = Literal["", "agrees", "differs", "contradicts"]
MARKS: tuple[Mark, ...] = ("agrees", "differs", "contradicts")
FIELDS = ("name", "born", "sex", "phones", "email", "address")
HARD = frozenset({"name", "born", "sex", "national-id"})
"""What one human has once: another value contradicts. Of the others somebody may have several."""
PHONE_DIGITS = 11
"""Digits by which two phones are the same: a mobile number without the code of the country."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a side says, and whether that is what the first side says; "" if either says nothing."""

    value: str
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One of `FIELDS`, or a number under its system; a cell for each side."""

    field: str
    cells: tuple[Cell, ...]

    @property
    def is_number(self) -> bool:
        """Whether `field` is the system of a number."""
        return self.field not in FIELDS


def compared(sides: Sequence[Identity]) -> list[Row]:
    """A row for each field and number that any side has. Every side is compared with the first."""
    described = [_described(side) for side in sides]
    fields = dict.fromkeys([*FIELDS, *(field for side in described for field in side)])
    return [
        Row(field, _cells(field, [side.get(field, ()) for side in described]))
        for field in fields
        if _any(field, described)
    ]


def _any(field: str, described: Iterable[dict[str, tuple[str, ...]]]) -> bool:
    return any(side.get(field) for side in described)


def _cells(field: str, values: Sequence[tuple[str, ...]]) -> tuple[Cell, ...]:
    first = values[0]
    return tuple(Cell(", ".join(each), _mark(field, first, each) if at else "") for at, each in enumerate(values))


def _mark(field: str, one: Sequence[str], other: Sequence[str]) -> Mark:
    if not one or not other:
        return ""
    if {_plain(each) for each in one} & {_plain(each) for each in other}:
        return "agrees"
    return "contradicts" if field in HARD else "differs"


def _plain(value: str) -> str:
    """A value as it is compared: a phone by its last digits, anything else without blanks and case."""
    if re.fullmatch(r"[+\d\s()-]{7,}", value) and (digits := re.sub(r"\D", "", value)):
        return digits[-PHONE_DIGITS:]
    return re.sub(r"\s", "", value).casefold()


def _described(side: Identity) -> dict[str, tuple[str, ...]]:
    """Field or system of a number → what the side says."""
    numbers: dict[str, tuple[str, ...]] = {}
    for each in side.identifiers:
        if each.value and each.value not in numbers.get(each.system, ()):
            numbers[each.system] = (*numbers.get(each.system, ()), each.value)
    phones = tuple(dict.fromkeys((*(side.phones or ()), *numbers.pop("phone", ()))))
    said = {
        "name": side.name,
        "born": str(side.birth_date or side.birth_year or ""),
        "sex": side.sex,
        "email": side.email,
        "address": side.address,
    }
    return {**{name: (value,) for name, value in said.items() if value}, "phones": phones, **numbers}
