"""Response models of complaints' routes."""

from typing import Literal

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.contracts.base import Personal
from shared.contracts.complaints import CaseSource, Category, Severity


class SlaClock(Answer):
    """A target of an SLA policy. `provisional`: the calendar of that year was not published yet."""

    due: AwareDatetime | None = None
    policy: str | None = None
    provisional: bool | None = None
    breached: bool


class Escalation(Answer):
    """An escalation and the staff who were notified."""

    level: int
    role: str
    to: list[str]
    at: AwareDatetime


class Case(Answer):
    """A case. `sla`: clocks by target (`respond`, `resolve`); `no_sla`: no policy applies.

    `description` and `resolution` are null after the person was erased.
    """

    case_id: str
    person_id: str
    category: Category
    severity: Severity
    source: CaseSource
    source_id: str
    department: str
    score: int | None
    description: Personal[str] = None
    status: Literal["open", "assigned", "resolved"]
    level: int
    sla: dict[str, SlaClock]
    no_sla: bool = False
    escalations: list[Escalation]
    opened: AwareDatetime
    changed: AwareDatetime
    assignee: str | None = None
    resolved: AwareDatetime | None = None
    resolved_by: str | None = None
    resolution: Personal[str] = None
