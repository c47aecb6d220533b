"""Published by followup: enrolments in plans, tasks that are due, and survey answers."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts import timers
from shared.contracts.base import Event, Part, Personal
from shared.contracts.complaints import Severity
from shared.contracts.contacts import Human, Purpose
from shared.contracts.timeline import Timeline


class EnrolledInPlan(Event):
    """A person was enrolled in a plan because of a fact (`cause_id`). `plan` is `plan/<id>/<version>`."""

    wire: ClassVar[str] = "careloop.followup.enrolled_in_plan.v1"

    person_id: str
    enrolment_id: str
    plan: str
    cause_id: str
    visit_id: str
    department: str
    doctor: str = ""
    taken_from: str | None = None
    about: str = Field(default="", description="the record of the discharge; the person itself if empty")
    began: AwareDatetime | None = Field(default=None, description="when the stay ended; None in old logs: use `time`")
    order: int = Field(default=0, description="the sequence of its cause among the facts of that record")


class EnrolmentBarred(Event):
    """A discharge of a person who is dead: the plans start if the death is withdrawn."""

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
    """No published plan applies to a discharge."""

    wire: ClassVar[str] = "careloop.followup.no_plan_matched.v1"

    person_id: str
    cause_id: str
    department: str
    considered: tuple[str, ...]


class TaskScheduled(Event):
    """One step of a plan was scheduled."""

    wire: ClassVar[str] = "careloop.followup.task_scheduled.v1"

    person_id: str
    task_id: str
    enrolment_id: str
    step: str
    kind: Literal["reminder", "survey"]
    due: AwareDatetime
    department: str = Field(default="", description="that of the enrolment; empty in old logs")
    plan: str = Field(default="", description="that of the enrolment, `plan/<id>/<version>`; empty in old logs")


class TaskCancelled(Event):
    """A task was cancelled; `reason` is a slug such as `readmitted`, `died`, `merged`."""

    wire: ClassVar[str] = "careloop.followup.task_cancelled.v1"

    person_id: str
    task_id: str
    reason: str


class Stop(Part):
    """Cancels tasks of enrolments that began by `before`, of any record of the human.

    With `visit_id` it ends the enrolments of that visit whose discharge was reported up to `order`; a discharge
    reported later starts plans again. `spares`: the new stay that caused it; the end of that stay is not affected, and
    if the stay is cancelled the stop does not apply.
    """

    about: str
    reason: str
    before: AwareDatetime
    order: int = 0
    visit_id: str | None = None
    spares: str = ""

    @property
    def key(self) -> str:
        """Of several stops with the same key only the latest counts."""
        return f"{self.about}/{self.visit_id or ''}" + (f"/{self.spares}" if self.spares else "")

    def later_than(self, other: "Stop | None") -> bool:
        """Whether it is later than another one with its key."""
        return other is None or (self.order, self.before) > (other.order, other.before)


class PlansStopped(Event):
    """A fact stops open tasks."""

    wire: ClassVar[str] = "careloop.followup.plans_stopped.v1"

    person_id: str
    stop: Stop


class HumanLearned(Event):
    """The human of this record, and whether they are dead (as of `standing`, a registry version); None: unknown."""

    wire: ClassVar[str] = "careloop.followup.human_learned.v1"

    person_id: str
    human: Human
    dead: bool | None = None
    standing: int = 0


class PersonForgotten(Event):
    """The person was erased: nothing is due now or later."""

    wire: ClassVar[str] = "careloop.followup.person_forgotten.v1"

    person_id: str


class HandedTask(Part):
    """An open task that is handed over."""

    step: str
    kind: Literal["reminder", "survey"]
    due: AwareDatetime


class HandedEnrolment(Part):
    """An enrolment with its open tasks."""

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
    """Records were merged or unmerged: open tasks go to the record that is responsible now.

    `human`: the human of the sender, which is the reason. `stops`, `barred`: those that the sender has.
    """

    wire: ClassVar[str] = "careloop.followup.tasks_handed_over.v1"

    person_id: str
    to_person: str
    enrolments: tuple[HandedEnrolment, ...]
    human: Human | None = None
    stops: tuple[Stop, ...] = ()
    barred: tuple[EnrolmentBarred, ...] = ()


class ReminderDue(Event):
    """A reminder is due; notify decides whether and when it is sent."""

    wire: ClassVar[str] = "careloop.followup.reminder_due.v1"

    person_id: str
    task_id: str
    template: str
    purpose: Purpose
    valid_until: AwareDatetime
    department: str = ""
    values: Personal[dict[str, Any]] = None


class SurveyInvited(Event):
    """A survey is due; the link in the message is signed for `task_id`."""

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
    """A survey was answered. `alarm`: the score is at or below the survey's threshold; `severity`: by the survey.

    `severity` is None without an alarm, and in events of versions whose surveys had no severity.
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
    """Sets the timer of a task."""

    wire: ClassVar[str] = "careloop.followup.timer_set.v1"
    person_id: str


class TimerCancelled(timers.TimerCancelled):
    """Cancels the timer of a task."""

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
