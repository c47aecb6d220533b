"""What of a patient fills a packet. Pure: facts → what is known → values of items."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.his_adapter.packets.definitions import Known, Packet
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import Details, Visit

NATIONAL = ("NNCHN:", "NI:")


def filled(packet: Packet, known: Mapping[Known, str], given: Mapping[str, str]) -> dict[str, str]:
    """Item → value, for every item that has one: what was given by hand goes before what the hospital told."""
    told = {item.id: known.get(item.known, "") for item in packet.items if item.known}
    by_hand = {item: value for item, value in given.items() if value}
    return {item: value for item, value in {**told, **by_hand}.items() if value}


def strange(packet: Packet, given: Mapping[str, str]) -> list[str]:
    """What was given of items that the packet does not have."""
    return sorted(given.keys() - {item.id for item in packet.items})


def not_of(packet: Packet, unknown: Sequence[str]) -> str:
    """What is said of the first of these."""
    return f"`given.{unknown[0]}` is no item of {packet.ref}: {', '.join(sorted(item.id for item in packet.items))}"


def told(facts: Sequence[his.PatientFact], visit: str, now: datetime) -> dict[Known, str]:
    """What facts tell of all that a packet can be filled from; `visit` is a visit's number, the latest where empty."""
    return {name: value for name, say in _sayings(facts, visit, now).items() if (value := say())}


def _sayings(facts: Sequence[his.PatientFact], number: str, now: datetime) -> Mapping[Known, Callable[[], str]]:
    who = _details(facts)
    stays = _standing([fact for fact in facts if isinstance(fact, his.VisitFact)])
    mine = [fact for fact in stays if not number or fact.visit.number == number]
    latest = max(mine, key=lambda fact: fact.at, default=None)
    stay = [fact for fact in mine if latest and fact.visit.visit_id == latest.visit.visit_id]
    visit = _visit(stay)
    return {
        "patient.name": lambda: who.name or "",
        "patient.birth_date": lambda: who.birth_date.isoformat() if who.birth_date else "",
        "patient.sex": lambda: who.sex or "",
        "patient.phone": lambda: next(iter(who.phones or ()), ""),
        "patient.email": lambda: who.email or "",
        "patient.address": lambda: who.address or "",
        "patient.record-number": lambda: _number(who, "MRN:"),
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


def _standing(stays: Sequence[his.VisitFact]) -> list[his.VisitFact]:
    """What was not taken back since: no cancelled visit, no discharge that did not happen after all."""
    undone: dict[tuple[str, bool], datetime] = {}
    for fact in stays:
        if isinstance(fact, his.VisitCancelled):
            place = (fact.visit.visit_id, fact.undoes == "discharge")
            undone[place] = max(fact.said, undone.get(place, fact.said))

    def stands(fact: his.VisitFact) -> bool:
        gone = undone.get((fact.visit.visit_id, False))
        back = undone.get((fact.visit.visit_id, True)) if isinstance(fact, his.PatientDischarged) else None
        return not isinstance(fact, his.VisitCancelled) and not any(at and fact.said <= at for at in (gone, back))

    return [fact for fact in stays if stands(fact)]


def _visit(stay: Sequence[his.VisitFact]) -> Visit | None:
    """The newest word on each of its fields; what a fact leaves out stays."""
    merged: Visit | None = None
    for fact in sorted(stay, key=lambda fact: fact.said):
        merged = changed(merged or fact.visit, **fact.visit.said())
    return merged


def _details(facts: Sequence[his.PatientFact]) -> Details:
    """The newest word on each field, as every fact about the patient carries it."""
    merged = Details()
    for fact in sorted(facts, key=lambda fact: fact.said):
        said = {name: value for name, value in dict(fact.patient).items() if value not in (None, ())}
        merged = changed(merged, **said)
    return merged


def _number(who: Details, system: str) -> str:
    return next((each.value or "" for each in who.identifiers if each.system.startswith(system)), "")


def _when(stay: Sequence[his.VisitFact], kinds: tuple[type[his.VisitFact], ...]) -> str:
    found = [fact.at for fact in stay if isinstance(fact, kinds)]
    return max(found).isoformat(timespec="minutes") if found else ""


def _diagnoses(stay: Sequence[his.VisitFact]) -> str:
    """Of the discharge where there was one, else of the admission."""
    for kind in (his.PatientDischarged, his.PatientAdmitted):
        for fact in stay:
            if isinstance(fact, kind) and fact.diagnoses:
                return "; ".join(" ".join(filter(None, (each.code, each.text))) for each in fact.diagnoses)
    return ""


def _last(facts: Sequence[his.PatientFact], kind: type[his.PatientFact], say: Callable[[Any], str]) -> str:
    found = sorted((fact for fact in facts if isinstance(fact, kind)), key=lambda fact: fact.at, reverse=True)
    return next(filter(None, map(say, found)), "")


def _document(report: his.ReportReady, stay: Sequence[his.VisitFact]) -> str:
    """A document written since the stay began."""
    begun = min((fact.at for fact in stay), default=report.at)
    return (report.title or "") if report.category == "document" and report.at >= begun else ""


def _appointment(facts: Sequence[his.PatientFact], now: datetime) -> str:
    """The next one that stands."""
    stands: dict[str, datetime | None] = {}
    for fact in sorted(facts, key=lambda each: each.said):
        if isinstance(fact, his.AppointmentBooked | his.AppointmentMoved):
            stands[fact.appointment.appointment_id] = fact.appointment.starts
        elif isinstance(fact, his.AppointmentCancelled | his.AppointmentMissed):
            stands[fact.appointment.appointment_id] = None
    coming = [starts for starts in stands.values() if starts and starts > now]
    return min(coming).isoformat(timespec="minutes") if coming else ""
