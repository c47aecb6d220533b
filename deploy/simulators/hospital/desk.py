"""HL7 v2 questions to the local hospital → its answers, read and written without any code of CareLoop's adapter."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from deploy.simulators.hospital.books import CLINICS, SLOT, ZONE, Appointment, Books, Refused

Asked = Any
"""A message as python-hl7 reads it."""


class Desk:
    """Answers one message at a time. `news` are SIU messages about what changed, for CareLoop to hear."""

    def __init__(self, books: Books, now: Callable[[], datetime]) -> None:
        self.books, self._now = books, now
        self.told: dict[str, str] = {}
        self.forgetful = False
        self.news: list[str] = []

    def answer(self, message: Asked) -> str:
        """The answer; a control id asked before gets the first answer, unless it is `forgetful`."""
        control = get(message, "MSH", 10)
        if control not in self.told or self.forgetful:
            try:
                self.told[control] = self._answer(message)
            except Refused as no:
                error = f"ERR|||{no.code}^^HL70357|E||||{no}"
                self.told[control] = self._head(message, "ACK") + f"MSA|AE|{control}|{no}\r{error}\r"
        return self.told[control]

    def _answer(self, message: Asked) -> str:
        kind = f"{get(message, 'MSH', 9)}^{get(message, 'MSH', 9, 2)}"
        ways: dict[str, Callable[[Asked], str]] = {
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
        if kind not in ways:
            raise Refused(f"{kind} is not taken here", "200")
        return ways[kind](message)

    def _head(self, message: Asked, kind: str) -> str:
        at = self._now().astimezone(ZONE).strftime("%Y%m%d%H%M%S%z")
        control = f"HIS{next(self.books.numbers):08d}"
        return f"MSH|^~\\&|HIS|CITY|CARELOOP||{at}||{kind}|{control}|P|2.5.1||||||UNICODE UTF-8\r"

    def _yes(self, message: Asked, kind: str) -> str:
        return self._head(message, kind) + f"MSA|AA|{get(message, 'MSH', 10)}\r"

    def _demographics(self, message: Asked) -> str:
        number = get(message, "QPD", 3)
        known = self.books.patients.get(number)
        tag, name = get(message, "QPD", 2), "Q21^Get Person Demographics^HL70471"
        head = self._yes(message, "RSP^K21^RSP_K21")
        if known is None:
            return head + f"QAK|{tag}|NF|{name}\rQPD|{name}|{tag}\r"
        pid = f"{self._pid(number)}||{known.born:%Y%m%d}||||||{known.phone}"
        return head + f"QAK|{tag}|OK|{name}\rQPD|{name}|{tag}\r{pid}\r"

    def _slots(self, message: Asked) -> str:
        since, until = time(get(message, "QRF", 2)), time(get(message, "QRF", 3))
        found = self.books.open(get(message, "QRD", 10), get(message, "QRD", 8), since, until)
        if not found:
            return self._yes(message, "SQR^S25^SQR_S25") + f"QAK|{get(message, 'QRD', 4)}|NF\r"
        groups = [
            f"SCH|||||{code}-{at:%m%d%H%M}||||||^^^{at:%Y%m%d%H%M%S%z}^{at + SLOT:%Y%m%d%H%M%S%z}\r"
            f"RGS|1\rAIP|1||{CLINICS[code][0]}^{CLINICS[code][1]}\rAIL|1||{code}\r"
            for at, code in found
        ]
        return self._yes(message, "SQR^S25^SQR_S25") + f"QAK|{get(message, 'QRD', 4)}|OK\r" + "".join(groups)

    def _book(self, message: Asked) -> str:
        placer, patient, place = get(message, "ARQ", 1), get(message, "PID", 3), get(message, "AIL", 3)
        if get(message, "ARQ", 7) == "WALKIN":
            made, queue = self.books.register(placer, patient, place, self._now())
            self._arrived(made)
            return self._scheduled(message, "S01", made) + f"ZQN|{queue}\r"
        made = self.books.book(placer, patient, place, time(get(message, "ARQ", 11)))
        self._tell("S12", made)
        return self._scheduled(message, "S01", made)

    def _move(self, message: Asked) -> str:
        made = self.books.move(get(message, "ARQ", 2), get(message, "ARQ", 1), time(get(message, "ARQ", 11)))
        self._tell("S13", made)
        return self._scheduled(message, "S02", made)

    def _cancel(self, message: Asked) -> str:
        gone = self.books.cancel(get(message, "ARQ", 2), get(message, "ARQ", 1))
        self._tell("S15", gone)
        return self._scheduled(message, "S04", gone)

    def _scheduled(self, message: Asked, event: str, made: Appointment) -> str:
        return self._yes(message, f"SRR^{event}^SRR_S01") + _schedule(made)

    def _tell(self, event: str, made: Appointment) -> None:
        """The same to everybody who listens, as a hospital system does."""
        sch, rest = _schedule(made).split("\r", 1)
        self.news.append(self._head(None, f"SIU^{event}^SIU_S12") + f"{sch}\r{self._pid(made.patient)}\r{rest}")

    def _arrived(self, made: Appointment) -> None:
        """A walk-in is a visit at once."""
        pv1 = f"PV1|1|O|{made.department}|||||||{made.department}" + "|" * 9 + made.number
        evn = f"EVN|A04|{made.starts.astimezone(ZONE):%Y%m%d%H%M%S%z}"
        self.news.append(self._head(None, "ADT^A04^ADT_A01") + f"{evn}\r{self._pid(made.patient)}\r{pv1}\r")

    def _pid(self, number: str) -> str:
        known = self.books.patients.get(number)
        name = f"{known.name[0]}^{known.name[1:]}" if known else ""
        return f"PID|1||{number}^^^CITY-HOSPITAL^MR||{name}"

    def _bed(self, message: Asked) -> str:
        self.books.bed(get(message, "MSH", 10), get(message, "PV1", 3))
        return self._yes(message, "ACK^A14^ACK")

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
        head = self._yes(message, "RSP^K11^RSP_K11") + f"QAK|{tag}|{status}|{name}\rQPD|{name}|{tag}\r"
        return head + "".join(items)

    def _paid(self, message: Asked) -> str:
        worth = get(message, "FT1", 11).partition("&")[0]
        self.books.paid.append((get(message, "PID", 3), get(message, "FT1", 2), worth))
        return self._yes(message, "ACK^P03^ACK")

    def _report(self, message: Asked) -> str:
        for obx in message.segments("OBX"):
            self.books.findings.append((get(message, "PID", 3), str(obx(3)[0][0]), str(obx(5))))
        return self._yes(message, "ACK^R01^ACK")


def _schedule(made: Appointment) -> str:
    at = made.starts.astimezone(ZONE)
    sch = f"SCH|{made.placer}^CARELOOP|{made.number}^HIS|||||||30|min|^^^{at:%Y%m%d%H%M%S%z}"
    doctor = CLINICS[made.department][1]
    return f"{sch}{'|' * 14}{made.status}\rRGS|1\rAIP|1||{made.doctor}^{doctor}\rAIL|1||{made.department}\r"


def get(message: Asked, segment: str, field: int, component: int = 1) -> str:
    """The text at a place; "" where nothing is."""
    try:
        return str(message.extract_field(segment, 1, field, 1, component))
    except LookupError:
        return ""


def time(text: str) -> datetime:
    """A DTM. Raises `Refused`."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S%z")
    except ValueError as error:
        raise Refused(f"{text!r} is no time", "102") from error
