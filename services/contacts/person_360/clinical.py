"""Diagnoses, allergies, results and spend of a human, folded from their facts when the 360 is read. Pure.

No read model holds them: their texts are personal, so they stay in the encrypted events of the timeline. Both clocks
follow from which events are folded, and an erasure from the events that no longer open.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, assert_never, get_args
from zoneinfo import ZoneInfo

from shared.contracts.base import Event
from shared.contracts.facts import NO_KNOWN_ALLERGY, Coded
from shared.contracts.person_facts import (
    AllergyRecorded,
    ChargePosted,
    DiagnosisRecorded,
    PatientAdmitted,
    PatientDischarged,
    PersonFact,
    ReportReady,
    VisitCancelled,
)

Document = dict[str, Any]
StatesDiagnosis = DiagnosisRecorded | PatientAdmitted | PatientDischarged | VisitCancelled
SECTIONS: dict[str, tuple[tuple[type[Event], ...], int]] = {
    "diagnoses": (get_args(StatesDiagnosis), 1000),
    "allergies": ((AllergyRecorded,), 500),
    "results": ((ReportReady,), 500),
    "spend": ((ChargePosted,), 2000),
}
"""Section → the facts that it is folded from, and how many of them are read at most, the newest."""
CHARGES_SHOWN = 50
"""Charges that are listed one by one; all that are read count in the sums."""
UNDONE = {"admission": "admitted", "registration": "admitted", "discharge": "discharged"}
"""What a `VisitCancelled` undoes → the step whose diagnoses are gone with it."""


@dataclass(frozen=True, slots=True)
class ClinicalFacts:
    """The facts about a human in the order of the timeline. `zone`: of the hospital, where a year begins.

    `incomplete`: the sections of which older facts were left out.
    """

    facts: tuple[PersonFact, ...] = ()
    zone: ZoneInfo = ZoneInfo("UTC")
    incomplete: tuple[str, ...] = ()

    def sections(self, erased: Collection[str]) -> Document:
        """The fields of the 360; of the records `erased` only what was charged, without saying for what."""
        readable = [fact for fact in self.facts if fact.person_id not in erased]
        charges = list({fact.charge_id: fact for fact in self.facts if isinstance(fact, ChargePosted)}.values())
        reports = {fact.report_id: fact for fact in readable if isinstance(fact, ReportReady)}
        allergies = _allergies(readable)
        harmful = [each for each in allergies if each.what.code not in NO_KNOWN_ALLERGY]
        none_known = [each for each in allergies if each not in harmful and each.status == "active"]
        return {
            "diagnoses": _newest_first(each.shown(visit_id=each.visit_id) for each in _diagnoses(readable)),
            "allergies": _newest_first(each.shown() for each in harmful),
            "no_known_allergies": _newest_first(
                each.shown() for each in none_known if not any(other.status == "active" for other in harmful)
            ),
            "results": _newest_first(map(_result, reports.values())),
            "spend": _sums(charges, self.zone),
            "charges": _newest_first(map(_charge, charges))[:CHARGES_SHOWN],
            "incomplete": list(self.incomplete),
        }


NOTHING = ClinicalFacts()


@dataclass(frozen=True, slots=True)
class Statement:
    """A diagnosis or an allergy. `sources`: the items and the steps of visits that state it."""

    what: Coded
    visit_id: str | None
    status: str
    since: datetime
    at: datetime
    sources: frozenset[str]

    def shown(self, **more: Any) -> Document:
        """As it is answered."""
        times = {"since": self.since.isoformat(), "at": self.at.isoformat()}
        return {**self.what.model_dump(), **more, "status": self.status, **times}


Statements = dict[str, Statement]
"""Statements by visit and code."""


def _diagnoses(facts: Iterable[PersonFact]) -> list[Statement]:
    """Each diagnosis once a visit: recorded by itself, or with the admission or discharge."""
    entries: Statements = {}
    for fact in (each for each in facts if isinstance(each, StatesDiagnosis)):
        match fact:
            case DiagnosisRecorded():
                entries = _with_item(entries, fact, fact.visit_id)
            case PatientAdmitted() | PatientDischarged():
                step = "admitted" if isinstance(fact, PatientAdmitted) else "discharged"
                visit = fact.visit.visit_id
                for what in fact.diagnoses:
                    entries = _stated(
                        entries, Statement(what, visit, "active", fact.at, fact.at, _set(f"{visit}/{step}"))
                    )
            case VisitCancelled():
                entries = _without(entries, f"{fact.visit.visit_id}/{UNDONE.get(fact.undoes)}")
            case _:
                assert_never(fact)
    return list(entries.values())


def _allergies(facts: Iterable[PersonFact]) -> list[Statement]:
    """Each allergy once, at whichever visit it was stated."""
    entries: Statements = {}
    for fact in facts:
        if isinstance(fact, AllergyRecorded):
            entries = _with_item(entries, fact, None)
    return list(entries.values())


def _with_item(entries: Statements, fact: DiagnosisRecorded | AllergyRecorded, visit_id: str | None) -> Statements:
    """The entries after an item. What was recorded in error is gone, also what the item was before a correction."""
    entry = Statement(fact.what, visit_id, fact.status, fact.at, fact.at, _set(fact.item_id))
    key = _key(entry)
    others = _without({each: other for each, other in entries.items() if each != key}, fact.item_id)
    same = {key: entries[key]} if key in entries else {}
    return others if fact.status == "entered-in-error" else _stated({**others, **same}, entry)


def _stated(entries: Statements, entry: Statement) -> Statements:
    """The entries with a newer one; of what has neither code nor text nothing can be shown."""
    if not (entry.what.code or entry.what.text):
        return entries
    before = entries.get(_key(entry))
    if before:
        entry = replace(entry, since=before.since, sources=before.sources | entry.sources)
    return {**entries, _key(entry): entry}


def _without(entries: Statements, source: str) -> Statements:
    """The entries that anything else than `source` states."""
    concerned = {key: each for key, each in entries.items() if source in each.sources}
    left = {key: replace(each, sources=each.sources - {source}) for key, each in concerned.items()}
    kept = {**entries, **left} if left else entries
    return {key: each for key, each in kept.items() if each.sources}


def _set(source: str) -> frozenset[str]:
    return frozenset({source})


def _key(entry: Statement) -> str:
    return f"{entry.visit_id or ''} {(entry.what.code or entry.what.text or '').upper()}"


def _result(fact: ReportReady) -> Document:
    fields = {"report_id", "category", "title", "status", "abnormal", "critical"}
    return {**fact.model_dump(mode="json", include=fields), "at": fact.at.isoformat()}


def _charge(fact: ChargePosted) -> Document:
    fields = {"charge_id", "amount", "currency", "department", "visit_id"}
    return {**fact.model_dump(mode="json", include=fields), **fact.what.model_dump(), "at": fact.at.isoformat()}


def _sums(charges: Iterable[ChargePosted], zone: ZoneInfo) -> list[Document]:
    """What was charged in each year and currency, credits taken off; the latest year first."""
    sums: dict[tuple[int, str], tuple[Decimal, int]] = {}
    for charge in charges:
        year = charge.at.astimezone(zone).year
        total, count = sums.get((year, charge.currency), (Decimal(0), 0))
        sums[year, charge.currency] = total + charge.amount, count + 1
    return [
        {"year": year, "currency": currency, "total": str(total), "charges": count}
        for (year, currency), (total, count) in sorted(sums.items(), reverse=True)
    ]


def _newest_first(rows: Iterable[Document]) -> list[Document]:
    """By the instant, not by the text: a time keeps the offset that it happened at."""
    return sorted(rows, key=lambda row: datetime.fromisoformat(row["at"]), reverse=True)
