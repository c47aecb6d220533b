"""What followup remembers of one person."""

from datetime import datetime
from typing import Literal

from shared.contracts.base import Part


class Enrolment(Part):
    """One plan this person is in."""

    plan: str
    visit_id: str
    department: str
    doctor: str
    cause_id: str = ""
    taken_from: str | None = None


class Task(Part):
    """One step of an enrolment."""

    enrolment_id: str
    step: str
    kind: Literal["reminder", "survey"] = "reminder"
    due: datetime | None = None
    status: Literal["waiting", "cancelled", "handed-over", "reminded", "asked", "answered"] = "waiting"
    version: int = 0
    survey: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing came of it and nothing will."""
        return self.status in ("cancelled", "handed-over")


class Person(Part):
    """Enrolments and tasks by id; finished tasks stay as stubs, so nothing happens twice."""

    enrolments: dict[str, Enrolment] = {}
    tasks: dict[str, Task] = {}
