"""Published by his_adapter's requests: what we asked hospital systems for a person, and their answers.

Terms are those of HL7 v2 chapter 10 (scheduling: placer, filler), and of FHIR where HL7 v2 has none.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.contracts import timers
from shared.contracts.base import Event, Moment, Part, Personal
from shared.contracts.facts import Coded

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Subject(Part):
    """The patient as the hospital system knows them: a number, its kind (table 0203) and its issuer (CX-4).

    The system checks name and birth date to verify the patient.
    """

    number: Personal[Text] = None
    kind: str = "MR"
    authority: str = ""
    name: Personal[Text] = None
    birth_date: Personal[date] = None
    sex: Personal[Literal["male", "female", "other", "unknown"]] = None
    phone: Personal[Text] = None


class Slot(Part):
    """A time that can be booked (FHIR Slot). `slot_id`: the filler's id, if it has one."""

    starts: Moment
    minutes: int = Field(0, ge=0, le=24 * 60)
    department: str = ""
    doctor: str = ""
    doctor_name: str = ""
    slot_id: str = ""


class Booked(Part):
    """An appointment with both numbers: `filler` is the hospital's number, `placer` the id of our request."""

    filler: Personal[Text] = None
    placer: str = ""


class Booking(Part):
    """Book an appointment."""

    action: Literal["book"]
    slot: Slot
    reason: Personal[Text] = None


class Moving(Part):
    """Move an appointment to another time."""

    action: Literal["move"]
    appointment: Booked
    slot: Slot


class Cancelling(Part):
    """Cancel an appointment."""

    action: Literal["cancel"]
    appointment: Booked
    reason: Personal[Text] = None


class Registering(Part):
    """Register a patient for today's clinic; the hospital answers with the number in the queue."""

    action: Literal["register"]
    department: Text
    doctor: str = ""
    reason: Personal[Text] = None


class BedAsked(Part):
    """Request a bed."""

    action: Literal["bed"]
    department: Text
    wanted: date
    accommodation: str = ""
    diagnosis: Coded = Coded()


class BillAsked(Part):
    """Request the bill of a visit (`visit`: the hospital's number), or of everything open if it is empty."""

    action: Literal["bill"]
    visit: Personal[Text] = None


class Observation(Part):
    """One finding (FHIR Observation): a code with its text, a value with its unit."""

    code: Personal[Text] = None
    title: Personal[str] = None
    value: Personal[Text] = None
    unit: Personal[str] = None
    abnormal: Personal[bool] = None


class Reporting(Part):
    """Send findings to the hospital's record."""

    action: Literal["report"]
    title: Personal[Text] = None
    observed: Moment
    visit: Personal[Text] = None
    observations: Annotated[tuple[Observation, ...], Field(min_length=1, max_length=100)]


class Settling(Part):
    """Tell the hospital that charges were paid, or refunded (negative amount)."""

    action: Literal["settle"]
    amount: Decimal
    currency: str = "CNY"
    paid: Moment
    provider: str
    transaction_id: str
    charges: tuple[str, ...] = ()


Ask = Annotated[
    Booking | Moving | Cancelling | Registering | BedAsked | BillAsked | Reporting | Settling,
    Field(discriminator="action"),
]
Action = Literal["book", "move", "cancel", "register", "bed", "bill", "report", "settle"]


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
