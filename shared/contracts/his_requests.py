"""Published by his_adapter's requests: what we asked hospital systems for a person (`his_asks.py`), and their answers.

Terms are those of HL7 v2 chapter 10 (scheduling: placer, filler), and of FHIR where HL7 v2 has none.
"""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from shared.contracts import timers
from shared.contracts.base import Event, Moment, Part, Personal
from shared.contracts.facts import Coded
from shared.contracts.his_asks import Action, Ask, Subject


class BillLine(Part):
    """One line of a bill: decimal amount and ISO 4217 currency; payments and credits are negative."""

    charge: str = ""
    at: Moment | None = None
    amount: Decimal
    currency: str = "CNY"
    what: Coded = Coded()


class HospitalAnswer(Part):
    """The answer of the hospital system. Fields that it did not mention are empty."""

    filler: Personal[str] = None
    queue_number: Personal[str] = None
    starts: Moment | None = None
    department: str = ""
    doctor: str = ""
    bill: tuple[BillLine, ...] = ()


class RequestEvent(Event):
    """Base of request events, keyed by request; personal fields are encrypted for the person."""

    key_field: ClassVar[str] = "request_id"
    seal_field: ClassVar[str | None] = "person_id"

    request_id: str
    person_id: str


class HospitalRequested(RequestEvent):
    """A hospital system is asked for something for a person; it must answer by `answer_by`."""

    wire: ClassVar[str] = "careloop.his-requests.hospital_requested.v1"

    asked_by: str
    endpoint: str
    answer_by: Moment
    subject: Subject
    ask: Ask


class AttemptAssigned(RequestEvent):
    """An attempt may be sent: an order to the sender. The control id (MSH-10) is the request id at every attempt."""

    wire: ClassVar[str] = "careloop.his-requests.attempt_claimed.v1"

    attempt: int
    endpoint: str
    subject: Subject
    ask: Ask


class AttemptStarted(RequestEvent):
    """A sender started the attempt; from now on the hospital may have received it."""

    wire: ClassVar[str] = "careloop.his-requests.attempt_started.v1"

    attempt: int
    sender: str


class AttemptDeferred(RequestEvent):
    """The attempt brought no final answer: retried at `until` with the same control id."""

    wire: ClassVar[str] = "careloop.his-requests.attempt_deferred.v1"

    attempt: int
    reason: str
    until: Moment


class RequestReceived(RequestEvent):
    """The hospital system accepted the request (commit acknowledgement, or a waiting list): the answer follows."""

    wire: ClassVar[str] = "careloop.his-requests.request_received.v1"

    attempt: int


class RequestAnswered(RequestEvent):
    """The hospital system fulfilled the request or refused it: `reason` is a slug, `detail` the hospital's text.

    `late`: arrived after the request timed out, in the rounds up to `round`. `via_siu` (`aside` on the
    topic): learned from an SIU message about the appointment; the reply itself may follow with more information.
    """

    wire: ClassVar[str] = "careloop.his-requests.request_answered.v1"

    action: Action
    accepted: bool
    late: bool = False
    via_siu: bool = Field(False, alias="aside")
    round: int = 1
    reason: str = ""
    detail: Personal[str] = None
    answer: HospitalAnswer = HospitalAnswer()


class RequestTimedOut(RequestEvent):
    """No answer in time, or no trustworthy one (`reason`): an open item, to be retried or settled by hand."""

    wire: ClassVar[str] = "careloop.his-requests.request_timed_out.v1"

    action: Action
    department: str = ""
    attempts: int
    round: int = 1
    reason: str = "no-answer"


class RequestRetried(RequestEvent):
    """A person retries a request that timed out."""

    wire: ClassVar[str] = "careloop.his-requests.request_retried.v1"

    retried_by: str
    answer_by: Moment


class RequestClosed(RequestEvent):
    """A person settled a timed-out request by hand; `done`: whether the hospital fulfilled it."""

    wire: ClassVar[str] = "careloop.his-requests.request_closed.v1"

    closed_by: str
    done: bool
    round: int = 1
    note: Personal[str] = None


class TimerSet(timers.TimerSet):
    """Sets the timer for a retry or for the time-out."""

    wire: ClassVar[str] = "careloop.his-requests.timer_set.v1"
    key_field: ClassVar[str] = "request_id"
    request_id: str


class TimerCancelled(timers.TimerCancelled):
    """Cancels the timer of a request."""

    wire: ClassVar[str] = "careloop.his-requests.timer_cancelled.v1"
    key_field: ClassVar[str] = "request_id"
    request_id: str


RequestNews = (
    HospitalRequested
    | AttemptAssigned
    | AttemptStarted
    | AttemptDeferred
    | RequestReceived
    | RequestAnswered
    | RequestTimedOut
    | RequestRetried
    | RequestClosed
)
"""All events of a request, without its timers."""
