"""Published by complaints: cases, their clocks and levels, and the hospital's calendars."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field, field_validator

from shared.contracts import timers
from shared.contracts.base import Event, Personal
from shared.contracts.timeline import Timeline
from shared.definitions import Definition, Zone

Category = Literal["complaint", "suggestion", "dissatisfaction", "work-order"]
"""A work order is something to be done, whoever noticed: nobody need be unhappy."""
Severity = Literal["low", "medium", "high"]
Source = Literal["survey", "phone", "desk", "web", "hospital"]


class CaseEvent(Event):
    """Keyed by case; personal fields are sealed for the person."""

    key_field: ClassVar[str] = "case_id"
    seal_field: ClassVar[str | None] = "person_id"

    case_id: str
    person_id: str


class CaseOpened(CaseEvent):
    """A complaint, suggestion, bad answer or piece of work became a case. `source` says what it came from."""

    wire: ClassVar[str] = "careloop.complaints.case_opened.v1"

    category: Category
    severity: Severity
    source: Source
    source_id: str
    department: str = ""
    score: int | None = None
    description: Personal[str] = None


class SlaStarted(CaseEvent):
    """The clock of one target runs. `provisional`: a calendar year was not published yet."""

    wire: ClassVar[str] = "careloop.complaints.sla_started.v1"

    policy: str
    calendar: str
    target: Literal["respond", "resolve"]
    due: AwareDatetime
    provisional: bool


class NoSlaPolicyMatched(CaseEvent):
    """No published SLA policy applies: told, so that nobody believes a clock is running."""

    wire: ClassVar[str] = "careloop.complaints.no_sla_policy_matched.v1"

    considered: tuple[str, ...]


class SlaBreached(CaseEvent):
    """A target's clock ran out."""

    wire: ClassVar[str] = "careloop.complaints.sla_breached.v1"

    policy: str
    target: Literal["respond", "resolve"]
    due: AwareDatetime


class CaseEscalated(CaseEvent):
    """The case went up to `level`; `escalated_to` are staff ids found by `role`."""

    wire: ClassVar[str] = "careloop.complaints.case_escalated.v1"

    level: int
    role: str
    escalated_to: tuple[str, ...]
    template: str
    department: str = ""
    reason: str
    valid_until: AwareDatetime | None = Field(
        default=None, description="when it is not worth telling; two days in old logs"
    )

    @property
    def message_values(self) -> dict[str, Any]:
        """What the message to its staff may say of it."""
        return self.model_dump(include={"case_id", "department", "level", "reason"})


class CaseAssigned(CaseEvent):
    """Somebody works on it."""

    wire: ClassVar[str] = "careloop.complaints.case_assigned.v1"

    assignee: str
    assigned_by: str


class CaseResolved(CaseEvent):
    """A person found an answer."""

    wire: ClassVar[str] = "careloop.complaints.case_resolved.v1"

    resolved_by: str
    resolution: Personal[str] = None


class TimerSet(timers.TimerSet):
    """An SLA's alarm clock."""

    wire: ClassVar[str] = "careloop.complaints.timer_set.v1"
    key_field: ClassVar[str] = "case_id"
    case_id: str


class TimerCancelled(timers.TimerCancelled):
    """An SLA's alarm clock is off."""

    wire: ClassVar[str] = "careloop.complaints.timer_cancelled.v1"
    key_field: ClassVar[str] = "case_id"
    case_id: str


class Calendar(Definition):
    """When the hospital's offices work: spans per weekday (0 Monday), holidays, make-up days."""

    kind: ClassVar[str] = "calendar"
    owner: ClassVar[str] = "complaints"

    zone: Zone
    hours: Mapping[int, tuple[tuple[time, time], ...]]
    holidays: frozenset[date] = frozenset()
    make_up_days: Mapping[date, int] = Field(default={}, description="date → the weekday whose hours apply")
    published_years: frozenset[int] = frozenset()

    @field_validator("hours")
    @classmethod
    def _forwards(cls, hours: Mapping[int, tuple[tuple[time, time], ...]]) -> Mapping[int, Any]:
        """Spans begin before they end and do not overlap: otherwise working time would run backwards."""
        for day, spans in hours.items():
            edges = [edge for span in spans for edge in span]
            if edges != sorted(set(edges)) or day not in range(7):
                raise ValueError(f"day {day}: weekdays are 0 to 6, and spans must be in order, such as 08:30 to 12:00")
        if not any(hours.values()):
            raise ValueError("no weekday has a working hour")
        return hours


TIMELINE = Timeline("complaints", 2, tuple(CaseEvent.__subclasses__()))
