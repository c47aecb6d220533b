"""What changed between two moments of knowledge: two answers about a person compared. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from careloop_client.contacts.models import PersonVisit, TimelineEntry, View360
from console.comparing import FIELDS, compared
from console.screens.person.clinical import allergies, diagnoses, result
from console.screens.person.view import PURPOSES, visit
from shared.contracts.base import Event
from shared.contracts.contacts import (
    ClaimConfirmed,
    ConsentChanged,
    PersonDetailsChanged,
    PersonRegistered,
    TouchpointRecorded,
)
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.person_facts import (
    AllergyRecorded,
    ChargePosted,
    DeathTakenBack,
    DiagnosisRecorded,
    PatientDied,
)
from shared.contracts.terminology import thing

MOST_EVENTS = 500
"""Entries of a timeline in one answer; older ones are left out."""
EVENTS_SHOWN, OTHERS_SHOWN = 5, 100
SECTIONS = ("identity", "death", "allergies", "diagnoses", "results", "visits", "spend", "consents")


@dataclass(frozen=True, slots=True)
class Value:
    """What was known of something: a `text`, or the `key` of one, with a time; empty if nothing was known.

    `more`: the key of a second text.
    """

    text: str = ""
    key: str = ""
    more: str = ""
    at: datetime | None = None


NOTHING = Value()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of which something else was known later. `name`: its text, or `key`: of its text.

    `events`: what was recorded in between and says it, the newest first; `more`: how many of them are not listed.
    """

    section: str
    name: str
    key: str
    before: Value
    after: Value
    events: Sequence[TimelineEntry]
    more: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes, and what else was recorded in between; `cut`: the oldest of it may be missing."""

    changes: Sequence[Change]
    others: Sequence[TimelineEntry]
    cut: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What one answer says of one thing, and which events can say so."""

    name: str
    value: Value
    by: Callable[[TimelineEntry], bool]
    key: str = ""


def comparison(before: View360, after: View360, since: datetime) -> Comparison:
    """What the later answer knows and the earlier one did not, by section.

    `since`: the time of the earlier one, in the hospital's zone.
    """
    between = [each for each in reversed(after.timeline) if each.recorded > since]
    old, new = _known(before, after, since.tzinfo), _known(after, before, since.tzinfo)
    changes = [change for section in SECTIONS for change in _changes(section, old[section], new[section], between)]
    used = {entry.event_id for change in changes for entry in change.events}
    others = [each for each in between if each.event_id not in used][:OTHERS_SHOWN]
    return Comparison(changes, others, len(after.timeline) >= MOST_EVENTS)


def _changes(
    section: str, before: dict[str, Known], after: dict[str, Known], between: Iterable[TimelineEntry]
) -> Iterable[Change]:
    for id in dict.fromkeys((*before, *after)):
        one, other = before.get(id), after.get(id)
        old, new = one.value if one else NOTHING, other.value if other else NOTHING
        named = other or one
        if named is not None and old != new:
            events = [entry for entry in between if named.by(entry)]
            more = max(len(events) - EVENTS_SHOWN, 0)
            yield Change(section, named.name, named.key, old, new, events[:EVENTS_SHOWN], more)


def _known(view: View360, other: View360, zone: tzinfo | None) -> dict[str, dict[str, Known]]:
    """What an answer says in each section, by id. `other`: the answer that it is compared with."""
    return {
        "identity": _identity(view, other),
        "death": _death(view),
        "allergies": _allergies(view),
        "diagnoses": _diagnoses(view),
        "results": _results(view),
        "visits": {each.visit_id: _visit(each) for each in view.visits},
        "spend": _spend(view, zone),
        "consents": _consents(view),
    }


def _identity(view: View360, other: View360) -> dict[str, Known]:
    by = _of(PersonRegistered, PersonDetailsChanged, ClaimConfirmed, TouchpointRecorded)
    known = {}
    for row in compared([view.identity, other.identity]):
        if text := row.cells[0].value:
            value = Value(key=f"sex.{text}") if row.field == "sex" else Value(text)
            known[row.field] = Known(row.field, value, by, f"compared.{row.field}" if row.field in FIELDS else "")
    return known


def _death(view: View360) -> dict[str, Known]:
    by = _of(PatientDied, DeathTakenBack, PersonStandingChanged)
    value = Value(str(view.dead_since or ""), "deceased")
    return {"dead": Known("", value, by)} if view.dead else {}


def _visit(answer: PersonVisit) -> Known:
    last = visit(answer)
    name = answer.department_name or answer.department
    value = Value(key=f"step.{last.step}", at=last.at) if last else NOTHING
    return Known(name, value, lambda entry: (entry.data.get("visit") or {}).get("visit_id") == answer.visit_id)


def _diagnoses(view: View360) -> dict[str, Known]:
    known = {}
    for each in diagnoses(view.diagnoses):
        value = Value(key=f"diagnosis.{each.status}")
        known[each.id] = Known(each.text or each.code, value, _stating(each.id, DiagnosisRecorded))
    return known


def _allergies(view: View360) -> dict[str, Known]:
    known, stated = {}, allergies(view)
    for each in stated.rows:
        id, name = thing(each.system, each.code, each.text), each.text or each.code or ""
        known[id] = Known(name, Value(key=stated.state(each)), _stating(id, AllergyRecorded))
    return known


def _stating(id: str, model: type[Event]) -> Callable[[TimelineEntry], bool]:
    """Whether an event states this `thing`: an item of this type, or a stay by its diagnoses."""

    def states(entry: TimelineEntry) -> bool:
        what = [entry.data.get("what") or {}] if entry.type == model.wire else []
        of_stay = entry.data.get("diagnoses") or [] if model is DiagnosisRecorded else []
        stated = (*what, *of_stay)
        return any(thing(each.get("system"), each.get("code"), each.get("text")) == id for each in stated)

    return states


def _results(view: View360) -> dict[str, Known]:
    known = {}
    for each in map(result, view.results):
        status = f"report.{each.status}"
        value = Value(key=f"flag.{each.flag}", more=status, at=each.at) if each.flag else Value(key=status, at=each.at)
        known[each.report_id] = Known(each.title, value, _report(each.report_id))
    return known


def _report(id: str) -> Callable[[TimelineEntry], bool]:
    return lambda entry: entry.data.get("report_id") == id


def _spend(view: View360, zone: tzinfo | None) -> dict[str, Known]:
    return {
        f"{each.year} {each.currency}": Known(
            str(each.year), Value(f"{each.total} {each.currency}"), _charged(each.year, each.currency, zone)
        )
        for each in view.spend
    }


def _charged(year: int, currency: str, zone: tzinfo | None) -> Callable[[TimelineEntry], bool]:
    return lambda entry: (
        entry.type == ChargePosted.wire
        and entry.data.get("currency") == currency
        and entry.time.astimezone(zone).year == year
    )


def _consents(view: View360) -> dict[str, Known]:
    said = {purpose: view.consents[purpose] for purpose in PURPOSES if purpose in view.consents}
    return {
        purpose: Known("", Value(key=f"consent.{str(granted).lower()}"), _consent(purpose), f"purpose.{purpose}")
        for purpose, granted in said.items()
    }


def _consent(purpose: str) -> Callable[[TimelineEntry], bool]:
    return lambda entry: entry.type == ConsentChanged.wire and entry.data.get("purpose") == purpose


def _of(*models: type[Event]) -> Callable[[TimelineEntry], bool]:
    wires = {model.wire for model in models}
    return lambda entry: entry.type in wires
