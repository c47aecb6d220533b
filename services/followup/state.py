"""What followup remembers of one person."""

from datetime import datetime
from typing import Literal

from shared.contracts.base import Part
from shared.contracts.contacts import Human
from shared.contracts.followup import EnrolmentBarred, Stop
from shared.definition_ref import Ref


class Enrolment(Part):
    """One plan this person is in. It stays that of the record `about`, so that an unmerge gives it back."""

    plan: str
    visit_id: str
    department: str
    doctor: str
    about: str
    began: datetime
    order: int = 0
    cause_id: str = ""
    taken_from: str | None = None

    @property
    def plan_id(self) -> str:
        """The plan, whatever its version."""
        return Ref.parse(self.plan).id


class Task(Part):
    """One step of an enrolment. `version` is that of its last timer, which runs while `armed`."""

    enrolment_id: str
    step: str
    kind: Literal["reminder", "survey"] = "reminder"
    due: datetime | None = None
    status: Literal["waiting", "cancelled", "handed-over", "reminded", "asked", "answered"] = "waiting"
    reason: str = ""
    version: int = 0
    armed: bool = False
    survey: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing came of it and nothing will."""
        return self.status in ("cancelled", "handed-over")


class Person(Part):
    """Enrolments and tasks by id; finished tasks stay as stubs, so nothing happens twice.

    `human` is whose record this is, `stops` what ended what is to come (by `Stop.key`), `passed` the keys of those that
    the lead knows of; `barred` are discharges of somebody who was known to be dead, by their cause.
    """

    enrolments: dict[str, Enrolment] = {}
    tasks: dict[str, Task] = {}
    human: Human | None = None
    standing: int = 0
    dead: bool = False
    forgotten: bool = False
    stops: dict[str, Stop] = {}
    passed: dict[str, str] = {}
    barred: dict[str, EnrolmentBarred] = {}

    def members(self, person_id: str) -> tuple[str, ...]:
        """All records of the human, as far as is known here."""
        return self.human.members if self.human else (person_id,)

    def place_of(self, about: str, person_id: str) -> str:
        """Where what was said of a record belongs: at the lead, if it is one of ours."""
        if about not in self.members(person_id):
            return about
        return self.human.lead if self.human else person_id
