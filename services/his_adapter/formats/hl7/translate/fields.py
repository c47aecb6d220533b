"""Read single fields: codes, amounts, names, phones, e-mail addresses."""

import re
from collections.abc import Iterator
from decimal import Decimal

from services.his_adapter.formats.common.naming import eastern
from services.his_adapter.formats.hl7.message import Broken, Field, Hl7Message, Segment
from shared.contracts.facts import Coded

NET = ("NET", "INTERNET")
"""XTN-2 and XTN-3 of an e-mail address (tables 0201, 0202)."""
MACHINES = ("FX", "MD", "BP")
"""XTN-3 (table 0202) of fax, modem and beeper, which cannot be called."""
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?", re.ASCII)


def coded(segment: Segment, field: int, otherwise: str = "", system: str = "") -> Coded:
    """Return a CWE as code, text and coding system; its alternate (components 4 to 6) if the first is empty.

    `otherwise` and `system` are used if the field has no text or no coding system.
    """
    component = 1 if segment.get(field, 1) or segment.get(field, 2) else 4
    label = segment.get(field, component + 1) or otherwise
    return Coded(
        code=text(segment.get(field, component)), text=text(label), system=segment.get(field, component + 2) or system
    )


def diagnosis(dg1: Segment) -> Coded:
    """Return the diagnosis in DG1-3, its text else from DG1-4 and its coding system else from DG1-2."""
    return coded(dg1, 3, dg1.get(4), dg1.get(2) or "I10")


def entity(segment: Segment | None, field: int) -> str:
    """Return an EI (identifier and assigning authority) as one string; "" if it is empty."""
    parts = [segment.get(field, part) for part in (1, 2, 3)] if segment else [""]
    return "\x1f".join(parts).rstrip("\x1f") if parts[0] else ""


def amount(segment: Segment, field: int) -> Decimal | None:
    """Return a number (NM); None if the field is empty. Raises `Broken` if it is not a number."""
    number = segment.get(field)
    if number and not _NUMBER.fullmatch(number):
        raise Broken(f"{segment.name}-{field} is no amount (digits, at most one point)", segment.name, field)
    return Decimal(number) if number else None


def text(value: str) -> str | None:
    """Return the value of a field; None if it is empty."""
    return value or None


def joined(family: str, given: str) -> str:
    """Join a name: family name first without a blank for East Asian names, else given name first.

    If the family name component holds a whole East Asian name, a repetition or transcription in `given` is dropped.
    """
    if eastern(family) and len(family) > 1 and (given == family or (given and given.isascii())):
        return family
    return f"{family}{given}" if eastern(family + given) else " ".join(filter(None, (given, family)))


def name_of(pid: Segment) -> str | None:
    """Return PID-5 as one name; None if it is empty."""
    return text(joined(pid.get(5, 1), pid.get(5, 2)))


def phone_of(xtn: Field) -> str:
    """Return the phone number in XTN-1, else XTN-12, XTN-6 and 7 (its parts since version 2.3), or XTN-9; else ""."""
    candidates = (xtn.get(1), xtn.get(12), "".join(xtn.get(part) for part in (6, 7)), xtn.get(9))
    return "" if xtn.get(3).upper() in MACHINES else next(filter(_is_phone, candidates), "")


def _is_phone(text: str) -> bool:
    return "@" not in text and sum(sign.isdigit() for sign in text) >= 5


def phones_of(pid: Segment) -> tuple[str, ...] | None:
    """Return the phone numbers of PID-13 and PID-14; None if there are none."""
    numbers = [phone_of(xtn) for field in (13, 14) for xtn in pid.repetitions(field)]
    return tuple(dict.fromkeys(filter(None, numbers))) or None


def email_of(pid: Segment) -> str | None:
    """Return the first e-mail address in PID-13 or PID-14 (XTN-4, else XTN-1)."""
    candidates = (xtn.get(part) for field in (13, 14) for xtn in pid.repetitions(field) for part in (4, 1))
    return next((address for address in candidates if "@" in address), None)


def cleared_of(pid: Segment) -> set[str]:
    """Return which of `phones` and `email` PID-13 and PID-14 delete without naming a new value."""
    cleared = set[str]()
    for xtn in (xtn for field in (13, 14) for xtn in pid.repetitions(field)):
        net = not {xtn.get(2).upper(), xtn.get(3).upper()}.isdisjoint(NET)
        if xtn.clears(4) or (net and xtn.clears(1)):
            cleared.add("email")
        elif any(map(xtn.clears, (1, 12))) and xtn.get(3).upper() not in MACHINES:
            cleared.add("phones")
    return cleared - {name for name, value in (("phones", phones_of(pid)), ("email", email_of(pid))) if value}


def following(message: Hl7Message, head: str, others: tuple[str, ...]) -> Iterator[list[Segment]]:
    """Yield groups of segments: each `head` with the `others` that follow it. Segments before the first are dropped."""
    group: list[Segment] = []
    for segment in message.every():
        if segment.name == head:
            if group:
                yield group
            group = [segment]
        elif group and segment.name in others:
            group.append(segment)
    if group:
        yield group
