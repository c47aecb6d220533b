"""What the local hospital knows: patients, clinics, appointments, beds, bills, findings. No wire format here."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
CLINICS = {"CARD": ("D017", "李明"), "ORTH": ("D021", "赵强")}
HOURS = [time(hour, minute) for hour in (9, 10, 11, 14, 15, 16) for minute in (0, 30)]
SLOT = timedelta(minutes=30)


class Refused(Exception):
    """The hospital says no; the text is what it answers, `code` of table 0357."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Known:
    """A patient as registered."""

    name: str
    born: date
    phone: str = ""


@dataclass(slots=True)
class Appointment:
    """A booked time; `placer` is who booked it calls it."""

    number: str
    placer: str
    patient: str
    department: str
    doctor: str
    starts: datetime
    status: str = "Booked"


@dataclass(slots=True)
class Books:
    """One hospital's books."""

    patients: dict[str, Known] = field(
        default_factory=lambda: {"100234": Known("王秀英", date(1956, 4, 12), "13800138000")}
    )
    appointments: dict[str, Appointment] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    beds: dict[str, str] = field(default_factory=dict)
    bills: dict[str, list[tuple[str, str, str]]] = field(
        default_factory=lambda: {"100234": [("CT-1", "胸部CT", "380.10")]}
    )
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    paid: list[tuple[str, str, str]] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def open(self, department: str, doctor: str, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """Free times of a clinic on working days: when, and its department."""
        taken = {(each.department, each.starts) for each in self.appointments.values() if each.status == "Booked"}
        found = []
        for code, (who, _) in CLINICS.items():
            if (department and code != department) or (doctor and who != doctor):
                continue
            day = since.astimezone(ZONE).date()
            while day <= until.astimezone(ZONE).date():
                times = [datetime.combine(day, at, ZONE) for at in HOURS] if day.weekday() < 5 else []
                found += [(at, code) for at in times if since <= at < until and (code, at) not in taken]
                day += timedelta(days=1)
        return sorted(found)

    def book(self, placer: str, patient: str, department: str, starts: datetime) -> Appointment:
        """Take a free time. Raises `Refused`."""
        if department not in CLINICS:
            raise Refused(f"没有科室 {department}", "204")
        if not any(at == starts for at, _ in self.open(department, "", starts, starts + SLOT)):
            raise Refused("该时段已约满", "205")
        number = f"A{next(self.numbers):06d}"
        made = Appointment(number, placer, patient, department, CLINICS[department][0], starts)
        self.appointments[number] = made
        return made

    def find(self, number: str, placer: str) -> Appointment:
        """An appointment by either number. Raises `Refused`."""
        for each in self.appointments.values():
            if each.status == "Booked" and (each.number == number or (placer and each.placer == placer)):
                return each
        raise Refused("没有这个预约", "204")

    def move(self, number: str, placer: str, starts: datetime) -> Appointment:
        """The same appointment at another free time. Raises `Refused`."""
        known = self.find(number, placer)
        if not any(at == starts for at, _ in self.open(known.department, "", starts, starts + SLOT)):
            raise Refused("该时段已约满", "205")
        known.starts = starts
        return known

    def cancel(self, number: str, placer: str) -> Appointment:
        """Give the time back. Raises `Refused`."""
        known = self.find(number, placer)
        known.status = "Cancelled"
        return known

    def register(self, placer: str, patient: str, department: str, at: datetime) -> tuple[Appointment, str]:
        """A visit today, with the number in the queue. Raises `Refused`."""
        if department not in CLINICS:
            raise Refused(f"没有科室 {department}", "204")
        self.queues[department] = self.queues.get(department, 0) + 1
        number = f"A{next(self.numbers):06d}"
        made = Appointment(number, placer, patient, department, CLINICS[department][0], at)
        self.appointments[number] = made
        return made, f"{department[0]}{self.queues[department]:03d}"

    def bed(self, request: str, department: str) -> None:
        """Note a wish for a bed. Raises `Refused`."""
        if department not in CLINICS:
            raise Refused(f"没有科室 {department}", "204")
        self.beds[request] = department
