"""What can be asked of a request to a hospital system."""

from typing import ClassVar, Literal, Required, TypedDict

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.his_requests import Answer, Ask, Subject, TimerCancelled, TimerSet


class RequestCommand(Command):
    """Keyed by request."""

    key_field: ClassVar[str] = "request_id"

    request_id: str


class PlaceRequest(RequestCommand):
    """Ask a hospital system for something, for somebody. Sealed for the person.

    `insist`: nobody waits for a refusal, so what cannot be asked is an open item instead.
    """

    wire: ClassVar[str] = "careloop.his-requests.place_request.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    asked_by: str
    insist: bool = False
    subject: Subject
    ask: Ask


class StartAttempt(RequestCommand):
    """A sender is about to ask. `sender` names this run of it."""

    wire: ClassVar[str] = "careloop.his-requests.start_attempt.v1"

    attempt: int
    sender: str


Heard = Literal["accepted", "refused", "received", "trouble"]
"""Done; not done, for good; taken over, the answer follows; nothing that settles it."""


class Said(TypedDict, total=False):
    """What a hospital system says, as fields of `HearAnswer`: `reason` is a slug, `detail` are their words."""

    outcome: Required[Heard]
    reason: str
    detail: str | None
    answer: Answer


class HearAnswer(RequestCommand):
    """What came back, by whatever way: `outcome` says whether that settles it.

    `attempt` is the sender's, None where the hospital system answers later, over a connection of its own: `said_by` is
    who then. `aside` is news of an appointment we placed, no answer: it counts where none is expected any moment.
    Sealed for the person where the caller knows them, else as the message was that brought it (`sealed_for`).
    """

    wire: ClassVar[str] = "careloop.his-requests.hear_answer.v1"

    attempt: int | None = None
    said_by: str = ""
    aside: bool = False
    outcome: Heard
    reason: str = ""
    detail: Personal[str] = None
    answer: Answer = Answer()
    person_id: str = ""
    sealed_for: str = ""

    @property
    def seal_key(self) -> str:
        """The person, or whose the message is; of older versions the request."""
        return self.person_id or self.sealed_for or self.request_id


class RetryRequest(RequestCommand):
    """A person asks again."""

    wire: ClassVar[str] = "careloop.his-requests.retry_request.v1"

    retried_by: str


class CloseRequest(RequestCommand):
    """A person settles it. Sealed for whom it was asked; for the request where they are not known (yet)."""

    wire: ClassVar[str] = "careloop.his-requests.close_request.v1"
    seal_field: ClassVar[str | None] = "person_id"

    closed_by: str
    done: bool
    note: Personal[str] = None
    person_id: str = ""


class FireTimer(RequestCommand, timers.FireTimer):
    """It is time to try again, or the time to wait is over."""

    wire: ClassVar[str] = "careloop.his-requests.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
RequestsCommand = PlaceRequest | StartAttempt | HearAnswer | RetryRequest | CloseRequest | FireTimer
