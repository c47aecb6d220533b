"""Read times, identifiers, patient (PID) and visit (PV1) from a message about one patient."""

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import Any, cast

from services.his_adapter.formats.common.head import Head
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.dictionary import is_personal
from services.his_adapter.formats.hl7.message import CLEARED, Broken, Field, Hl7Message, Segment
from services.his_adapter.formats.hl7.translate.fields import (
    cleared_of,
    diagnosis,
    email_of,
    joined,
    name_of,
    phones_of,
    text,
)
from shared.contracts.base import changed, plausible
from shared.contracts.facts import Coded, Details, Identifier, PatientClass, Sex, Visit

NUMBERS = (3, 2, 4)
"""PID fields that hold patient identifiers; 2 and 4 were used before version 2.5."""
CLEARABLE = (
    ("name", 5),
    ("birth_date", 7),
    ("sex", 8),
    ("address", 11),
    ("phones", 13),
    ("email", 13),
    ("language", 15),
)
"""Detail that `""` in a field of PID deletes."""
_TIME = re.compile(
    r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.(\d{1,6})\d*)?(Z|[+-]\d{4})?"
    r"|(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)?(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_SLASHED = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?", re.ASCII)
_MILLIS = re.compile(r"^(\d{14})(\d{3})(?!\d)", re.ASCII)
"""A time whose milliseconds follow without a decimal point."""
_TWO = re.compile(r"[A-Za-z]{2}([-_].*)?")
_ZONE = re.compile(r"[+-]\d{4}$", re.ASCII)


