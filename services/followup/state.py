"""The state of one person in followup."""

from datetime import datetime
from typing import Annotated, Final, Literal, NamedTuple, Self

from shared.contracts.base import Part
from shared.contracts.contacts import Human
from shared.contracts.followup import EnrolmentBarred, Stop
from shared.definition_ref import Exact, Named
from shared.text_form import TextForm


class Enrolment(Part):
    """One plan of this person. It keeps the record `about` that it came from, so that an unmerge returns it."""

    plan: Exact
    visit_id: str
    department: str
    doctor: str
    about: str
    began: datetime
    order: int = 0
    cause_id: str = ""
    taken_from: str | None = None


NOT_PUBLISHED: Final = "survey-not-published"
"""Code of a task that came due without its survey; `detail` is the survey. It is never restored."""


class Reason(NamedTuple):
    """Why a task was cancelled: `code`, and what it is about. As text `<code>` or `<code>:<detail>`."""

    code: str = ""
    detail: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """Parse the text form, as events have it."""
        code, colon, detail = text.partition(":")
        return cls(code, detail if colon else None)

    def __str__(self) -> str:
        return self.code if self.detail is None else f"{self.code}:{self.detail}"


class Task(Part):
    """One step of an enrolment. `version`: of its last timer, which is set while `armed`. `survey`: the one sent."""

    enrolment_id: str
    step: str
    kind: Literal["reminder", "survey"] = "reminder"
    due: datetime | None = None
    status: Literal["waiting", "cancelled", "handed-over", "reminded", "asked", "answered"] = "waiting"
    reason: Annotated[Reason, TextForm(Reason.of)] = Reason()
    version: int = 0
    armed: bool = False
    survey: Named = None

    @property
    def over(self) -> bool:
        """Whether the task was cancelled or handed over."""
        return self.status in ("cancelled", "handed-over")


class PersonPlans(Part):
    """Enrolments and tasks by id; finished tasks stay, so that nothing is sent twice.

    `human`: the human of this record. `standing`: registry version of the last `LearnHuman`. `stops`: by `Stop.key`;
    `passed`: keys of stops that the lead has, with the lead's id. `barred`: discharges of a dead person by cause.
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
        """All records of the human that are known here."""
        return self.human.members if self.human else (person_id,)

    def place_of(self, about: str, person_id: str) -> str:
        """The record that a report under `about` belongs to: the lead if `about` is of this human, else `about`."""
        if about not in self.members(person_id):
            return about
        return self.human.lead if self.human else person_id
