"""Definitions followup owns: plans and surveys."""

from datetime import time
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from shared.contracts.base import Part
from shared.contracts.contacts import Purpose
from shared.definitions import Condition, Definition
from shared.rules import told_from


class Step(Part):
    """Something to do `after_days` days after the discharge, at a time of the hospital's clock."""

    id: str
    kind: Literal["reminder", "survey"]
    after_days: int = Field(ge=0)
    at: time
    template: str
    purpose: Purpose
    survey: str | None = None
    valid_hours: int = Field(default=12, ge=1)


EXAMPLE = {"discharge": {"department": "", "doctor": "", "patient_class": "", "diagnoses": [""]}}


class Plan(Definition):
    """Steps for people whose discharge makes `when` true (CEL over `discharge`)."""

    kind: ClassVar[str] = "plan"
    owner: ClassVar[str] = "followup"

    when: Condition
    zone: str
    steps: tuple[Step, ...]

    @field_validator("when")
    @classmethod
    def _can_be_told(cls, when: str) -> str:
        return told_from(when, EXAMPLE)


class Survey(Definition):
    """One question with a scale from 1; a score at or below `alarm_at` raises the alarm."""

    kind: ClassVar[str] = "survey"
    owner: ClassVar[str] = "followup"

    question: dict[str, str]
    scale: int = Field(default=5, ge=2, le=10)
    alarm_at: int = 2
    open_days: int = 14
