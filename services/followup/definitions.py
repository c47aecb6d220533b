"""Definitions of followup: plans and surveys."""

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
from shared.rules import decided_by


class Step(Part):
    """A reminder or survey `after_days` days after the discharge, at local time `at` in the plan's zone."""

    id: str
    kind: Literal["reminder", "survey"]
    after_days: int = Field(ge=0)
    at: time
    template: str
    purpose: Purpose
    survey: str | None = None
    valid_hours: int = Field(default=12, ge=1)

    @model_validator(mode="after")
    def _has_survey(self) -> Self:
        if (self.kind == "survey") != bool(self.survey):
            raise ValueError("`survey` names the survey of a step of kind survey, and of no other")
        return self

    @property
    def message(self) -> Reference:
        """The reference to its template, with the values that the message gets."""
        values = INVITATION if self.survey else {}
        return Reference(Ref("template", self.template), f"steps.{self.id}", values, frozenset(values))


INVITATION = {"link": "https://hospital.example/followup/s/token"}
"""Values of a survey's message; its template must use the link. A reminder's message gets no values."""
EXAMPLE = {"discharge": {"department": "", "doctor": "", "patient_class": "", "diagnoses": [""]}}


class Plan(Definition):
    """Steps for people whose discharge makes `when` true (CEL over `discharge`).

    Two tasks of one step that are due within `same_reminder_hours` are the same reminder: it is sent once.
    """

    kind: ClassVar[str] = "plan"
    owner: ClassVar[str] = "followup"

    when: Condition
    zone: Zone
    steps: tuple[Step, ...]
    same_reminder_hours: int = Field(24, ge=0, le=31 * 24)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The templates and surveys of its steps."""
        return (
            *(step.message for step in self.steps),
            *(Reference(Ref("survey", step.survey), f"steps.{step.id}") for step in self.steps if step.survey),
        )

    @field_validator("when")
    @classmethod
    def _compiles(cls, when: str) -> str:
        return decided_by(when, EXAMPLE)


WORST_FIRST: tuple[Severity, ...] = ("high", "medium", "low")


class Survey(Definition):
    """One question with a scale from 1; a score at or below `alarm_at` raises the alarm, which opens a complaint.

    `severity`: the highest score of each severity. The first match in the order `high`, `medium`, `low` counts;
    `medium` if none matches. By default only the score 1 is `high`.
    """

    kind: ClassVar[str] = "survey"
    owner: ClassVar[str] = "followup"

    question: dict[str, str]
    scale: int = Field(default=5, ge=2, le=10)
    alarm_at: int = 2
    severity: Mapping[Severity, int] = {"high": 1}
    open_days: int = Field(default=14, ge=1)

    def mistakes(self) -> Iterator[str]:
        """Severities that no score can reach: not above a more severe one, or above the alarm."""
        if "severity" not in self.model_fields_set:
            return
        tops = [(name, self.severity[name]) for name in WORST_FIRST if name in self.severity]
        for (worse, top), (better, above) in pairwise(tops):
            if above <= top:
                yield f"`severity.{better}` must be above `severity.{worse}`: no score is left for it"
        if tops and (last := tops[-1])[1] > self.alarm_at:
            yield f"`severity.{last[0]}` goes beyond `alarm_at`: above it no answer opens a complaint"

    def verdict(self, score: int) -> Severity | None:
        """The severity of a score; None if it raises no alarm."""
        if score > self.alarm_at:
            return None
        return next((name for name in WORST_FIRST if score <= self.severity.get(name, 0)), "medium")
