"""Response models of complaints' routes."""

from typing import Literal

from pydantic import AwareDatetime

from shared.actor import AuthType
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

    `description` and `resolution` are null after the person was erased. `next_due`: of the next target that is not met,
    in the past if it is overdue; null if no clock runs. `revision`: for `seen_revision` of commands.
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
    next_due: AwareDatetime | None = None
    revision: int = 0
    assignee: str | None = None
    resolved: AwareDatetime | None = None
    resolved_by: str | None = None
    resolution: Personal[str] = None


class CaseStep(Answer):
    """Something that happened to a case. `type`: of the event; `actor_id`: the caller, or the rule that caused it.

    Of an escalation: its level, role and the staff who were notified; of a clock: its target and when it is due.
    """

    case_id: str
    person_id: str
    type: str
    at: AwareDatetime
    actor_type: AuthType
    actor_id: str
    target: str | None = None
    due: AwareDatetime | None = None
    level: int | None = None
    role: str | None = None
    to: list[str] | None = None
    assignee: str | None = None


class CaseCounts(Answer):
    """How many cases the caller may read in each status, among the first `at_most` of each: more are not counted.

    `cut`: the statuses with more than `at_most` cases, where the caller may be able to read more than the number.
    """

    open: int
    assigned: int
    resolved: int
    at_most: int
    cut: list[Literal["open", "assigned", "resolved"]] = []
