"""What the page of a person shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from careloop_client.complaints.models import Case
from careloop_client.contacts.models import Identity, PersonVisit, TimelineEntry, View360
from careloop_client.followup.models import Task
from careloop_client.notify.models import Message

PAGE = 50
"""Entries of the timeline on a page."""
STEPS = ("registered", "admitted", "transferred", "discharged", "cancelled")
"""The steps of a visit in their order, for those that are said to have happened at the same time."""
PURPOSES: tuple[Literal["care", "survey", "marketing", "alert"], ...] = ("care", "survey", "marketing", "alert")


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: its class and department, the last step and when it was."""

    visit_id: str
    patient_class: str
    department: str
    doctor: str
    step: str
    at: datetime


def visit(answer: PersonVisit) -> Visit | None:
    """A row of the visits; None for a visit of which no step is known."""
    if not answer.steps:
        return None
    step, at = max(answer.steps.items(), key=lambda pair: (pair[1], STEPS.index(pair[0])))
    department, doctor = answer.department_name or answer.department, answer.doctor_name or answer.doctor
    return Visit(answer.visit_id, answer.patient_class, department, doctor, step, at)


def visits(answer: View360) -> list[Visit]:
    """The visits, the last one first."""
    return sorted(filter(None, map(visit, answer.visits)), key=lambda each: each.at, reverse=True)


def open_first(cases: Iterable[Case]) -> list[Case]:
    """The cases: open ones by what is due first, then resolved ones, the newest first."""
    waiting = [each for each in cases if each.status != "resolved"]
    done = [each for each in cases if each.status == "resolved"]
    return sorted(waiting, key=_due) + sorted(done, key=lambda each: each.changed, reverse=True)


def _due(case: Case) -> tuple[bool, datetime]:
    dues = [clock.due for clock in case.sla.values() if clock.due]
    return not dues, min(dues, default=case.opened)


def next_first(tasks: Iterable[Task]) -> list[Task]:
    """The steps of plans: those to come by time, then those that were, the newest first."""
    coming = [each for each in tasks if each.status == "waiting"]
    past = [each for each in tasks if each.status != "waiting"]
    return sorted(coming, key=lambda each: each.due) + sorted(past, key=lambda each: each.due, reverse=True)


def newest_first(messages: Iterable[Message]) -> list[Message]:
    """The messages, the newest first."""
    return sorted(messages, key=lambda each: each.changed, reverse=True)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that leads to a person, as the search takes it."""

    kind: str
    issuer: str
    value: str


def number(identity: Identity) -> Number | None:
    """A hospital number of the person, which nobody else has, else a phone."""
    for each in identity.identifiers:
        kind, _, issuer = each.system.partition(":")
        if kind == "MRN" and each.value:
            return Number(kind, issuer, each.value)
    return next((Number("phone", "", phone) for phone in identity.phones or ()), None)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of the timeline. `kinds`: what can be chosen; `earlier`: the number of the next page, if there is one."""

    entries: Sequence[TimelineEntry]
    kinds: Sequence[str]
    kind: str
    earlier: int | None


def timeline(entries: Sequence[TimelineEntry], kind: str, page: int) -> Timeline:
    """The newest entries first, those of one kind if one is chosen."""
    kinds = sorted({each.type for each in entries})
    chosen = [each for each in reversed(entries) if kind in ("", each.type)]
    begin = page * PAGE
    more = page + 1 if len(chosen) > begin + PAGE else None
    return Timeline(chosen[begin : begin + PAGE], kinds, kind, more)
