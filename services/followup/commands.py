"""What followup can be asked to do."""

from typing import ClassVar

from shared.contracts.base import Command, Personal
from shared.contracts.followup import HandedEnrolment
from shared.contracts.timers import TimerCommand


class StartPlans(Command):
    """A discharge happened: enrol the person in every plan that applies."""

    wire: ClassVar[str] = "careloop.followup.start_plans.v1"

    person_id: str
    cause_id: str
    visit_id: str
    department: str
    doctor: str = ""
    patient_class: str = ""
    diagnoses: Personal[tuple[str, ...]] = None


class StopPlans(Command):
    """What is still to come must not come; `visit_id` None means every visit."""

    wire: ClassVar[str] = "careloop.followup.stop_plans.v1"

    person_id: str
    reason: str
    visit_id: str | None = None


class HandOver(Command):
    """What is still to come for this record goes to another one; `taken_from` limits it to what came from there."""

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


class TakeBack(Command):
    """This record stands alone again: what it handed over and what is still to come comes from here."""

    wire: ClassVar[str] = "careloop.followup.take_back.v1"

    person_id: str


class FireTimer(TimerCommand):
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


FollowupCommand = StartPlans | StopPlans | HandOver | TakeOver | TakeBack | FireTimer | AnswerSurvey
