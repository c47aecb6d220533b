"""Definitions followup owns: plans and surveys."""

from datetime import time
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.contracts.base import Part
from shared.contracts.contacts import Purpose
from shared.definition_ref import Ref
from shared.definitions import Condition, Definition, Reference, Zone
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

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if (self.kind == "survey") != bool(self.survey):
            raise ValueError("`survey` names the survey of a step of kind survey, and of no other")
        return self

    @property
    def message(self) -> Reference:
        """Its template."""
        given = INVITATION if self.survey else {}
        return Reference(Ref("template", self.template), f"steps.{self.id}", given, frozenset(given))


INVITATION = {"link": "https://hospital.example/followup/s/token"}
"""What the message of a survey is given, and without which nobody could answer; that of a reminder is given nothing."""
EXAMPLE = {"discharge": {"department": "", "doctor": "", "patient_class": "", "diagnoses": [""]}}


class Plan(Definition):
    """Steps for people whose discharge makes `when` true (CEL over `discharge`)."""

    kind: ClassVar[str] = "plan"
    owner: ClassVar[str] = "followup"

    when: Condition
    zone: Zone
    steps: tuple[Step, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """Its templates and surveys."""
        return (
            *(step.message for step in self.steps),
            *(Reference(Ref("survey", step.survey), f"steps.{step.id}") for step in self.steps if step.survey),
        )

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
    open_days: int = Field(default=14, ge=1)
