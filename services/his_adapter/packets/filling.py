"""Fill packets: facts → values by source (`FactSource`) → values by item. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.his_adapter.packets.definitions import FactSource, Packet
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import Details, Visit, has_kind

NATIONAL = ("NNCHN", "NI")
"""Kinds of identifiers that are national identity numbers (HL7 table 0203), the preferred one first."""


def filled(packet: Packet, known: Mapping[FactSource, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return item → value for every item that has one; a value entered by hand (`given`) overrides `known`."""
    from_facts = {item.id: known.get(item.known, "") for item in packet.items if item.known}
    by_hand = {item: value for item, value in given.items() if value}
    return {item: value for item, value in {**from_facts, **by_hand}.items() if value}


def unknown_items(packet: Packet, given: Mapping[str, str]) -> list[str]:
    """Return the keys of `given` that are no items of the packet, sorted."""
    return sorted(given.keys() - {item.id for item in packet.items})


def unknown_item_detail(packet: Packet, unknown: Sequence[str]) -> str:
    """Return the error text for the first of the unknown items."""
    return f"`given.{unknown[0]}` is no item of {packet.ref}: {', '.join(sorted(item.id for item in packet.items))}"


def values_of(facts: Sequence[his.PatientFact], visit: str, now: datetime) -> dict[FactSource, str]:
    """Return source → value, without empty values. `visit` is a visit number; "" for the latest visit."""
    return {source: value for source, read in _sources(facts, visit, now).items() if (value := read())}


def _sources(facts: Sequence[his.PatientFact], number: str, now: datetime) -> Mapping[FactSource, Callable[[], str]]:
    who = _details(facts)
    valid = _without_cancelled([fact for fact in facts if isinstance(fact, his.VisitFact)])
    candidates = [fact for fact in valid if not number or fact.visit.number == number]
    latest = max(candidates, key=lambda fact: fact.at, default=None)
    stay = [fact for fact in candidates if latest and fact.visit.visit_id == latest.visit.visit_id]
    visit = _visit(stay)
    return {
        "patient.name": lambda: who.name or "",
        "patient.birth_date": lambda: who.birth_date.isoformat() if who.birth_date else "",
        "patient.sex": lambda: who.sex or "",
        "patient.phone": lambda: next(iter(who.phones or ()), ""),
        "patient.email": lambda: who.email or "",
        "patient.address": lambda: who.address or "",
        "patient.record-number": lambda: _number(who, "MRN"),
        "patient.national-id": lambda: next(filter(None, (_number(who, kind) for kind in NATIONAL)), ""),
        "visit.number": lambda: (visit.number or "") if visit else "",
        "visit.department": lambda: visit.department_name or visit.department if visit else "",
        "visit.ward": lambda: visit.ward if visit else "",
        "visit.doctor": lambda: visit.doctor_name or visit.doctor if visit else "",
        "visit.admitted": lambda: _when(stay, (his.PatientAdmitted, his.VisitRegistered)),
        "visit.discharged": lambda: _when(stay, (his.PatientDischarged,)),
        "visit.diagnoses": lambda: _diagnoses(stay),
        "coverage.payer": lambda: _last(
            facts, his.CoverageReported, lambda f: f.coverage.payer_name or f.coverage.payer
        ),
        "coverage.number": lambda: _last(facts, his.CoverageReported, lambda f: f.coverage.number or ""),
        "appointment.next": lambda: _appointment(facts, now),
        "report.document": lambda: _last(facts, his.ReportReady, lambda f: _document(f, stay)),
    }


def _without_cancelled(facts: Sequence[his.VisitFact]) -> list[his.VisitFact]:
    """Drop cancelled visits and undone discharges."""
    cancelled: dict[tuple[str, bool], datetime] = {}
    for fact in facts:
        if isinstance(fact, his.VisitCancelled):
            key = (fact.visit.visit_id, fact.undoes == "discharge")
            cancelled[key] = max(fact.stated_at, cancelled.get(key, fact.stated_at))

    def is_valid(fact: his.VisitFact) -> bool:
        visit_cancelled = cancelled.get((fact.visit.visit_id, False))
        undone = cancelled.get((fact.visit.visit_id, True)) if isinstance(fact, his.PatientDischarged) else None
        is_cancelled = any(at and fact.stated_at <= at for at in (visit_cancelled, undone))
        return not isinstance(fact, his.VisitCancelled) and not is_cancelled

    return [fact for fact in facts if is_valid(fact)]


def _visit(stay: Sequence[his.VisitFact]) -> Visit | None:
    """Merge the facts about a visit: the newest value of each field; a fact does not clear fields that it omits."""
    merged: Visit | None = None
    for fact in sorted(stay, key=lambda fact: fact.stated_at):
        merged = changed(merged or fact.visit, **fact.visit.stated_fields())
    return merged


def _details(facts: Sequence[his.PatientFact]) -> Details:
    """Merge the patient details that every fact carries: the newest non-empty value of each field."""
    merged = Details()
    for fact in sorted(facts, key=lambda fact: fact.stated_at):
        fields = {name: value for name, value in dict(fact.patient).items() if value not in (None, ())}
        merged = changed(merged, **fields)
    return merged


def _number(who: Details, kind: str) -> str:
    return next((number.value or "" for number in who.identifiers if has_kind(number.system, kind)), "")


def _when(stay: Sequence[his.VisitFact], kinds: tuple[type[his.VisitFact], ...]) -> str:
    times = [fact.at for fact in stay if isinstance(fact, kinds)]
    return max(times).isoformat(timespec="minutes") if times else ""


def _diagnoses(stay: Sequence[his.VisitFact]) -> str:
    """Return the diagnoses of the discharge, else those of the admission."""
    for kind in (his.PatientDischarged, his.PatientAdmitted):
        for fact in stay:
            if isinstance(fact, kind) and fact.diagnoses:
                return "; ".join(" ".join(filter(None, (coded.code, coded.text))) for coded in fact.diagnoses)
    return ""


def _last(facts: Sequence[his.PatientFact], kind: type[his.PatientFact], read: Callable[[Any], str]) -> str:
    newest_first = sorted((fact for fact in facts if isinstance(fact, kind)), key=lambda fact: fact.at, reverse=True)
    return next(filter(None, map(read, newest_first)), "")


def _document(report: his.ReportReady, stay: Sequence[his.VisitFact]) -> str:
    """Return the title of a document that was written since the stay began; "" for other reports."""
    begins = min((fact.at for fact in stay), default=report.at)
    return (report.title or "") if report.category == "document" and report.at >= begins else ""


def _appointment(facts: Sequence[his.PatientFact], now: datetime) -> str:
    """Return the start of the next appointment that is not cancelled."""
    starts_of: dict[str, datetime | None] = {}
    for fact in sorted(facts, key=lambda fact: fact.stated_at):
        if isinstance(fact, his.AppointmentBooked | his.AppointmentMoved):
            starts_of[fact.appointment.appointment_id] = fact.appointment.starts
        elif isinstance(fact, his.AppointmentCancelled | his.AppointmentMissed):
            starts_of[fact.appointment.appointment_id] = None
    upcoming = [starts for starts in starts_of.values() if starts and starts > now]
    return min(upcoming).isoformat(timespec="minutes") if upcoming else ""
