"""Published by complaints: cases, their SLA clocks and escalations, and the hospital's calendars."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field, field_validator

from shared.contracts import timers
from shared.contracts.base import Event, Personal
from shared.contracts.timeline import Timeline
from shared.definitions import Definition, Zone

Category = Literal["complaint", "suggestion", "dissatisfaction", "work-order"]
"""A work order is a task that somebody has to do; it needs no complaint."""
Severity = Literal["low", "medium", "high"]
CaseSource = Literal["survey", "phone", "desk", "web", "hospital"]


class CaseEvent(Event):
    """Base of case events. The key is the case id; personal fields are encrypted for the person."""

    key_field: ClassVar[str] = "case_id"
    seal_field: ClassVar[str | None] = "person_id"

    case_id: str
    person_id: str


class CaseOpened(CaseEvent):
    """A case was opened for a complaint, suggestion, bad survey answer or work order. `source`: its origin."""

    wire: ClassVar[str] = "careloop.complaints.case_opened.v1"

    category: Category
    severity: Severity
    source: CaseSource
    source_id: str
    department: str = ""
    score: int | None = None
    description: Personal[str] = None


class SlaStarted(CaseEvent):
    """The clock of one target started. `provisional`: a calendar year in it was not published yet."""

    wire: ClassVar[str] = "careloop.complaints.sla_started.v1"

    policy: str
    calendar: str
    target: Literal["respond", "resolve"]
    due: AwareDatetime
    provisional: bool


class NoSlaPolicyMatched(CaseEvent):
    """No published SLA policy applies to the case, so no clock runs."""

    wire: ClassVar[str] = "careloop.complaints.no_sla_policy_matched.v1"

    considered: tuple[str, ...]


class SlaBreached(CaseEvent):
    """The target was not met in time."""

    wire: ClassVar[str] = "careloop.complaints.sla_breached.v1"

    policy: str
    target: Literal["respond", "resolve"]
    due: AwareDatetime


class CaseEscalated(CaseEvent):
    """The case was escalated to `level`; `escalated_to`: ids of the staff who have `role`."""

    wire: ClassVar[str] = "careloop.complaints.case_escalated.v1"

    level: int
    role: str
    escalated_to: tuple[str, ...]
    template: str
    department: str = ""
    reason: str
    valid_until: AwareDatetime | None = Field(
        default=None, description="until when the message is worth sending; None in old logs means two days"
    )

    @property
    def message_values(self) -> dict[str, Any]:
        """The values that the message to the staff may use."""
        return self.model_dump(include={"case_id", "department", "level", "reason"})


class CaseAssigned(CaseEvent):
    """The case was assigned to a member of staff."""

    wire: ClassVar[str] = "careloop.complaints.case_assigned.v1"

    assignee: str
    assigned_by: str


class CaseResolved(CaseEvent):
    """The case was resolved."""

    wire: ClassVar[str] = "careloop.complaints.case_resolved.v1"

    resolved_by: str
    resolution: Personal[str] = None


class TimerSet(timers.TimerSet):
    """Sets the timer of an SLA target."""

    wire: ClassVar[str] = "careloop.complaints.timer_set.v1"
    key_field: ClassVar[str] = "case_id"
    case_id: str


class TimerCancelled(timers.TimerCancelled):
    """Cancels the timer of an SLA target."""

    wire: ClassVar[str] = "careloop.complaints.timer_cancelled.v1"
    key_field: ClassVar[str] = "case_id"
    case_id: str


class Calendar(Definition):
    """Working hours of the hospital: spans per weekday (0 Monday), holidays, make-up days."""

    kind: ClassVar[str] = "calendar"
    owner: ClassVar[str] = "complaints"

    zone: Zone
    hours: Mapping[int, tuple[tuple[time, time], ...]]
    holidays: frozenset[date] = frozenset()
    make_up_days: Mapping[date, int] = Field(default={}, description="date → the weekday whose hours apply")
    published_years: frozenset[int] = frozenset()

    @field_validator("hours")
    @classmethod
    def _spans_in_order(cls, hours: Mapping[int, tuple[tuple[time, time], ...]]) -> Mapping[int, Any]:
        """Spans must be in order and must not overlap."""
        for day, spans in hours.items():
            edges = [edge for span in spans for edge in span]
            if edges != sorted(set(edges)) or day not in range(7):
                raise ValueError(f"day {day}: weekdays are 0 to 6, and spans must be in order, such as 08:30 to 12:00")
        if not any(hours.values()):
            raise ValueError("no weekday has a working hour")
        return hours


TIMELINE = Timeline("complaints", 2, tuple(CaseEvent.__subclasses__()))
