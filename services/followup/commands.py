"""What followup can be asked to do."""

from typing import ClassVar

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.contacts import Human
from shared.contracts.followup import EnrolmentBarred, HandedEnrolment, Stop, TimerCancelled, TimerSet


class StartPlans(Command):
    """A discharge happened, told of the record `about`: enrol the human in every plan that applies."""

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
    """What began by `at` and is still to come must not come; `visit_id` None means every visit.

    `about` is the record it was said of, `order` its place among the facts of that record, `spares` the stay that
    begins: it does not stop what follows its own end.
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
    """The registry says whose record this is, and whether they live."""

    wire: ClassVar[str] = "careloop.followup.learn_human.v1"

    person_id: str
    human: Human
    dead: bool


class ForgetPerson(Command):
    """This person was erased."""

    wire: ClassVar[str] = "careloop.followup.forget_person.v1"

    person_id: str


class HandOver(Command):
    """Of the past: what is still to come for this record goes to another one. Now `LearnHuman` says so."""

    wire: ClassVar[str] = "careloop.followup.hand_over.v1"

    person_id: str
    to_person: str
    taken_from: str | None = None


class TakeOver(Command):
    """What another record of the same human had to come, but for what this one has anyway."""

    wire: ClassVar[str] = "careloop.followup.take_over.v1"

    person_id: str
    from_person: str
    enrolments: tuple[HandedEnrolment, ...]
    human: Human | None = None
    stops: tuple[Stop, ...] = ()
    barred: tuple[EnrolmentBarred, ...] = ()


class TakeBack(Command):
    """Of the past: this record stands alone again. Now `LearnHuman` says so."""

    wire: ClassVar[str] = "careloop.followup.take_back.v1"

    person_id: str


class FireTimer(timers.FireTimer):
    """A task is due."""

    wire: ClassVar[str] = "careloop.followup.fire_timer.v1"

    person_id: str


class AnswerSurvey(Command):
    """The person answered."""

    wire: ClassVar[str] = "careloop.followup.answer_survey.v1"

    person_id: str
    task_id: str
    score: int
    comment: Personal[str] = None


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
FollowupCommand = (
    StartPlans | StopPlans | LearnHuman | ForgetPerson | HandOver | TakeOver | TakeBack | FireTimer | AnswerSurvey
)
