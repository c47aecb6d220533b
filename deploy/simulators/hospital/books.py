"""Data of the simulated hospital: patients, clinics, appointments, beds, bills, findings. No HL7 here."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
CLINICS = {"CARD": ("D017", "李明"), "ORTH": ("D021", "赵强")}
HOURS = [time(hour, minute) for hour in (9, 10, 11, 14, 15, 16) for minute in (0, 30)]
SLOT = timedelta(minutes=30)


class RequestRefused(Exception):
    """The hospital refuses a request; the text is that of the answer, `code` is of table 0357."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """A registered patient."""

    name: str
    born: date
    phone: str = ""


@dataclass(slots=True)
class BookedTime:
    """An appointment; `number` is the hospital's (filler), `placer` the number of the system that booked it."""

    number: str
    placer: str
    patient: str
    department: str
    doctor: str
    starts: datetime
    status: str = "Booked"


@dataclass(slots=True)
class SimulatedBooks:
    """All data of the hospital, by patient number or appointment number."""

    patients: dict[str, KnownPatient] = field(
        default_factory=lambda: {"100234": KnownPatient("王秀英", date(1956, 4, 12), "13800138000")}
    )
    appointments: dict[str, BookedTime] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    beds: dict[str, str] = field(default_factory=dict)
    bills: dict[str, list[tuple[str, str, str]]] = field(
        default_factory=lambda: {"100234": [("CT-1", "胸部CT", "380.10")]}
    )
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    paid: list[tuple[str, str, str]] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def open(self, department: str, doctor: str, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """Return the free slots on Monday to Friday as (start, department), sorted; "" matches every department."""
        booked = [appointment for appointment in self.appointments.values() if appointment.status == "Booked"]
        taken = {(appointment.department, appointment.starts) for appointment in booked}
        slots = []
        for code, (clinic_doctor, _) in CLINICS.items():
            if (department and code != department) or (doctor and clinic_doctor != doctor):
                continue
            day = since.astimezone(ZONE).date()
            while day <= until.astimezone(ZONE).date():
                times = [datetime.combine(day, at, ZONE) for at in HOURS] if day.weekday() < 5 else []
                slots += [(at, code) for at in times if since <= at < until and (code, at) not in taken]
                day += timedelta(days=1)
        return sorted(slots)

    def book(self, placer: str, patient: str, department: str, starts: datetime) -> BookedTime:
        """Book a free slot. Raises `RequestRefused`."""
        if department not in CLINICS:
            raise RequestRefused(f"没有科室 {department}", "204")
        if not any(at == starts for at, _ in self.open(department, "", starts, starts + SLOT)):
            raise RequestRefused("该时段已约满", "205")
        number = f"A{next(self.numbers):06d}"
        appointment = BookedTime(number, placer, patient, department, CLINICS[department][0], starts)
        self.appointments[number] = appointment
        return appointment

    def find(self, number: str, placer: str) -> BookedTime:
        """Return a booked appointment by one of its numbers. Raises `RequestRefused`."""
        for appointment in self.appointments.values():
            same = appointment.number == number or (placer and appointment.placer == placer)
            if appointment.status == "Booked" and same:
                return appointment
        raise RequestRefused("没有这个预约", "204")

    def move(self, number: str, placer: str, starts: datetime) -> BookedTime:
        """Move an appointment to another free slot. Raises `RequestRefused`."""
        appointment = self.find(number, placer)
        if not any(at == starts for at, _ in self.open(appointment.department, "", starts, starts + SLOT)):
            raise RequestRefused("该时段已约满", "205")
        appointment.starts = starts
        return appointment

    def cancel(self, number: str, placer: str) -> BookedTime:
        """Cancel an appointment. Raises `RequestRefused`."""
        appointment = self.find(number, placer)
        appointment.status = "Cancelled"
        return appointment

    def register(self, placer: str, patient: str, department: str, at: datetime) -> tuple[BookedTime, str]:
        """Register a walk-in; return the appointment and its queue number. Raises `RequestRefused`."""
        if department not in CLINICS:
            raise RequestRefused(f"没有科室 {department}", "204")
        self.queues[department] = self.queues.get(department, 0) + 1
        number = f"A{next(self.numbers):06d}"
        appointment = BookedTime(number, placer, patient, department, CLINICS[department][0], at)
        self.appointments[number] = appointment
        return appointment, f"{department[0]}{self.queues[department]:03d}"

    def bed(self, request: str, department: str) -> None:
        """Store a bed request. Raises `RequestRefused`."""
        if department not in CLINICS:
            raise RequestRefused(f"没有科室 {department}", "204")
        self.beds[request] = department