class MessageContext(Naming):
    """A message about one patient. Methods raise `Broken` with the field that cannot be read."""

    def __init__(self, site_key: bytes, site: Site, message_id: str, historical: bool, message: Hl7Message) -> None:
        super().__init__(site_key, site)
        self.m, self.message_id, self._historical = message, message_id, historical

    def head(self) -> Head:
        """Return the fields that every fact has."""
        return self._head

    @cached_property
    def _head(self) -> Head:
        return {
            "at": self.when(),
            "patient_key": self.patient_key,
            "patient": self.details,
            "message_id": self.message_id,
            "control_id": self.m.get("MSH-10"),
            "source_system": self.m.sender,
            "historical": self._historical,
        }

    def when(self) -> datetime:
        """Time that orders the facts: EVN-2, else MSH-7, never EVN-6 (when the event occurred)."""
        for path in ("EVN-2", "MSH-7"):
            if text := self.m.get(path):
                segment, _, field = path.partition("-")
                return self.time(text, segment, int(field))
        raise Broken("neither EVN-2 nor MSH-7 says when this happened", "MSH", 7)

    def time(self, text: str, segment: str, field: int) -> datetime:
        """Parse an HL7 DTM or ISO 8601; the default time zone is that of MSH-7, else of the site. Raises `Broken`."""
        parts = self._parts(_MILLIS.sub(r"\1.\2", text.strip()))
        try:
            if parts is None:
                raise ValueError("not a time")
            *whole, fraction, offset = parts
            year, month, day = (1 if part is None else int(part) for part in whole[:3])
            hour, minute, second = (int(part or 0) for part in whole[3:])
            micro = int((fraction or "0").ljust(6, "0"))
            local = datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 the zone is set below
            if not plausible(local):
                raise ValueError("implausible year")
            return local.replace(tzinfo=datetime.strptime(offset, "%z").tzinfo if offset else self._zone)
        except ValueError as error:
            hint = "; for dates with slashes set `dates` of the site" if "/" in text else ""
            raise Broken(f"{segment}-{field} is no HL7 time (YYYYMMDDHHMMSS[+ZZZZ]){hint}", segment, field) from error

    def _parts(self, text: str) -> Sequence[str | None] | None:
        """Split a time into year, month, day, hour, minute, second, fraction and offset; None if it is not a time."""
        if self.site.dates != "hl7" and (slashed := _SLASHED.fullmatch(text)):
            first, second, year, *clock = slashed.groups()
            days = (first, second) if self.site.dates == "month-first" else (second, first)
            return [year, *days, *clock, None, None]
        match = _TIME.fullmatch(text)
        return match and (match.groups()[:8] if match[1] else match.groups()[8:])

    @property
    def _zone(self) -> tzinfo | None:
        offset = _ZONE.search(self.m.get("MSH-7"))
        return datetime.strptime(offset[0], "%z").tzinfo if offset else self.zone

    def day(self, text: str) -> date | None:
        """Parse the day of a time; None if it cannot be read."""
        parsed = self.maybe_time(text)
        return parsed.date() if parsed else None

    def maybe_time(self, text: str) -> datetime | None:
        """Parse a time; None if it cannot be read. For optional fields, which must not refuse a message."""
        try:
            return self.time(text, "", 0) if text else None
        except Broken:
            return None

    @cached_property
    def details(self) -> Details:
        """Details of the patient in PID."""
        return self.patient(self.m.first("PID"))

    @property
    def patient_key(self) -> str:
        """Key of the patient's first identifier, by which all facts about the patient are keyed."""
        return self.details.identifiers[0].key

    def patient(self, pid: Segment) -> Details:
        """Translate PID into details."""
        identifiers = next(filter(None, (self.numbers(pid, field) for field in NUMBERS)), ())
        if not identifiers:
            raise Broken(f"PID-3 holds no patient number{self._unknown_types_hint(pid)}", "PID", 3)
        parts = cleared_of(pid)
        cleared = [name for name, field in CLEARABLE if pid.raw(field) == CLEARED or name in parts]
        details = Details(
            identifiers=identifiers,
            name=name_of(pid),
            birth_date=self._birth(pid.get(7)),
            sex=cast("Sex | None", self.means("sex", pid.get(8)) or None),
            phones=phones_of(pid),
            email=email_of(pid),
            address=text(", ".join(filter(None, (pid.get(11, part) for part in (1, 3, 4, 5))))),
            language=self._language(pid.get(15)),
            cleared=tuple(cleared),
        )
        local = ((name, text(self.m.get(path))) for name, path in self.site.local.items())
        from_local: dict[str, Any] = {name: (value,) if name == "phones" else value for name, value in local if value}
        return changed(details, **from_local)

    def numbers(self, segment: Segment, field: int) -> tuple[Identifier, ...]:
        """Return the personal identifiers (CX) in a field, the site's own record number first."""
        parts = [(self._kind(cx), cx.get(4) or cx.get(4, 2), cx.get(1)) for cx in segment.repetitions(field)]
        return self.sorted(
            [self.number(kind, giver, value) for kind, giver, value in parts if self.names_somebody(kind, value)]
        )

    def _kind(self, cx: Field) -> str:
        code = cx.get(5)
        return self.means("identifier-type", code, code.upper()) or "MR"

    def _unknown_types_hint(self, pid: Segment) -> str:
        """Text that names the identifier types of PID-3 that neither dictionary nor site define; "" if none."""
        types = {cx.get(5) for cx in pid.repetitions(3) if cx.get(1) and not is_personal(self._kind(cx))}
        names = ", ".join(sorted(types))
        return f": say in `codes.identifier-type` of the site what {names} is, if it names a person" if names else ""

    def _language(self, code: str) -> str | None:
        two_letters = code[:2].lower() if _TWO.fullmatch(code) else ""
        return text(self.means("language", code, two_letters))

    def _birth(self, text: str) -> date | None:
        birth = self.maybe_time(text if "/" in text else text[:10] if text[4:5] == "-" else text[:8])
        return birth.date() if birth and len(text) >= 8 else None

    def visit(self) -> Visit:
        """Translate PV1 into a visit, identified by patient and PV1-19, PID-18 or PV1-50.

        The patient is part of the id because PV1-19 only counts the visits of a patient at some sites. A visit without
        a number is identified by its start; its later events are matched to the patient's open visit.
        """
        pv1, pid = self.m.first("PV1"), self.m.first("PID")
        start = self.maybe_time(pv1.get(44))
        number = pv1.get(19) or pid.get(18) or pv1.get(50)
        unnumbered = "" if number else f"{start:%Y%m%d%H%M}" if start else f"{self.when():%Y%m%d}"
        department, name = self.department(pv1.get(10) or pv1.get(3))
        doctor = next(pv1.repetitions(7), None) or next(pv1.repetitions(17), None)
        return Visit(
            visit_id=self.visit_key(self.patient_key, number or unnumbered),
            number=text(number),
            patient_class=cast("PatientClass", self.means("patient-class", pv1.get(2), "other")),
            department=department,
            department_name=name,
            ward=pv1.get(3),
            **self.doctor(doctor),
        )

    def visit_id(self) -> str | None:
        """Return the visit's id if the message has a visit number, else None."""
        visit = self.visit()
        return visit.visit_id if visit.number else None

    def doctor(self, xcn: Field | None) -> dict[str, str]:
        """Return an XCN as the fields `doctor` and `doctor_name`; empty without one."""
        return {"doctor": xcn.get(1), "doctor_name": joined(xcn.get(2), xcn.get(3))} if xcn else {}

    def diagnoses(self) -> tuple[Coded, ...]:
        """Return the diagnoses of all DG1 segments."""
        return tuple(coded for coded in map(diagnosis, self.m.all("DG1")) if coded.code or coded.text)
