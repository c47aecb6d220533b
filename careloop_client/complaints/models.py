"""Generated from docs/reference/openapi/complaints.json by `careloop contracts`: never edit it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Assignment(BaseModel):
    """Who works on the case. `seen_revision`: of the case that you saw; refused if it was changed since."""

    model_config = ConfigDict(
        extra="forbid",
    )
    assignee: Annotated[str, Field(max_length=200, min_length=1)]
    seen_revision: Annotated[int | None, Field(ge=0)] = None


class CaseCounts(BaseModel):
    """
    How many cases the caller may read in each status, among the first `at_most` of each: more are not counted.

    `cut`: the statuses with more than `at_most` cases, where the caller may be able to read more than the number.
    """

    open: int
    assigned: int
    resolved: int
    at_most: int
    cut: list[Literal["open", "assigned", "resolved"]] = []


class CaseStep(BaseModel):
    """
    Something that happened to a case. `type`: of the event; `actor_id`: the caller, or the rule that caused it.

    Of an escalation: its level, role and the staff who were notified; of a clock: its target and when it is due.
    """

    case_id: str
    person_id: str
    type: str
    at: AwareDatetime
    actor_type: Literal["user", "service_account", "app_user", "system", "claimed", "unknown"]
    actor_id: str
    target: str | None = None
    due: AwareDatetime | None = None
    level: int | None = None
    role: str | None = None
    to: list[str] | None = None
    assignee: str | None = None


class CommandDone(BaseModel):
    """
    The result of a command: its events, or none if there was nothing to change (`no-op`).

    `position`: as in `Shown`; a read model that has reached it shows the effect. `aggregate`: the id of what was
    changed or created.
    """

    command_id: str
    status: Literal["accepted", "no-op"]
    aggregate: str
    event_ids: list[str]
    position: str


class CommandPending(BaseModel):
    """The command was sent and is not decided yet: ask `GET /commands/{command_id}`."""

    command_id: str
    status: Literal["pending"]


class Escalation(BaseModel):
    """An escalation and the staff who were notified."""

    level: int
    role: str
    to: list[str]
    at: AwareDatetime


class NewCase(BaseModel):
    """A complaint or suggestion that somebody takes down."""

    model_config = ConfigDict(
        extra="forbid",
    )
    person_id: Annotated[str, Field(max_length=200, min_length=1)]
    category: Literal["complaint", "suggestion"]
    severity: Literal["low", "medium", "high"] = "medium"
    source: Literal["phone", "desk", "web"]
    department: Annotated[str, Field(max_length=200)] = ""
    description: Annotated[str, Field(max_length=10000, min_length=1)]


class CaseStepPage(BaseModel):
    data: list[CaseStep]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class Resolution(BaseModel):
    """How the case was resolved. `seen_revision`: as of an assignment."""

    model_config = ConfigDict(
        extra="forbid",
    )
    resolution: Annotated[str, Field(max_length=10000, min_length=1)]
    seen_revision: Annotated[int | None, Field(ge=0)] = None


class OneCaseCounts(BaseModel):
    data: CaseCounts
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class SlaClock(BaseModel):
    """A target of an SLA policy. `provisional`: the calendar of that year was not published yet."""

    due: AwareDatetime | None = None
    policy: str | None = None
    provisional: bool | None = None
    breached: bool


class Case(BaseModel):
    """
    A case. `sla`: clocks by target (`respond`, `resolve`); `no_sla`: no policy applies.

    `description` and `resolution` are null after the person was erased. `next_due`: of the next target that is not met,
    in the past if it is overdue; null if no clock runs. `revision`: for `seen_revision` of commands.
    """

    case_id: str
    person_id: str
    category: Literal["complaint", "suggestion", "dissatisfaction", "work-order"]
    severity: Literal["low", "medium", "high"]
    source: Literal["survey", "phone", "desk", "web", "hospital"]
    source_id: str
    department: str
    score: int | None
    description: str | None = None
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
    resolution: str | None = None


class CasePage(BaseModel):
    data: list[Case]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class OneCase(BaseModel):
    data: Case
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
