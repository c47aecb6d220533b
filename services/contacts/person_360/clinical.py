"""Diagnoses, allergies, results and spend of a human, folded from their facts when the 360 is read. Pure.

No read model holds them: their texts are personal, so they stay in the encrypted events of the timeline. Both clocks
follow from which events are folded, and an erasure from the events that no longer open.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, assert_never, get_args
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
from shared.contracts.terminology import thing

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
        none_known = [
            each for each in allergies if each not in harmful and each.status == "active" and not each.disputed
        ]
        return {
            "diagnoses": _newest_first(each.shown(visit_id=each.visit_id) for each in _diagnoses(readable)),
            "allergies": _newest_first(each.shown(disputed=each.disputed) for each in harmful),
            "no_known_allergies": _newest_first(
                each.shown() for each in none_known if not any(other.status == "active" for other in harmful)
            ),
            "results": _newest_first(map(_result, reports.values())),
            "spend": _sums(charges, self.zone),
            "charges": _newest_first(_charge(each, each.person_id in erased) for each in charges)[:CHARGES_SHOWN],
            "incomplete": list(self.incomplete),
        }


NOTHING = ClinicalFacts()


@dataclass(frozen=True, slots=True)
class Statement:
    """A diagnosis or an allergy. `disputed`: one source states it as active and another one as over."""

    what: Coded
    visit_id: str | None
    status: str
    since: datetime
    at: datetime
    disputed: bool = False

    @property
    def thing(self) -> str:
        """What it is about, at whichever visit."""
        return thing(self.what.system, self.what.code, self.what.text)

    def shown(self, **more: Any) -> Document:
        """As it is answered."""
        times = {"since": self.since.isoformat(), "at": self.at.isoformat()}
        return {**self.what.model_dump(), **more, "status": self.status, **times}


class Stating(NamedTuple):
    """Who states something: an `item` by its id, or the step `admitted` or `discharged` of a visit."""

    kind: str
    id: str | None


class Statements:
    """What each source states, by what it is about at which visit. A fact costs the same however many came before."""

    def __init__(self) -> None:
        self._entries: dict[tuple[Stating, str], Statement] = {}  # the latest last
        self._of_source: defaultdict[Stating, set[str]] = defaultdict(set)

    def state(self, source: Stating, entry: Statement) -> None:
        """Take a statement; of what has neither code nor text nothing can be shown."""
        if not entry.thing:
            return
        about = _about(entry)
        if before := self._entries.pop((source, about), None):
            entry = replace(entry, since=before.since)
        self._entries[source, about] = entry
        self._of_source[source].add(about)

    def item(self, fact: DiagnosisRecorded | AllergyRecorded, visit_id: str | None) -> None:
        """Take an item: what it was before a correction is gone, and so is what was recorded in error.

        What other items state stays. An admission or discharge has its diagnoses from the items of its visit, so they
        go with an item that was recorded in error.
        """
        entry, source = Statement(fact.what, visit_id, fact.status, fact.at, fact.at), Stating("item", fact.item_id)
        about = _about(entry)
        for other in self._of_source[source] - {about}:
            if not _is_another(self._entries[source, other], entry):
                self._drop(source, other)
        if fact.status != "entered-in-error":
            self.state(source, entry)
            return
        for each in (source, Stating("admitted", visit_id), Stating("discharged", visit_id)):
            self._drop(each, about)

    def withdraw(self, source: Stating) -> None:
        """Forget all that a source states."""
        for about in list(self._of_source[source]):
            self._drop(source, about)

    def _drop(self, source: Stating, about: str) -> None:
        self._entries.pop((source, about), None)
        self._of_source[source].discard(about)

    def by_thing(self) -> list[list[Statement]]:
        """What the sources state of each thing at a visit, the latest last."""
        groups: dict[str, list[Statement]] = {}
        for (_, about), entry in self._entries.items():
            groups.setdefault(about, []).append(entry)
        return list(groups.values())


def _diagnoses(facts: Iterable[PersonFact]) -> list[Statement]:
    """Each diagnosis once a visit: recorded by itself, or with the admission or discharge. The last word counts."""
    statements = Statements()
    for fact in (each for each in facts if isinstance(each, StatesDiagnosis)):
        match fact:
            case DiagnosisRecorded():
                statements.item(fact, fact.visit_id)
            case PatientAdmitted() | PatientDischarged():
                step = "admitted" if isinstance(fact, PatientAdmitted) else "discharged"
                visit = fact.visit.visit_id
                for what in fact.diagnoses:
                    statements.state(Stating(step, visit), Statement(what, visit, "active", fact.at, fact.at))
            case VisitCancelled():
                statements.withdraw(Stating(UNDONE.get(fact.undoes, ""), fact.visit.visit_id))
            case _:
                assert_never(fact)
    return [replace(each[-1], since=min(one.since for one in each)) for each in statements.by_thing()]


def _allergies(facts: Iterable[PersonFact]) -> list[Statement]:
    """Each allergy once, at whichever visit it was stated. It is active as long as any source says so."""
    statements = Statements()
    for fact in facts:
        if isinstance(fact, AllergyRecorded):
            statements.item(fact, None)
    return [_of_all_sources(each) for each in statements.by_thing()]


def _of_all_sources(entries: list[Statement]) -> Statement:
    """One allergy of what its sources state."""
    states = {each.status for each in entries}
    since = min(each.since for each in entries)
    status = "active" if "active" in states else entries[-1].status
    return replace(entries[-1], status=status, since=since, disputed=len(states) > 1)


def _is_another(before: Statement, entry: Statement) -> bool:
    """Whether an item's two statements are no correction: its id may be made of a code that means two things."""
    withdrawn_by_code = entry.status == "entered-in-error" and not entry.what.text
    same_code = (before.what.code or "").upper() == (entry.what.code or "").upper() != ""
    return same_code and before.thing != entry.thing and not withdrawn_by_code


def _about(entry: Statement) -> str:
    return f"{entry.visit_id or ''} {entry.thing}"


def _result(fact: ReportReady) -> Document:
    fields = {"report_id", "category", "title", "status", "abnormal", "critical"}
    return {**fact.model_dump(mode="json", include=fields), "at": fact.at.isoformat()}


def _charge(fact: ChargePosted, erased: bool) -> Document:
    fields = {"charge_id", "amount", "currency", "department", "visit_id"}
    what = Coded() if erased else fact.what
    return {**fact.model_dump(mode="json", include=fields), **what.model_dump(), "at": fact.at.isoformat()}


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
