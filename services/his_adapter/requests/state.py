"""State of a request, and how events change it. Pure."""

from typing import Literal, assert_never

from pydantic import Field

from shared.contracts.base import Part, changed
from shared.contracts.his_asks import Ask, Subject
from shared.contracts.his_requests import (
    AttemptAssigned,
    AttemptDeferred,
    AttemptStarted,
    HospitalRequested,
    RequestAnswered,
    RequestClosed,
    RequestNews,
    RequestReceived,
    RequestRetried,
    RequestTimedOut,
    TimerCancelled,
    TimerSet,
)
from shared.definition_ref import Named, named
from shared.ids import derive

RequestsEvent = RequestNews | TimerSet | TimerCancelled
LOST = ("no-answer", "broken-off")
"""Failures of an attempt after which the hospital may have carried out the request: only the answer was lost."""
SETTLED_STATUSES = ("answered", "overdue", "closed")
"""Nothing more is expected of the hospital system."""
UNANSWERED = ("claimed", "started", "waiting", "received")
Status = Literal["none", "claimed", "started", "waiting", "received", "overdue", "answered", "closed"]


class Request(Part):
    """One request. `round` counts its deadlines; `subject` and `ask` are dropped once the request is settled.

    `unsure`: the hospital may have received an attempt whose answer was lost. `via_siu`: the answer was learned from an
    SIU message instead of the reply.
    """

    status: Status = "none"
    person_id: str = ""
    endpoint: Named = None
    attempt: int = 0
    round: int = 0
    unsure: bool = False
    via_siu: bool = Field(False, alias="aside")
    subject: Subject | None = None
    ask: Ask | None = None

    @property
    def sealed_for(self) -> str:
        """Return the person whose data key encrypts the state in a checkpoint, so that erasure covers it."""
        return self.person_id


def deadline_of(request_id: str) -> str:
    """Return the id of a request's deadline timer."""
    return derive(request_id, "deadline")


def evolve(request: Request, event: RequestsEvent) -> Request:
    """Apply an event to the state that `decide` reads."""
    match event:
        case HospitalRequested():
            return Request(
                status="claimed",
                person_id=event.person_id,
                endpoint=named(event.endpoint),
                subject=event.subject,
                ask=event.ask,
            )
        case AttemptAssigned():
            return changed(request, status="claimed", attempt=event.attempt, endpoint=named(event.endpoint))
        case AttemptStarted():  # started twice: it is unknown whether the first sender sent the request
            return changed(request, status="started", unsure=request.unsure or request.status == "started")
        case AttemptDeferred():
            return changed(request, status="waiting", unsure=request.unsure or event.reason in LOST)
        case RequestReceived():
            return changed(request, status="received")
        case RequestTimedOut():
            return changed(request, status="overdue")
        case RequestAnswered():
            ask = request.ask if event.via_siu else None
            return changed(request, status="answered", subject=None, via_siu=event.via_siu, ask=ask)
        case RequestClosed():
            return changed(request, status="closed", subject=None, ask=None)
        case TimerSet():
            deadline = event.timer_id == deadline_of(event.request_id)
            return changed(request, round=event.version) if deadline else request
        case RequestRetried() | TimerCancelled():
            return request
        case _:
            assert_never(event)
