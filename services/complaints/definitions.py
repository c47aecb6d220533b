"""Definitions of complaints: SLA policies (calendars: `shared/contracts/complaints.py`)."""

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import Field, field_validator

from shared.contracts.base import Part
from shared.contracts.complaints import CaseEscalated
from shared.definition_ref import Ref
from shared.definitions import Condition, Definition, Reference
from shared.rules import decided_by


class Level(Part):
    """An escalation level: notifies the staff with `role` in the case's department, else in the whole hospital.

    A message that was not sent within `valid_hours` is dropped.
    """

    role: str
    template: str
    valid_hours: int = Field(default=48, ge=1, le=24 * 366)


EXAMPLE = {"case": {"category": "", "severity": "", "source": "", "department": ""}}

ESCALATED = CaseEscalated(
    at=datetime(2026, 3, 13, 12, tzinfo=UTC),
    case_id="0f8fad5b-d9cb-569f-a165-70867728950e",
    person_id="7c9e6679-7425-50de-944b-e07fc1f90ae7",
    level=1,
    role="complaints-supervisor",
    escalated_to=("chen-supervisor",),
    template="case-escalated",
    department="CARD",
    reason="respond-overdue",
)
"""Example event that templates of levels are tried with."""


class SlaPolicy(Definition):
    """Targets in working minutes for cases that make `when` true (CEL over `case`); the first by id applies."""

    kind: ClassVar[str] = "sla-policy"
    owner: ClassVar[str] = "complaints"

    when: Condition
    calendar: str
    respond_minutes: int = Field(ge=1)
    resolve_minutes: int = Field(ge=1)
    levels: tuple[Level, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its calendar, and the template of each level."""
        templates = (
            Reference(Ref("template", level.template), f"levels.{at}", ESCALATED.message_values)
            for at, level in enumerate(self.levels)
        )
        return (Reference(Ref("calendar", self.calendar), "calendar"), *templates)

    @field_validator("when")
    @classmethod
    def _compiles(cls, when: str) -> str:
        return decided_by(when, EXAMPLE)
