"""Commands of followup."""

from typing import ClassVar

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.contacts import Human
from shared.contracts.followup import EnrolmentBarred, HandedEnrolment, Stop, TimerCancelled, TimerSet


class StartPlans(Command):
    """A discharge was reported under the record `about`: enrol the human in every plan whose condition holds."""

    wire: ClassVar[str] = "careloop.followup.start_plans.v1"

    person_id: str
    cause_id: str
    visit_id: str
    department: str
    doctor: str = ""
    patient_class: str = ""
    about: str = ""
    order: int = 0
    human: Human | None = None
    diagnoses: Personal[tuple[str, ...]] = None


class StopPlans(Command):
    """Cancel open tasks of enrolments that began by `at`; `visit_id` None means every visit.

    `about`: the record the reason was reported under. `order`: sequence of the fact among those of that record.
    `spares`: the visit id of the new stay, whose own later discharge is not stopped.
    """

    wire: ClassVar[str] = "careloop.followup.stop_plans.v1"

    person_id: str
    reason: str
    visit_id: str | None = None
    about: str = ""
    order: int = 0
    spares: str = ""
    human: Human | None = None


class LearnHuman(Command):
    """The registry reports the human of this record, and whether they are dead."""

    wire: ClassVar[str] = "careloop.followup.learn_human.v1"

    person_id: str
    human: Human
    dead: bool


class ForgetPerson(Command):
    """The person was erased."""

    wire: ClassVar[str] = "careloop.followup.forget_person.v1"

    person_id: str


class HandOver(Command):
    """Only in old logs: hand this record's open tasks to another record. Now `LearnHuman` causes it."""

    wire: ClassVar[str] = "careloop.followup.hand_over.v1"

    person_id: str
    to_person: str
    taken_from: str | None = None


class TakeOver(Command):
    """Take over open enrolments of another record of the same human, unless this record has the same tasks."""

    wire: ClassVar[str] = "careloop.followup.take_over.v1"

    person_id: str
    from_person: str
    enrolments: tuple[HandedEnrolment, ...]
    human: Human | None = None
    stops: tuple[Stop, ...] = ()
    barred: tuple[EnrolmentBarred, ...] = ()


class TakeBack(Command):
    """Only in old logs: this record is a separate human again. Now `LearnHuman` causes it."""

    wire: ClassVar[str] = "careloop.followup.take_back.v1"

    person_id: str


class FireTimer(timers.FireTimer):
    """A task is due."""

    wire: ClassVar[str] = "careloop.followup.fire_timer.v1"

    person_id: str


class AnswerSurvey(Command):
    """The person answered a survey."""

    wire: ClassVar[str] = "careloop.followup.answer_survey.v1"

    person_id: str
    task_id: str
    score: int
    comment: Personal[str] = None


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
FollowupCommand = (
    StartPlans | StopPlans | LearnHuman | ForgetPerson | HandOver | TakeOver | TakeBack | FireTimer | AnswerSurvey
)
