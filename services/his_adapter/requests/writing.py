"""Encode requests as HL7 v2 messages (chapters 3, 5, 7, 10). Pure: equal requests and endpoints give equal bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from services.his_adapter.formats.hl7.text import CHARSETS
from services.his_adapter.formats.hl7.writing import Value, message, segment, stamp
from services.his_adapter.requests.definitions import Endpoint
from shared.contracts.his_asks import (
    Ask,
    BedAsked,
    BillAsked,
    Booked,
    Booking,
    Cancelling,
    Moving,
    Registering,
    Reporting,
    Settling,
    Slot,
    Subject,
)

US = "CARELOOP"
SEX = {"male": "M", "female": "F", "other": "O", "unknown": "U"}
DEMOGRAPHICS = ("Q21", "Get Person Demographics", "HL70471")
BILL = ("Q11", "Open charges", "HL70471")
WALK_IN, ROUTINE = ("WALKIN", "Walk-in", "HL70276"), ("ROUTINE", "Routine", "HL70276")


@dataclass(frozen=True, slots=True)
class Writer:
    """Encodes messages to one endpoint; `facility` is our sending facility (MSH-4), `at` the time of the message."""

    endpoint: Endpoint
    facility: str
    at: datetime

    def request(self, control_id: str, subject: Subject, ask: Ask) -> bytes:
        """Encode a request with its control id (MSH-10)."""
        who = self._who(subject)
        match ask:
            case Booking():
                lines = [self._arq(control_id, ask.slot, ROUTINE, ask.reason), who, *self._resources(ask.slot)]
                return self._message("SRM^S01^SRM_S01", control_id, *lines)
            case Moving():
                lines = [self._arq(control_id, ask.slot, ROUTINE, None, ask.appointment), who]
                return self._message("SRM^S02^SRM_S01", control_id, *lines, *self._resources(ask.slot))
            case Cancelling():
                lines = [self._arq(control_id, None, ROUTINE, ask.reason, ask.appointment), who]
                return self._message("SRM^S04^SRM_S01", control_id, *lines, "RGS|1|D")
            case Registering():
                today = Slot(starts=self.at, department=ask.department, doctor=ask.doctor)
                lines = [self._arq(control_id, today, WALK_IN, ask.reason), who, *self._resources(today)]
                return self._message("SRM^S01^SRM_S01", control_id, *lines)
            case BedAsked():
                return self._bed(control_id, who, ask)
            case BillAsked():
                return self._bill(control_id, subject, ask)
            case Reporting():
                return self._report(control_id, who, ask)
            case Settling():
                return self._settle(control_id, who, ask)
            case _:
                assert_never(ask)

    def demographics(self, control_id: str, subject: Subject) -> bytes:
        """Encode a query for the demographics of the patient number (QBP^Q21)."""
        qpd = segment("QPD", {1: DEMOGRAPHICS, 2: control_id, 3: _number(subject)})
        return self._message("QBP^Q21^QBP_Q21", control_id, qpd, "RCP|I")

    def slots(self, control_id: str, department: str, doctor: str, since: datetime, until: datetime) -> bytes:
        """Encode a query for open slots between two times (SQM^S25, QRD-9 SOP of table 0048)."""
        begins, ends = self._local(since), self._local(until)
        qrd = {1: self._local(self.at), 2: "R", 3: "I", 4: control_id, 7: ("99", "RD"), 8: doctor, 9: "SOP"}
        qrf = segment("QRF", {1: self._theirs(department), 2: begins, 3: ends})
        lines = [segment("QRD", {**qrd, 10: self._theirs(department)}), qrf]
        slot = Slot(starts=since, department=department, doctor=doctor)
        return self._message("SQM^S25^SQM_S25", control_id, *lines, *self._resources(slot))

    def _message(self, kind: str, control_id: str, *segments: str) -> bytes:
        name, event, structure = kind.split("^")
        is_query = name in ("QBP", "SQM")  # queries are answered on the same connection, in original mode
        modes = {15: "AL", 16: "AL"} if self.endpoint.enhanced and not is_query else {}
        route: dict[int, Value] = {3: US, 4: self.facility, 5: self.endpoint.application, 6: self.endpoint.facility}
        kinds: dict[int, Value] = {7: self._local(self.at), 9: (name, event, structure), 10: control_id, 11: "P"}
        coding = {12: self.endpoint.hl7_version, 18: self.endpoint.charset}
        text = message({**route, **kinds, **coding, **modes}, *segments)
        return text.encode(CHARSETS[self.endpoint.charset], "replace")

    def _local(self, at: datetime) -> str:
        return stamp(at.astimezone(ZoneInfo(self.endpoint.zone)))

    def _theirs(self, department: str) -> str:
        return self.endpoint.codes.get(department, department)

    def _who(self, subject: Subject) -> str:
        born = f"{subject.birth_date:%Y%m%d}" if subject.birth_date else ""
        sex, phone = SEX.get(subject.sex or "", ""), subject.phone or ""
        return segment("PID", {1: "1", 3: _number(subject), 5: subject.name or "", 7: born, 8: sex, 13: phone})

    def _arq(
        self, placer: str, slot: Slot | None, kind: Value, reason: str | None, appointment: Booked | None = None
    ) -> str:
        """Return ARQ. ARQ-1 and ARQ-2 are those of `appointment` if it exists, else ARQ-1 is `placer`."""
        fields: dict[int, Value] = {1: (placer, US), 6: reason or "", 7: kind, 15: US, 19: US}
        if appointment:
            fields |= {1: (appointment.placer or placer, US), 2: appointment.filler or ""}
        if slot:
            minutes = {9: str(slot.minutes), 10: "min"} if slot.minutes else {}
            fields |= {5: slot.slot_id, 11: self._local(slot.starts), **minutes}
        return segment("ARQ", fields)

    def _resources(self, slot: Slot) -> Sequence[str]:
        """Return RGS, AIP (doctor) and AIL (department)."""
        place = self._theirs(slot.department)
        doctor = segment("AIP", {1: "1", 2: "A", 3: (slot.doctor, slot.doctor_name)}) if slot.doctor else ""
        return ["RGS|1|A", doctor, segment("AIL", {1: "1", 2: "A", 3: place}) if place else ""]

    def _bed(self, control_id: str, who: str, ask: BedAsked) -> bytes:
        wanted, place = f"{ask.wanted:%Y%m%d}", self._theirs(ask.department)
        pv1 = segment("PV1", {1: "1", 2: "I", 3: place, 5: (control_id, "", "", US), 10: place})
        pv2 = segment("PV2", {2: ask.accommodation, 8: wanted})
        diagnosis = ask.diagnosis
        coded = (diagnosis.code or "", diagnosis.text or "", diagnosis.system)
        dg1 = segment("DG1", {1: "1", 3: coded, 6: "A"}) if diagnosis.code or diagnosis.text else ""
        evn = segment("EVN", {1: "A14", 2: self._local(self.at), 3: wanted})
        return self._message("ADT^A14^ADT_A05", control_id, evn, who, pv1, pv2, dg1)

    def _bill(self, control_id: str, subject: Subject, ask: BillAsked) -> bytes:
        qpd = segment("QPD", {1: BILL, 2: control_id, 3: _number(subject), 4: ask.visit or ""})
        return self._message("QBP^Q11^QBP_Q11", control_id, qpd, "RCP|I")

    def _settle(self, control_id: str, who: str, ask: Settling) -> bytes:
        """Return a DFT^P03 with one FT1 for the whole amount; the numbers of the charges are in FT1-9.

        One FT1 per charge would need the amount of each, which a payment does not hold.
        """
        paid, worth = self._local(ask.paid), f"{ask.amount:.2f}"
        fields: dict[int, Value] = {1: "1", 2: ask.transaction_id, 4: paid, 5: paid, 6: "PY", 9: ",".join(ask.charges)}
        ft1 = segment("FT1", {**fields, 7: ("PAYMENT", ask.provider, "L"), 10: "1"})
        priced = f"{ft1}|{worth}&{ask.currency}"
        return self._message("DFT^P03^DFT_P03", control_id, segment("EVN", {1: "P03", 2: paid}), who, priced)

    def _report(self, control_id: str, who: str, ask: Reporting) -> bytes:
        observed = self._local(ask.observed)
        pv1 = segment("PV1", {1: "1", 2: "U", 19: ask.visit}) if ask.visit else ""
        title = (ask.title or "", ask.title or "", "L")
        obr = segment("OBR", {1: "1", 3: (control_id, US), 4: title, 7: observed, 22: self._local(self.at), 25: "F"})
        lines = [
            segment(
                "OBX",
                {
                    1: str(number),
                    2: "ST",
                    3: (observation.code or "", observation.title or observation.code or "", "L"),
                    5: observation.value or "",
                    6: observation.unit or "",
                    8: "A" if observation.abnormal else "",
                    11: "F",
                    14: observed,
                },
            )
            for number, observation in enumerate(ask.observations, 1)
        ]
        return self._message("ORU^R01^ORU_R01", control_id, who, pv1, obr, *lines)


def _number(subject: Subject) -> Value:
    return (subject.number or "", "", "", subject.authority, subject.kind)
