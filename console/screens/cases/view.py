"""What the queue and the page of a case show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from careloop_client.complaints.models import Case, CaseStep, Escalation
from careloop_client.contacts.models import PersonName
from console.names import patient_name

BY_PEOPLE = ("case_opened", "case_assigned", "case_resolved")
"""Events that raise the revision of a case."""
Names = Callable[[str], str]
"""The name of a member of staff by their id."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case of the queue. `patient`: their name, as far as known.

    `target`: what is due next, if a clock runs; `overdue`: it was due before now.
    """

    case_id: str
    patient: str
    category: str
    severity: str
    department: str
    status: str
    assignee: str
    target: str
    due: datetime | None
    overdue: bool
    revision: int


def rows(cases: Iterable[Case], people: Mapping[str, PersonName], names: Names, now: datetime) -> list[Row]:
    """The rows of the queue, in its order."""
    return [_row(case, patient_name(people.get(case.person_id)), names, now) for case in cases]


def _row(case: Case, patient: str, names: Names, now: datetime) -> Row:
    due = case.next_due
    target = next((target for target, clock in case.sla.items() if due and clock.due == due), "")
    assignee = names(case.assignee) if case.assignee else ""
    overdue = due is not None and due < now
    return Row(
        case.case_id,
        patient,
        case.category,
        case.severity,
        case.department,
        case.status,
        assignee,
        target,
        due,
        overdue,
        case.revision,
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """A target of the SLA policy: `met` in time, met `late`, `running` or `overdue`."""

    target: str
    due: datetime
    state: Literal["met", "late", "running", "overdue"]


def clocks(case: Case, now: datetime) -> list[Clock]:
    """The clocks of a case, what is due first on top."""
    return sorted(
        (
            Clock(target, clock.due, _state(case.status, target, clock.due, clock.breached, now))
            for target, clock in case.sla.items()
            if clock.due
        ),
        key=lambda each: each.due,
    )


def _state(
    status: str, target: str, due: datetime, breached: bool, now: datetime
) -> Literal["met", "late", "running", "overdue"]:
    if status == "resolved" or (status == "assigned" and target == "respond"):
        return "late" if breached else "met"
    return "overdue" if breached or due < now else "running"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the history. `by`: who did it, empty if a rule of the system did.

    `who`: the staff whom it concerns; `since`: the reader of the page had not seen it yet.
    """

    type: str
    at: datetime
    by: str
    who: Sequence[str]
    target: str
    due: datetime | None
    level: int | None
    since: bool


def steps(history: Iterable[CaseStep], names: Names, seen: int | None = None) -> list[Step]:
    """The history, the newest step first. `seen`: the revision that the reader's page showed, if it is an older one."""
    shown, revision = [], 0
    for each in history:
        by_people = each.type.split(".")[-2] in BY_PEOPLE
        revision += by_people
        by = names(each.actor_id) if each.actor_type != "system" else ""
        who = [names(id) for id in (each.to or ([each.assignee] if each.assignee else []))]
        since = seen is not None and by_people and revision > seen
        shown.append(Step(each.type, each.at, by, who, each.target or "", each.due, each.level, since))
    return shown[::-1]


def escalations(case: Case, names: Names) -> list[tuple[Escalation, Sequence[str]]]:
    """Each escalation with the names of the staff who were told."""
    return [(each, [names(id) for id in each.to]) for each in case.escalations]
