"""What of a request decides what comes next, and how events change it. Pure."""

from typing import Literal, assert_never

from shared.contracts.base import Part, changed
from shared.contracts.his_requests import (
    Ask,
    AttemptClaimed,
    AttemptDeferred,
    AttemptStarted,
    HospitalRequested,
    RequestAnswered,
    RequestClosed,
    RequestNews,
    RequestReceived,
    RequestRetried,
    RequestTimedOut,
    Subject,
    TimerCancelled,
    TimerSet,
)
from shared.ids import derive

RequestsEvent = RequestNews | TimerSet | TimerCancelled
LOST = ("no-answer", "broken-off")
"""Ends of an attempt after which the hospital may have done what nobody heard of."""
OPEN = ("claimed", "started", "waiting", "received")
Status = Literal["none", "claimed", "started", "waiting", "received", "overdue", "answered", "closed"]


class Request(Part):
    """One request. `round` counts how often its time to wait began; what was asked goes once it is settled.

    `unsure`: an attempt may have been heard and its answer lost. `aside`: answered by news of the appointment only.
    """

    status: Status = "none"
    person_id: str = ""
    endpoint: str = ""
    attempt: int = 0
    round: int = 0
    unsure: bool = False
    aside: bool = False
    subject: Subject | None = None
    ask: Ask | None = None

    @property
    def sealed_for(self) -> str:
        """Whose key seals it in a checkpoint: erasing the person must reach it there too."""
        return self.person_id


def deadline_of(request_id: str) -> str:
    """The timer of the time to wait."""
    return derive(request_id, "deadline")


def evolve(request: Request, event: RequestsEvent) -> Request:
    """What of it decides later."""
    match event:
        case HospitalRequested():
            return Request(
                status="claimed",
                person_id=event.person_id,
                endpoint=event.endpoint,
                subject=event.subject,
                ask=event.ask,
            )
        case AttemptClaimed():
            return changed(request, status="claimed", attempt=event.attempt, endpoint=event.endpoint)
        case AttemptStarted():  # a second sender for one attempt: what became of the first one's nobody knows
            return changed(request, status="started", unsure=request.unsure or request.status == "started")
        case AttemptDeferred():
            return changed(request, status="waiting", unsure=request.unsure or event.reason in LOST)
        case RequestReceived():
            return changed(request, status="received")
        case RequestTimedOut():
            return changed(request, status="overdue")
        case RequestAnswered():
            ask = request.ask if event.aside else None
            return changed(request, status="answered", subject=None, aside=event.aside, ask=ask)
        case RequestClosed():
            return changed(request, status="closed", subject=None, ask=None)
        case TimerSet():
            deadline = event.timer_id == deadline_of(event.request_id)
            return changed(request, round=event.version) if deadline else request
        case RequestRetried() | TimerCancelled():
            return request
        case _:
            assert_never(event)
