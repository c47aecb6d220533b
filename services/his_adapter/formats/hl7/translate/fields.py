"""What single fields say: codes, numbers, names, phones."""

import re
from collections.abc import Iterator
from decimal import Decimal

from services.his_adapter.formats.common.naming import eastern
from services.his_adapter.formats.hl7.message import Broken, Field, Message, Segment
from shared.contracts.facts import Coded

NET = ("NET", "INTERNET")
"""XTN-2 and XTN-3 of an address (tables 0201, 0202)."""
MACHINES = ("FX", "MD", "BP")
"""XTN-3, table 0202: fax, modem and beeper ring nobody."""
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?", re.ASCII)


def coded(segment: Segment, field: int, otherwise: str = "", system: str = "") -> Coded:
    """A CWE as a code with its text; its alternate where the first is empty."""
    at = 1 if segment.get(field, 1) or segment.get(field, 2) else 4
    what = segment.get(field, at + 1) or otherwise
    return Coded(code=text(segment.get(field, at)), text=text(what), system=segment.get(field, at + 2) or system)


def diagnosis(dg1: Segment) -> Coded:
    """DG1-3, or its text in DG1-4; DG1-2 names the system where the code does not."""
    return coded(dg1, 3, dg1.get(4), dg1.get(2) or "I10")


def entity(segment: Segment | None, field: int) -> str:
    """An EI as one word: a number with who gave it; "" where there is none."""
    parts = [segment.get(field, part) for part in (1, 2, 3)] if segment else [""]
    return "\x1f".join(parts).rstrip("\x1f") if parts[0] else ""


def amount(segment: Segment, field: int) -> Decimal | None:
    """A number (NM); None where there is none. Raises `Broken` for what is no number."""
    said = segment.get(field)
    if said and not _NUMBER.fullmatch(said):
        raise Broken(f"{segment.name}-{field} is no amount (digits, at most one point)", segment.name, field)
    return Decimal(said) if said else None


def text(found: str) -> str | None:
    """What a field says; None where it says nothing."""
    return found or None


def joined(family: str, given: str) -> str:
    """Family name first and without a blank in East Asia, given name first elsewhere.

    What stands beside a whole Chinese name is its spelling in Latin letters, or the same again.
    """
    if eastern(family) and len(family) > 1 and (given == family or (given and given.isascii())):
        return family
    return f"{family}{given}" if eastern(family + given) else " ".join(filter(None, (given, family)))


def name_of(pid: Segment) -> str | None:
    """PID-5 as people say it."""
    return text(joined(pid.get(5, 1), pid.get(5, 2)))


def phone_of(xtn: Field) -> str:
    """XTN-1, else XTN-12, XTN-6 and 7 (a number's only parts since version 2.3), or XTN-9; "" where none is one."""
    told = (xtn.get(1), xtn.get(12), "".join(xtn.get(part) for part in (6, 7)), xtn.get(9))
    return "" if xtn.get(3).upper() in MACHINES else next(filter(_is_phone, told), "")


def _is_phone(text: str) -> bool:
    return "@" not in text and sum(sign.isdigit() for sign in text) >= 5


def phones_of(pid: Segment) -> tuple[str, ...] | None:
    """The phones of PID-13 and PID-14."""
    numbers = [phone_of(xtn) for field in (13, 14) for xtn in pid.repetitions(field)]
    return tuple(dict.fromkeys(filter(None, numbers))) or None


def email_of(pid: Segment) -> str | None:
    """XTN-4, or XTN-1 where it holds an address."""
    told = (xtn.get(part) for field in (13, 14) for xtn in pid.repetitions(field) for part in (4, 1))
    return next((address for address in told if "@" in address), None)


def cleared_of(pid: Segment) -> set[str]:
    """Which of phones and e-mail a part of PID-13 or PID-14 deletes, where no other is said."""
    gone = set[str]()
    for xtn in (xtn for field in (13, 14) for xtn in pid.repetitions(field)):
        net = not {xtn.get(2).upper(), xtn.get(3).upper()}.isdisjoint(NET)
        if xtn.clears(4) or (net and xtn.clears(1)):
            gone.add("email")
        elif any(map(xtn.clears, (1, 12))) and xtn.get(3).upper() not in MACHINES:
            gone.add("phones")
    return gone - {name for name, said in (("phones", phones_of(pid)), ("email", email_of(pid))) if said}


def following(message: Message, head: str, others: tuple[str, ...]) -> Iterator[list[Segment]]:
    """Groups of segments that begin with `head` and go on with `others`; what stands before the first is left out."""
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
