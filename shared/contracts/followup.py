"""Published by followup: plans people are in, what is due, and what they answered."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Event, Part, Personal
from shared.contracts.contacts import Purpose


class EnrolledInPlan(Event):
    """A person follows a plan because of a fact (`cause_id`). `plan` is `plan/<id>/<version>`."""

    wire: ClassVar[str] = "careloop.followup.enrolled_in_plan.v1"

    person_id: str
    enrolment_id: str
    plan: str
    cause_id: str
    visit_id: str
    department: str
    doctor: str = ""
    taken_from: str | None = None


class NoPlanMatched(Event):
    """A discharge for which no published plan applies: told, so that nobody is lost in silence."""

    wire: ClassVar[str] = "careloop.followup.no_plan_matched.v1"

    person_id: str
    cause_id: str
    department: str
    considered: tuple[str, ...]


class TaskScheduled(Event):
    """One step of a plan will be due."""

    wire: ClassVar[str] = "careloop.followup.task_scheduled.v1"

    person_id: str
    task_id: str
    enrolment_id: str
    step: str
    kind: Literal["reminder", "survey"]
    due: AwareDatetime


class TaskCancelled(Event):
    """A task will not happen; `reason` is a slug such as `readmitted`, `died`, `merged`."""

    wire: ClassVar[str] = "careloop.followup.task_cancelled.v1"

    person_id: str
    task_id: str
    reason: str


class HandedTask(Part):
    """A step that is still to come."""

    step: str
    kind: Literal["reminder", "survey"]
    due: AwareDatetime


class HandedEnrolment(Part):
    """An enrolment with the steps that are still to come."""

    enrolment_id: str
    plan: str
    cause_id: str
    visit_id: str
    department: str
    doctor: str = ""
    tasks: tuple[HandedTask, ...]


class TasksHandedOver(Event):
    """Two records are (or are no longer) one human: what was to come goes to the record that is asked from now on."""

    wire: ClassVar[str] = "careloop.followup.tasks_handed_over.v1"

    person_id: str
    to_person: str
    enrolments: tuple[HandedEnrolment, ...]


class ReminderDue(Event):
    """It is time to remind somebody; notify decides whether and when it goes out."""

    wire: ClassVar[str] = "careloop.followup.reminder_due.v1"

    person_id: str
    task_id: str
    template: str
    purpose: Purpose
    valid_until: AwareDatetime
    department: str = ""
    values: Personal[dict[str, Any]] = None


class SurveyInvited(Event):
    """It is time to ask somebody; the link in the message is signed for `task_id`."""

    wire: ClassVar[str] = "careloop.followup.survey_invited.v1"

    person_id: str
    task_id: str
    survey: str
    template: str
    purpose: Purpose
    valid_until: AwareDatetime
    department: str = ""
    values: Personal[dict[str, Any]] = None


class SurveyAnswered(Event):
    """An answer. `alarm` is the survey's own verdict (score at or below its alarm threshold)."""

    wire: ClassVar[str] = "careloop.followup.survey_answered.v1"

    person_id: str
    task_id: str
    survey: str
    score: int
    alarm: bool
    department: str = ""
    doctor: str = ""
    comment: Personal[str] = None


class TimerSet(timers.TimerSet):
    """A task's alarm clock."""

    wire: ClassVar[str] = "careloop.followup.timer_set.v1"
    person_id: str


class TimerCancelled(timers.TimerCancelled):
    """A task's alarm clock is off."""

    wire: ClassVar[str] = "careloop.followup.timer_cancelled.v1"
    person_id: str
