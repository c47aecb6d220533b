"""Definitions complaints owns: SLA policies (calendars are in `shared/contracts/complaints.py`)."""

from typing import ClassVar

from pydantic import Field, field_validator

from shared.contracts.base import Part
from shared.contracts.complaints import Calendar
from shared.definitions import Condition, Definition
from shared.rules import told_from


class Level(Part):
    """One level of escalation: whoever has `role` in the case's department, else hospital-wide, is told."""

    role: str
    template: str


EXAMPLE = {"case": {"category": "", "severity": "", "source": "", "department": ""}}


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
    def references(self) -> tuple[str, ...]:
        """Its calendar, and the template of each level."""
        return (f"calendar/{self.calendar}", *(f"template/{level.template}" for level in self.levels))

    @field_validator("when")
    @classmethod
    def _can_be_told(cls, when: str) -> str:
        return told_from(when, EXAMPLE)


KINDS = (SlaPolicy, Calendar)
