"""Published by his_adapter's requests: what we asked of the hospital's systems for somebody, and what they answered.

Words are HL7's (chapter 10, scheduling: placer, filler) and FHIR's where HL7 v2 has none.
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
    """The patient as the hospital system knows them: a number, its kind (table 0203) and who gave it (CX-4).

    Name and birth date are what it checks to be sure who asks.
    """

    number: Personal[Text] = None
    kind: str = "MR"
    authority: str = ""
    name: Personal[Text] = None
    birth_date: Personal[date] = None
    sex: Personal[Literal["male", "female", "other", "unknown"]] = None
    phone: Personal[Text] = None


class Slot(Part):
    """A time somebody can be seen (FHIR Slot). `slot_id` is the filler's, where it has one."""

    starts: Moment
    minutes: int = Field(0, ge=0, le=24 * 60)
    department: str = ""
    doctor: str = ""
    doctor_name: str = ""
    slot_id: str = ""


class Booked(Part):
    """An appointment as both sides number it: `filler` is the hospital's number, `placer` the id of our request."""

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
    """Register somebody for today's clinic; the hospital answers with their number in the queue."""

    action: Literal["register"]
    department: Text
    doctor: str = ""
    reason: Personal[Text] = None


class BedAsked(Part):
    """Ask for a bed."""

    action: Literal["bed"]
    department: Text
    wanted: date
    accommodation: str = ""
    diagnosis: Coded = Coded()


class BillAsked(Part):
    """Ask what is charged; `visit` is the hospital's number of a visit, all that is open where it is empty."""

    action: Literal["bill"]
    visit: Personal[Text] = None


class Observation(Part):
    """One finding (FHIR Observation): a code and its words, a value with its unit."""

    code: Personal[Text] = None
    title: Personal[str] = None
    value: Personal[Text] = None
    unit: Personal[str] = None
    abnormal: Personal[bool] = None


class Reporting(Part):
    """Findings go back to the hospital's record."""

    action: Literal["report"]
    title: Personal[Text] = None
    observed: Moment
    visit: Personal[Text] = None
    observations: Annotated[tuple[Observation, ...], Field(min_length=1, max_length=100)]


class Settling(Part):
    """Money was paid for charges of the hospital's, or given back (negative): its books are to say so."""

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
    """One line of a bill: a decimal amount and its ISO 4217 currency; a payment or a credit is negative."""

    charge: str = ""
    at: Moment | None = None
    amount: Decimal
    currency: str = "CNY"
    what: Coded = Coded()


class Answer(Part):
    """What the hospital system said. A field it did not speak of is empty."""

    filler: Personal[str] = None
    queue_number: Personal[str] = None
    starts: Moment | None = None
    department: str = ""
    doctor: str = ""
    bill: tuple[BillLine, ...] = ()


class RequestEvent(Event):
    """Keyed by request; personal fields are sealed for the person."""

    key_field: ClassVar[str] = "request_id"
    seal_field: ClassVar[str | None] = "person_id"

    request_id: str
    person_id: str


class HospitalRequested(RequestEvent):
    """Something is asked of a hospital system for somebody; until `answer_by` the answer is waited for."""

    wire: ClassVar[str] = "careloop.his-requests.hospital_requested.v1"

    asked_by: str
    endpoint: str
    answer_by: Moment
    subject: Subject
    ask: Ask


class AttemptClaimed(RequestEvent):
    """It may go out now: the order to the sender. The control id (MSH-10) is the request's id at every attempt."""

    wire: ClassVar[str] = "careloop.his-requests.attempt_claimed.v1"

    attempt: int
    endpoint: str
    subject: Subject
    ask: Ask


class AttemptStarted(RequestEvent):
    """A sender took it into its hands; from here on the hospital may know of it."""

    wire: ClassVar[str] = "careloop.his-requests.attempt_started.v1"

    attempt: int
    sender: str


class AttemptDeferred(RequestEvent):
    """No answer that settles it: tried again at `until`, under the same control id."""

    wire: ClassVar[str] = "careloop.his-requests.attempt_deferred.v1"

    attempt: int
    reason: str
    until: Moment


class RequestReceived(RequestEvent):
    """The hospital system took it over (a commit acknowledgement, or a place on a waiting list): the answer follows."""

    wire: ClassVar[str] = "careloop.his-requests.request_received.v1"

    attempt: int


class RequestAnswered(RequestEvent):
    """The hospital system did it, or refused: `reason` is a slug, `detail` its words.

    `late`: it was an open item, in the rounds up to `round`. `aside`: an appointment message said so; the answer proper
    may follow and say more.
    """

    wire: ClassVar[str] = "careloop.his-requests.request_answered.v1"

    action: Action
    accepted: bool
    late: bool = False
    aside: bool = False
    round: int = 1
    reason: str = ""
    detail: Personal[str] = None
    answer: Answer = Answer()


class RequestTimedOut(RequestEvent):
    """No answer in time, or none to be believed (`reason`): an open item, to be asked again or settled by hand."""

    wire: ClassVar[str] = "careloop.his-requests.request_timed_out.v1"

    action: Action
    department: str = ""
    attempts: int
    round: int = 1
    reason: str = "no-answer"


class RequestRetried(RequestEvent):
    """A person asks again what had timed out."""

    wire: ClassVar[str] = "careloop.his-requests.request_retried.v1"

    retried_by: str
    answer_by: Moment


class RequestClosed(RequestEvent):
    """A person settled by hand what had timed out; `done` says whether the hospital did it after all."""

    wire: ClassVar[str] = "careloop.his-requests.request_closed.v1"

    closed_by: str
    done: bool
    round: int = 1
    note: Personal[str] = None


class TimerSet(timers.TimerSet):
    """When to try again, and until when to wait."""

    wire: ClassVar[str] = "careloop.his-requests.timer_set.v1"
    key_field: ClassVar[str] = "request_id"
    request_id: str


class TimerCancelled(timers.TimerCancelled):
    """Nothing more to wait for."""

    wire: ClassVar[str] = "careloop.his-requests.timer_cancelled.v1"
    key_field: ClassVar[str] = "request_id"
    request_id: str


RequestNews = (
    HospitalRequested
    | AttemptClaimed
    | AttemptStarted
    | AttemptDeferred
    | RequestReceived
    | RequestAnswered
    | RequestTimedOut
    | RequestRetried
    | RequestClosed
)
"""What becomes of a request; without its timers."""
