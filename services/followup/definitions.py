"""Definitions followup owns: plans and surveys."""

from collections.abc import Iterator, Mapping
from datetime import time
from itertools import pairwise
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.contracts.base import Part
from shared.contracts.complaints import Severity
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


WORST_FIRST: tuple[Severity, ...] = ("high", "medium", "low")


class Survey(Definition):
    """One question with a scale from 1; a score at or below `alarm_at` raises the alarm, and so opens a complaint.

    `severity` holds the highest score of each severity: the first one that holds the score counts, `high` before
    `medium` before `low`, and `medium` where none does. Unless said, only the score 1 is `high`.
    """

    kind: ClassVar[str] = "survey"
    owner: ClassVar[str] = "followup"

    question: dict[str, str]
    scale: int = Field(default=5, ge=2, le=10)
    alarm_at: int = 2
    severity: Mapping[Severity, int] = {"high": 1}
    open_days: int = Field(default=14, ge=1)

    def mistakes(self) -> Iterator[str]:
        """Bands that no score reaches: one below a more severe one, or above the alarm."""
        if "severity" not in self.model_fields_set:
            return
        tops = [(name, self.severity[name]) for name in WORST_FIRST if name in self.severity]
        for (worse, top), (better, above) in pairwise(tops):
            if above <= top:
                yield f"`severity.{better}` must be above `severity.{worse}`: no score is left for it"
        if tops and (last := tops[-1])[1] > self.alarm_at:
            yield f"`severity.{last[0]}` goes beyond `alarm_at`: above it no answer opens a complaint"

    def verdict(self, score: int) -> Severity | None:
        """How severe an answer is that raises the alarm; None where it raises none."""
        if score > self.alarm_at:
            return None
        return next((name for name in WORST_FIRST if score <= self.severity.get(name, 0)), "medium")
