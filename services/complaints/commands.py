"""Commands of complaints."""

from typing import ClassVar

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.complaints import CaseSource, Category, Severity, TimerCancelled, TimerSet

UNRATED: Severity = "medium"
"""Severity of a case that nobody rated: of work orders, and of complaints that are written down without one."""


class CaseCommand(Command):
    """Base of the commands; the key is the case id."""

    key_field: ClassVar[str] = "case_id"

    case_id: str


class OpenCase(CaseCommand):
    """Open a case; encrypted for the person."""

    wire: ClassVar[str] = "careloop.complaints.open_case.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    category: Category
    severity: Severity
    source: CaseSource
    source_id: str
    department: str = ""
    score: int | None = None
    description: Personal[str] = None


class AssignCase(CaseCommand):
    """Assign the case to a member of staff. `seen_revision`: of the case that the caller saw, None if of no matter."""

    wire: ClassVar[str] = "careloop.complaints.assign_case.v1"

    assignee: str
    assigned_by: str
    seen_revision: int | None = None


class ResolveCase(CaseCommand):
    """Resolve the case; encrypted for the person of the case, or with the case's own key if they are not known.

    `seen_revision`: as of `AssignCase`.
    """

    wire: ClassVar[str] = "careloop.complaints.resolve_case.v1"
    seal_field: ClassVar[str | None] = "person_id"

    resolved_by: str
    resolution: Personal[str] = None
    person_id: str = ""
    seen_revision: int | None = None


class FireTimer(CaseCommand, timers.FireTimer):
    """An SLA target is due."""

    wire: ClassVar[str] = "careloop.complaints.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
ComplaintsCommand = OpenCase | AssignCase | ResolveCase | FireTimer
