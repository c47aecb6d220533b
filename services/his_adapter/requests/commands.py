"""Commands of the requests decider."""

from typing import ClassVar, Literal, Required, TypedDict

from pydantic import Field

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.his_asks import Ask, Reporting, Subject
from shared.contracts.his_requests import HospitalAnswer, TimerCancelled, TimerSet


class RequestCommand(Command):
    """Base of the commands; the key is the request id."""

    key_field: ClassVar[str] = "request_id"

    request_id: str


def missing(subject: Subject, ask: Ask) -> str:
    """What a request lacks to be sent to a hospital system; "" if nothing."""
    if subject.number is None:
        return "`subject.number` is missing: the patient's number in the hospital system"
    if isinstance(ask, Reporting) and not (ask.title and all(observation.code for observation in ask.observations)):
        return "a report needs a `title`, and each of its `observations` a `code`"
    return ""


class PlaceRequest(RequestCommand):
    """Place a request to a hospital system for a person. Encrypted with the person's data key.

    `insist`: no caller waits for a rejection, so a request without an endpoint times out and becomes a work item.
    """

    wire: ClassVar[str] = "careloop.his-requests.place_request.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    asked_by: str
    insist: bool = False
    subject: Subject
    ask: Ask


class StartAttempt(RequestCommand):
    """A sender is about to send attempt `attempt`. `sender` identifies the sender process."""

    wire: ClassVar[str] = "careloop.his-requests.start_attempt.v1"

    attempt: int
    sender: str


AttemptOutcome = Literal["accepted", "refused", "received", "trouble"]
"""Done; not done and not to be retried; received, the answer follows; failed, to be retried."""


class AnswerFields(TypedDict, total=False):
    """An answer as fields of `HearAnswer`: `reason` is a slug, `detail` the hospital system's text."""

    outcome: Required[AttemptOutcome]
    reason: str
    detail: str | None
    answer: HospitalAnswer


class HearAnswer(RequestCommand):
    """Record an answer to a request, or the failure of an attempt.

    `attempt` is the number of the sender's attempt; None if the hospital system answered later over its own connection,
    as sender `said_by` (MSH-3/MSH-4). `via_siu` (`aside` on the topic): learned from an SIU message
    about the appointment instead of the reply.
    Encrypted with the person's data key if the person is known, else with that of the message (`sealed_for`).
    """

    wire: ClassVar[str] = "careloop.his-requests.hear_answer.v1"

    attempt: int | None = None
    said_by: str = ""
    via_siu: bool = Field(False, alias="aside")
    outcome: AttemptOutcome
    reason: str = ""
    detail: Personal[str] = None
    answer: HospitalAnswer = HospitalAnswer()
    person_id: str = ""
    sealed_for: str = ""

    @property
    def seal_key(self) -> str:
        """Return the identity whose data key encrypts the command; the request id for commands of older versions."""
        return self.person_id or self.sealed_for or self.request_id


class RetryRequest(RequestCommand):
    """Send a timed-out request again; `retried_by` is the staff member."""

    wire: ClassVar[str] = "careloop.his-requests.retry_request.v1"

    retried_by: str


class CloseRequest(RequestCommand):
    """Settle a timed-out request by hand. Encrypted for the person; for the request if the person is not known."""

    wire: ClassVar[str] = "careloop.his-requests.close_request.v1"
    seal_field: ClassVar[str | None] = "person_id"

    closed_by: str
    done: bool
    note: Personal[str] = None
    person_id: str = ""


class FireTimer(RequestCommand, timers.FireTimer):
    """The retry timer or the deadline of a request is due."""

    wire: ClassVar[str] = "careloop.his-requests.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
RequestsCommand = PlaceRequest | StartAttempt | HearAnswer | RetryRequest | CloseRequest | FireTimer
