"""One message about one patient, with what every translation needs: times, numbers, the patient, the visit."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from services.his_adapter.definitions import Site
from services.his_adapter.hl7.message import Broken, Field, Message, Segment
from shared.contracts.facts import Coded, Details, Identifier, Visit
from shared.ids import identifier_key

SEX = {"M": "male", "F": "female", "O": "other", "A": "other", "U": "unknown", "N": "unknown"}
CLASSES = {"I": "inpatient", "O": "outpatient", "E": "emergency"}
NUMBERS = (3, 2, 4)
"""Where PID holds the patient's number; 2 and 4 are of versions before 2.5."""
CLEARED = '""'
_TIME = re.compile(r"(\d{4})-?(\d\d)?-?(\d\d)?[T ]?(\d\d)?:?(\d\d)?:?(\d\d)?\d*(?:\.\d*)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)

_SLASHED = re.compile(r"(\d\d)/(\d\d)/(\d{4})(.*)", re.ASCII)


class Context:
    """A message as it concerns one patient. Everything raises `Broken` with the place of what it cannot read."""

    def __init__(self, site_key: bytes, site: Site, message_id: str, historical: bool, message: Message) -> None:
        self.site, self.m = site, message
        self._key, self._message_id, self._historical = site_key, message_id, historical

    def head(self, pid: Segment | None = None) -> dict[str, Any]:
        """What every fact carries."""
        patient = self.patient(pid or self.m.first("PID"))
        return {
            "at": self.when(),
            "patient_key": patient.identifiers[0].key,
            "patient": patient,
            "message_id": self._message_id,
            "control_id": self.m.get("MSH-10"),
            "source_system": "/".join(filter(None, (self.m.get("MSH-3"), self.m.get("MSH-4")))),
            "historical": self._historical,
        }

    def when(self) -> datetime:
        """The version clock: EVN-2, else MSH-7; EVN-6 never orders events."""
        for path in ("EVN-2", "MSH-7"):
            if text := self.m.get(path):
                segment, _, field = path.partition("-")
                return self.time(text, segment, int(field))
        raise Broken("neither EVN-2 nor MSH-7 says when this happened", "MSH", 7)

    def time(self, text: str, segment: str, field: int) -> datetime:
        """An HL7 DTM, or the ISO 8601 some systems send; in the site's zone where it has no offset."""
        slashed = _SLASHED.fullmatch(text.strip()) if self.site.dates != "hl7" else None
        if slashed:
            first, second, year, rest = slashed.groups()
            monthday = f"{first}{second}" if self.site.dates == "month-first" else f"{second}{first}"
            text = f"{year}{monthday}{rest}"
        found = _TIME.fullmatch(text.strip())
        try:
            if found is None:
                raise ValueError("no time")
            *parts, offset = found.groups()
            year, month, day, hour, minute, second = (int(part or 0) for part in parts)
            local = datetime(year, month or 1, day or 1, hour, minute, second)  # noqa: DTZ001 the zone follows
            if not 1900 <= local.year <= 2200:
                raise ValueError("a year no patient lived in")
            zone = ZoneInfo(self.site.zone)
            return local.replace(tzinfo=datetime.strptime(offset, "%z").tzinfo if offset else zone)
        except ValueError as error:
            hint = "; for dates with slashes set `dates` of the site" if "/" in text else ""
            raise Broken(f"{segment}-{field} is no HL7 time (YYYYMMDDHHMMSS[+ZZZZ]){hint}", segment, field) from error

    def maybe_time(self, text: str) -> datetime | None:
        """A time where it can be read: for what is good to know and must not stop a message."""
        try:
            return self.time(text, "", 0) if text and text != CLEARED else None
        except Broken:
            return None

    def key(self, kind: str, *parts: str) -> str:
        """The name of something under the site key: an order, a report, a visit."""
        return identifier_key(self._key, f"{kind}:{self.site.authority}", "/".join(parts))

    def patient(self, pid: Segment) -> Details:
        """PID as details."""
        identifiers = next(filter(None, (self.numbers(pid, field) for field in NUMBERS)), ())
        if not identifiers:
            raise Broken("PID-3 holds no patient number", "PID", 3)
        cleared = [name for name, field in (("name", 5), ("phones", 13), ("address", 11)) if pid.raw(field) == CLEARED]
        told = Details(
            identifiers=identifiers,
            name=_name(pid),
            birth_date=self._birth(pid.get(7)),
            sex=SEX.get(pid.get(8).upper()),
            phones=_phones(pid),
            email=next((xtn.get(4) for xtn in pid.repetitions(13) if "@" in xtn.get(4)), None),
            address=text(", ".join(filter(None, (pid.get(11, part) for part in (1, 3, 4, 5))))),
            language=text(pid.get(15).lower()[:2]),
            cleared=tuple(cleared),
        )
        local = ((name, text(self.m.get(path))) for name, path in self.site.local.items())
        said: dict[str, Any] = {name: (value,) if name == "phones" else value for name, value in local if value}
        return told.model_copy(update=said)

    def numbers(self, segment: Segment, field: int) -> tuple[Identifier, ...]:
        """The patient numbers (CX) in a field."""
        found = [self._identifier(cx) for cx in segment.repetitions(field) if cx.get(1) not in ("", CLEARED)]
        return tuple({identifier.key: identifier for identifier in found}.values())

    def _identifier(self, cx: Field) -> Identifier:
        kind = cx.get(5) or "MR"
        theirs = cx.get(4) or cx.get(4, 2)
        authority = self.site.authorities.get(theirs, theirs) or self.site.authority
        system = f"MRN:{authority}" if kind in ("MR", "PI", "PT") else f"{kind}:{authority}"
        return Identifier(system=system, key=identifier_key(self._key, system, cx.get(1)), value=cx.get(1))

    def _birth(self, text: str) -> date | None:
        found = self.maybe_time(text[:10] if text[4:5] == "-" else text[:8])
        return found.date() if found and len(text) >= 8 else None

    def visit(self) -> Visit:
        """PV1 as a visit, named by patient and PV1-19 (a count at some sites), else account or admission time."""
        pv1, pid = self.m.first("PV1"), self.m.first("PID")
        number = pv1.get(19) or pid.get(18) or pv1.get(44) or f"{self.when():%Y%m%d}"
        department, name = self.department(pv1.get(10) or pv1.get(3))
        doctor = next(pv1.repetitions(7), None) or next(pv1.repetitions(17), None)
        return Visit(
            visit_id=self.key("visit", pid.get(3), number),
            number=number,
            patient_class=CLASSES.get(pv1.get(2).upper(), "other"),
            department=department,
            department_name=name,
            ward=pv1.get(3),
            **self.doctor(doctor),
        )

    def visit_id(self) -> str | None:
        """The visit's id, where the message names one."""
        return self.visit().visit_id if self.m.get("PV1-19") or self.m.get("PID-18") else None

    def department(self, code: str) -> tuple[str, str]:
        """Our code and name of a department of theirs; theirs twice where the mapping does not know it."""
        known = self.site.departments.get(code)
        return (known.code, known.name) if known else (code, code)

    def doctor(self, xcn: Field | None) -> dict[str, str]:
        """An XCN as the two fields every contract has."""
        return {"doctor": xcn.get(1), "doctor_name": joined(xcn.get(2), xcn.get(3))} if xcn else {}

    def diagnoses(self) -> tuple[Coded, ...]:
        """DG1-3 of every DG1 segment, or its text in DG1-4."""
        found = (coded(dg1, 3, dg1.get(4), system="I10") for dg1 in self.m.all("DG1"))
        return tuple(each for each in found if each.code or each.text)


def coded(segment: Segment, field: int, otherwise: str = "", system: str = "") -> Coded:
    """A CWE as a code with its text."""
    what = otherwise if segment.get(field, 2) == "" else segment.get(field, 2)
    return Coded(code=text(segment.get(field, 1)), text=text(what), system=segment.get(field, 3) or system)


def amount(number: str) -> Decimal | None:
    """A decimal, where it is one and finite."""
    try:
        found = Decimal(number.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def text(found: str) -> str | None:
    """What a field says; None where it says nothing."""
    return found if found and found != CLEARED else None


def joined(family: str, given: str) -> str:
    """Family name first and without a blank in Chinese, given name first elsewhere."""
    han = any("\u4e00" <= letter <= "\u9fff" for letter in family + given)
    return f"{family}{given}" if han else " ".join(filter(None, (given, family)))


def _name(pid: Segment) -> str | None:
    return text(joined(pid.get(5, 1), pid.get(5, 2))) if pid.raw(5) != CLEARED else None


def _phones(pid: Segment) -> tuple[str, ...] | None:
    numbers = [xtn.get(1) or xtn.get(12) for field in (13, 14) for xtn in pid.repetitions(field)]
    return tuple(dict.fromkeys(n for n in numbers if n and n != CLEARED and "@" not in n)) or None


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
