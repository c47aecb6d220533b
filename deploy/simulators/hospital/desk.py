"""Answers of the simulated hospital to HL7 v2 messages, read and written without code of his_adapter."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from deploy.simulators.hospital.books import CLINICS, SLOT, ZONE, BookedTime, RequestRefused, SimulatedBooks

Asked = Any
"""A message parsed by python-hl7."""


class Desk:
    """Answers messages. `answers` is control id → answer; `news` are SIU and ADT messages to be sent to CareLoop."""

    def __init__(self, books: SimulatedBooks, now: Callable[[], datetime]) -> None:
        self.books, self._now = books, now
        self.answers: dict[str, str] = {}
        self.forgetful = False
        self.news: list[str] = []

    def answer(self, message: Asked) -> str:
        """Return the answer; a repeated control id gets the first answer again, unless the desk is `forgetful`."""
        control = get(message, "MSH", 10)
        if control not in self.answers or self.forgetful:
            try:
                self.answers[control] = self._answer(message)
            except RequestRefused as refusal:
                err = f"ERR|||{refusal.code}^^HL70357|E||||{refusal}"
                self.answers[control] = self._head(message, "ACK") + f"MSA|AE|{control}|{refusal}\r{err}\r"
        return self.answers[control]

    def _answer(self, message: Asked) -> str:
        kind = f"{get(message, 'MSH', 9)}^{get(message, 'MSH', 9, 2)}"
        handlers: dict[str, Callable[[Asked], str]] = {
            "QBP^Q21": self._demographics,
            "SQM^S25": self._slots,
            "SRM^S01": self._book,
            "SRM^S02": self._move,
            "SRM^S04": self._cancel,
            "ADT^A14": self._bed,
            "QBP^Q11": self._bill,
            "ORU^R01": self._report,
            "DFT^P03": self._paid,
        }
        if kind not in handlers:
            raise RequestRefused(f"{kind} is not taken here", "200")
        return handlers[kind](message)

    def _head(self, message: Asked, kind: str) -> str:
        at = self._now().astimezone(ZONE).strftime("%Y%m%d%H%M%S%z")
        control = f"HIS{next(self.books.numbers):08d}"
        return f"MSH|^~\\&|HIS|CITY|CARELOOP||{at}||{kind}|{control}|P|2.5.1||||||UNICODE UTF-8\r"

    def _accepted(self, message: Asked, kind: str) -> str:
        return self._head(message, kind) + f"MSA|AA|{get(message, 'MSH', 10)}\r"

    def _demographics(self, message: Asked) -> str:
        number = get(message, "QPD", 3)
        patient = self.books.patients.get(number)
        tag, name = get(message, "QPD", 2), "Q21^Get Person Demographics^HL70471"
        head = self._accepted(message, "RSP^K21^RSP_K21")
        if patient is None:
            return head + f"QAK|{tag}|NF|{name}\rQPD|{name}|{tag}\r"
        pid = f"{self._pid(number)}||{patient.born:%Y%m%d}||||||{patient.phone}"
        return head + f"QAK|{tag}|OK|{name}\rQPD|{name}|{tag}\r{pid}\r"

    def _slots(self, message: Asked) -> str:
        since, until = time(get(message, "QRF", 2)), time(get(message, "QRF", 3))
        slots = self.books.open(get(message, "QRD", 10), get(message, "QRD", 8), since, until)
        if not slots:
            return self._accepted(message, "SQR^S25^SQR_S25") + f"QAK|{get(message, 'QRD', 4)}|NF\r"
        groups = [
            f"SCH|||||{code}-{at:%m%d%H%M}||||||^^^{at:%Y%m%d%H%M%S%z}^{at + SLOT:%Y%m%d%H%M%S%z}\r"
            f"RGS|1\rAIP|1||{CLINICS[code][0]}^{CLINICS[code][1]}\rAIL|1||{code}\r"
            for at, code in slots
        ]
        return self._accepted(message, "SQR^S25^SQR_S25") + f"QAK|{get(message, 'QRD', 4)}|OK\r" + "".join(groups)

    def _book(self, message: Asked) -> str:
        placer, patient, place = get(message, "ARQ", 1), get(message, "PID", 3), get(message, "AIL", 3)
        if get(message, "ARQ", 7) == "WALKIN":
            visit, queue = self.books.register(placer, patient, place, self._now())
            self._report_visit(visit)
            return self._scheduled(message, "S01", visit) + f"ZQN|{queue}\r"
        booked = self.books.book(placer, patient, place, time(get(message, "ARQ", 11)))
        self._report_change("S12", booked)
        return self._scheduled(message, "S01", booked)

    def _move(self, message: Asked) -> str:
        moved = self.books.move(get(message, "ARQ", 2), get(message, "ARQ", 1), time(get(message, "ARQ", 11)))
        self._report_change("S13", moved)
        return self._scheduled(message, "S02", moved)

    def _cancel(self, message: Asked) -> str:
        cancelled = self.books.cancel(get(message, "ARQ", 2), get(message, "ARQ", 1))
        self._report_change("S15", cancelled)
        return self._scheduled(message, "S04", cancelled)

    def _scheduled(self, message: Asked, event: str, appointment: BookedTime) -> str:
        return self._accepted(message, f"SRR^{event}^SRR_S01") + _schedule(appointment)

    def _report_change(self, event: str, appointment: BookedTime) -> None:
        """Add an SIU about an appointment to `news`."""
        sch, rest = _schedule(appointment).split("\r", 1)
        pid = self._pid(appointment.patient)
        self.news.append(self._head(None, f"SIU^{event}^SIU_S12") + f"{sch}\r{pid}\r{rest}")

    def _report_visit(self, visit: BookedTime) -> None:
        """Add the registration of a walk-in (ADT^A04) to `news`."""
        pv1 = f"PV1|1|O|{visit.department}|||||||{visit.department}" + "|" * 9 + visit.number
        evn = f"EVN|A04|{visit.starts.astimezone(ZONE):%Y%m%d%H%M%S%z}"
        self.news.append(self._head(None, "ADT^A04^ADT_A01") + f"{evn}\r{self._pid(visit.patient)}\r{pv1}\r")

    def _pid(self, number: str) -> str:
        patient = self.books.patients.get(number)
        name = f"{patient.name[0]}^{patient.name[1:]}" if patient else ""
        return f"PID|1||{number}^^^CITY-HOSPITAL^MR||{name}"

    def _bed(self, message: Asked) -> str:
        self.books.bed(get(message, "MSH", 10), get(message, "PV1", 3))
        return self._accepted(message, "ACK^A14^ACK")

    def _bill(self, message: Asked) -> str:
        lines = self.books.bills.get(get(message, "QPD", 3), [])
        tag, name = get(message, "QPD", 2), "Q11^Open charges^HL70471"
        at = self._now().astimezone(ZONE)
        items = [
            f"FT1|{number}|{charge}||{at:%Y%m%d}||CG|{code}^{words}||||{worth}&CNY\r"
            for number, (charge, words, worth) in enumerate(lines, 1)
            for code in (charge.split("-")[0],)
        ]
        status = "OK" if lines else "NF"
        head = self._accepted(message, "RSP^K11^RSP_K11") + f"QAK|{tag}|{status}|{name}\rQPD|{name}|{tag}\r"
        return head + "".join(items)

    def _paid(self, message: Asked) -> str:
        worth = get(message, "FT1", 11).partition("&")[0]
        self.books.paid.append((get(message, "PID", 3), get(message, "FT1", 2), worth))
        return self._accepted(message, "ACK^P03^ACK")

    def _report(self, message: Asked) -> str:
        for obx in message.segments("OBX"):
            self.books.findings.append((get(message, "PID", 3), str(obx(3)[0][0]), str(obx(5))))
        return self._accepted(message, "ACK^R01^ACK")


def _schedule(booked: BookedTime) -> str:
    at = booked.starts.astimezone(ZONE)
    sch = f"SCH|{booked.placer}^CARELOOP|{booked.number}^HIS|||||||30|min|^^^{at:%Y%m%d%H%M%S%z}"
    doctor = CLINICS[booked.department][1]
    return f"{sch}{'|' * 14}{booked.status}\rRGS|1\rAIP|1||{booked.doctor}^{doctor}\rAIL|1||{booked.department}\r"


def get(message: Asked, segment: str, field: int, component: int = 1) -> str:
    """Return the text of a component; "" if it is missing."""
    try:
        return str(message.extract_field(segment, 1, field, 1, component))
    except LookupError:
        return ""


def time(text: str) -> datetime:
    """Parse a DTM with offset. Raises `RequestRefused`."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S%z")
    except ValueError as error:
        raise RequestRefused(f"{text!r} is no time", "102") from error
