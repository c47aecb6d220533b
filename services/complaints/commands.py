"""What complaints can be asked to do."""

from typing import ClassVar

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.complaints import Category, Severity, Source, TimerCancelled, TimerSet


class CaseCommand(Command):
    """Keyed by case."""

    key_field: ClassVar[str] = "case_id"

    case_id: str


class OpenCase(CaseCommand):
    """Somebody is unhappy, has an idea, or there is work to do. Sealed for the person."""

    wire: ClassVar[str] = "careloop.complaints.open_case.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    category: Category
    severity: Severity
    source: Source
    source_id: str
    department: str = ""
    score: int | None = None
    description: Personal[str] = None


class AssignCase(CaseCommand):
    """Somebody takes it on."""

    wire: ClassVar[str] = "careloop.complaints.assign_case.v1"

    assignee: str
    assigned_by: str


class ResolveCase(CaseCommand):
    """Somebody found an answer. Sealed for the person of the case; for the case where they are not known (yet)."""

    wire: ClassVar[str] = "careloop.complaints.resolve_case.v1"
    seal_field: ClassVar[str | None] = "person_id"

    resolved_by: str
    resolution: Personal[str] = None
    person_id: str = ""


class FireTimer(CaseCommand, timers.FireTimer):
    """An SLA's time is up."""

    wire: ClassVar[str] = "careloop.complaints.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
ComplaintsCommand = OpenCase | AssignCase | ResolveCase | FireTimer
