"""Published by followup: plans people are in, what is due, and what they answered."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts import timers
from shared.contracts.base import Event, Part, Personal
from shared.contracts.complaints import Severity
from shared.contracts.contacts import Human, Purpose
from shared.contracts.timeline import Timeline


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
    about: str = Field(default="", description="the record it was said of; the person themselves where left out")
    began: AwareDatetime | None = Field(default=None, description="when the stay ended; `time` in old logs")
    order: int = Field(default=0, description="the place of its cause among the facts of that record")


class EnrolmentBarred(Event):
    """A discharge of somebody who is known to be dead: these plans start if that is taken back."""

    wire: ClassVar[str] = "careloop.followup.enrolment_barred.v1"

    person_id: str
    cause_id: str
    visit_id: str
    department: str
    doctor: str = ""
    plans: tuple[str, ...]
    about: str
    began: AwareDatetime
    order: int = 0
    reason: str


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
    department: str = Field(default="", description="that of the enrolment; left out in old logs")


class TaskCancelled(Event):
    """A task will not happen; `reason` is a slug such as `readmitted`, `died`, `merged`."""

    wire: ClassVar[str] = "careloop.followup.task_cancelled.v1"

    person_id: str
    task_id: str
    reason: str


class Stop(Part):
    """What began by `before` must not come, of any record of the human.

    One of a visit (`visit_id`) ends what was told of it up to `order`, whenever that was: the same discharge may be
    told again. A stay that begins (`spares`) does not stop what follows its own end, and stops nothing once it is told
    that it never was.
    """

    about: str
    reason: str
    before: AwareDatetime
    order: int = 0
    visit_id: str | None = None
    spares: str = ""

    @property
    def key(self) -> str:
        """Of several stops with one key the latest says it all."""
        return f"{self.about}/{self.visit_id or ''}" + (f"/{self.spares}" if self.spares else "")

    def later_than(self, other: "Stop | None") -> bool:
        """Whether it says more than another with its key."""
        return other is None or (self.order, self.before) > (other.order, other.before)


class PlansStopped(Event):
    """Something was said after which what is still to come must not come."""

    wire: ClassVar[str] = "careloop.followup.plans_stopped.v1"

    person_id: str
    stop: Stop


class HumanLearned(Event):
    """Whose record this is, and whether they live (as of `standing`, the registry's version); None: not told."""

    wire: ClassVar[str] = "careloop.followup.human_learned.v1"

    person_id: str
    human: Human
    dead: bool | None = None
    standing: int = 0


class PersonForgotten(Event):
    """This person was erased: nothing is to come, now or later."""

    wire: ClassVar[str] = "careloop.followup.person_forgotten.v1"

    person_id: str


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
    about: str = ""
    began: AwareDatetime | None = None
    order: int = 0
    tasks: tuple[HandedTask, ...]


class TasksHandedOver(Event):
    """Two records are (or are no longer) one human: what was to come goes to the record that is asked from now on.

    `human` is why: whose record the giver is; `stops` and `barred` are those that it knows of.
    """

    wire: ClassVar[str] = "careloop.followup.tasks_handed_over.v1"

    person_id: str
    to_person: str
    enrolments: tuple[HandedEnrolment, ...]
    human: Human | None = None
    stops: tuple[Stop, ...] = ()
    barred: tuple[EnrolmentBarred, ...] = ()


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
    """An answer. `alarm` is the survey's own verdict (score at or below its alarm threshold), `severity` how bad it is.

    Of before surveys said how severe an answer is, and of answers without alarm, `severity` is None.
    """

    wire: ClassVar[str] = "careloop.followup.survey_answered.v1"

    person_id: str
    task_id: str
    survey: str
    score: int
    alarm: bool
    severity: Severity | None = None
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


TIMELINE = Timeline(
    "followup",
    1,
    (
        EnrolledInPlan,
        NoPlanMatched,
        TaskScheduled,
        TaskCancelled,
        ReminderDue,
        SurveyInvited,
        SurveyAnswered,
    ),
)
