"""Response models of followup's routes."""

from typing import Literal

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.contracts.base import Personal


class Task(Answer):
    """A step of a plan and its status: a survey has its answer, a cancelled task its `reason` (a slug).

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
    comment: Personal[str] = None


class TaskCounts(Answer):
    """How many tasks the caller may read in each status, among the first `at_most` of each: more are not counted.

    `cut`: the statuses with more than `at_most` tasks, where the caller may be able to read more than the number.
    """

    waiting: int
    released: int
    answered: int
    cancelled: int
    at_most: int
    cut: list[Literal["waiting", "released", "answered", "cancelled"]] = []
