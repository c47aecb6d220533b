"""Generated from docs/reference/openapi/followup.json by `careloop contracts`: never edit it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


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


class Stop(BaseModel):
    """Why all plans of a person stop; `visit_id` None means the plans of every visit."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: Annotated[str, Field(description="a slug, never a name: `moved-away`", pattern="^[a-z0-9-]{1,60}$")]
    visit_id: Annotated[str | None, Field(max_length=200)] = None


class Task(BaseModel):
    """
    A step of a plan and its status: a survey has its answer, a cancelled task its `reason` (a slug).

    `plan`: the id of the plan; it and `department` are empty for tasks of old logs.
    """

    task_id: str
    person_id: str
    enrolment_id: str
    step: str
    kind: Literal["reminder", "survey"]
    status: Literal["waiting", "released", "answered", "cancelled"]
    due: AwareDatetime
    changed: AwareDatetime
    plan: str = ""
    department: str = ""
    reason: str | None = None
    survey: str | None = None
    valid_until: AwareDatetime | None = None
    score: int | None = None
    alarm: bool | None = None
    comment: str | None = None


class TaskCounts(BaseModel):
    """
    How many tasks the caller may read in each status, among the first `at_most` of each: more are not counted.

    `cut`: the statuses with more than `at_most` tasks, where the caller may be able to read more than the number.
    """

    waiting: int
    released: int
    answered: int
    cancelled: int
    at_most: int
    cut: list[Literal["waiting", "released", "answered", "cancelled"]] = []


class TaskPage(BaseModel):
    data: list[Task]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class OneTaskCounts(BaseModel):
    data: TaskCounts
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
