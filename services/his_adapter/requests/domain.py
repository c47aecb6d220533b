"""What becomes of a request to a hospital system: asked, tried again, answered, or left open for a person. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

from services.his_adapter.requests.commands import (
    CloseRequest,
    FireTimer,
    HearAnswer,
    PlaceRequest,
    RequestsCommand,
    RetryRequest,
    StartAttempt,
)
from services.his_adapter.requests.endpoint import Endpoint
from shared.contracts.base import Part
from shared.contracts.his_requests import (
    Action,
    Ask,
    AttemptClaimed,
    AttemptDeferred,
    AttemptStarted,
    HospitalRequested,
    RequestAnswered,
    RequestClosed,
    RequestReceived,
    RequestRetried,
    RequestTimedOut,
    Subject,
    TimerCancelled,
    TimerSet,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.ids import derive

RequestsEvent = (
    HospitalRequested
    | AttemptClaimed
    | AttemptStarted
    | AttemptDeferred
    | RequestReceived
    | RequestAnswered
    | RequestTimedOut
    | RequestRetried
    | RequestClosed
    | TimerSet
    | TimerCancelled
)
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60))
"""Between attempts; the last goes on until the time to wait is over."""
OPEN = ("claimed", "started", "waiting", "received")
Status = Literal["none", "claimed", "started", "waiting", "received", "overdue", "answered", "closed"]


class Request(Part):
    """One request. `round` counts how often its time to wait began; what was asked goes once it is settled."""

    status: Status = "none"
    person_id: str = ""
    endpoint: str = ""
    attempt: int = 0
    round: int = 0
    subject: Subject | None = None
    ask: Ask | None = None

    @property
    def sealed_for(self) -> str:
        """Whose key seals it in a checkpoint: erasing the person must reach it there too."""
        return self.person_id


def decide(command: RequestsCommand, request: Request, definitions: Definitions) -> Sequence[RequestsEvent] | Rejection:
    """Asked once under one control id, answered once, and never forgotten in between."""
    if request.status == "none" and not isinstance(command, PlaceRequest):
        return Rejection("request-unknown", f"there is no request {command.request_id}")
    match command:
        case PlaceRequest():
            return _place(command, definitions) if request.status == "none" else []
        case StartAttempt():
            return _start(command, request)
        case HearAnswer():
            return _hear(command, request)
        case FireTimer():
            return _fire(command, request)
        case RetryRequest():
            return _retry(command, request, definitions)
        case CloseRequest():
            return _close(command, request)
        case _:
            assert_never(command)


def taker(definitions: Definitions, what: str) -> Endpoint | None:
    """The first endpoint that takes such a request."""
    return next((each for each in definitions.current(Endpoint) if what in each.takes), None)


def _place(c: PlaceRequest, definitions: Definitions) -> Sequence[RequestsEvent] | Rejection:
    endpoint = taker(definitions, c.ask.action)
    if endpoint is None:
        return Rejection("endpoint-missing", f"no `endpoint` definition takes {c.ask.action!r}: publish one")
    common: dict[str, Any] = {"at": c.at, "request_id": c.request_id, "person_id": c.person_id}
    told: dict[str, Any] = {**common, "endpoint": endpoint.ref, "subject": c.subject, "ask": c.ask}
    until = c.at + timedelta(minutes=endpoint.give_up_minutes)
    return [
        HospitalRequested(**told, asked_by=c.asked_by, answer_by=until),
        _waits(common, 1, until),
        AttemptClaimed(**told, attempt=1),
    ]


def _waits(common: dict[str, Any], round: int, until: datetime) -> TimerSet:
    told = {name: value for name, value in common.items() if name != "person_id"}
    return TimerSet(**told, timer_id=_deadline(told["request_id"]), version=round, due=until, command=FireTimer.wire)


def _deadline(request_id: str) -> str:
    return derive(request_id, "deadline")


def _common(c: Any, request: Request) -> dict[str, Any]:
    return {"at": c.at, "request_id": c.request_id, "person_id": request.person_id}


def _start(c: StartAttempt, request: Request) -> Sequence[RequestsEvent] | Rejection:
    """Started anew where a sender was lost: the control id is the same, so the hospital knows it for a repeat."""
    if request.status not in ("claimed", "started") or request.attempt != c.attempt:
        return Rejection("attempt-settled", f"attempt {c.attempt} of {c.request_id} is not waiting for a sender")
    return [AttemptStarted(**_common(c, request), attempt=c.attempt, sender=c.sender)]


def _hear(c: HearAnswer, request: Request) -> Sequence[RequestsEvent]:
    """The first answer counts, also one that comes after the time to wait; trouble is tried again."""
    if request.status in ("answered", "closed") or (c.attempt and c.attempt != request.attempt):
        return []
    if c.aside and request.status in ("claimed", "started"):
        return []
    common = _common(c, request)
    match c.outcome:
        case "accepted" | "refused":
            told = c.model_dump(include={"reason", "detail"})
            done = c.outcome == "accepted"
            told |= {"accepted": done, "late": request.status == "overdue", "answer": c.answer}
            said = RequestAnswered(**common, action=_action(request), **told)
            return [said, *_stopped(common, request)]
        case "received":
            return [RequestReceived(**common, attempt=request.attempt)] if request.status in OPEN[:-1] else []
        case "trouble":
            if request.status != "started":
                return []
            until = c.at + BACK_OFF[min(request.attempt, len(BACK_OFF)) - 1]
            told = {"at": c.at, "request_id": c.request_id}
            again = TimerSet(
                **told,
                timer_id=derive(c.request_id, "retry"),
                version=request.attempt,
                due=until,
                command=FireTimer.wire,
            )
            return [AttemptDeferred(**common, attempt=request.attempt, reason=c.reason, until=until), again]
        case _:
            assert_never(c.outcome)


def _action(request: Request) -> Action:
    assert request.ask is not None, "what is asked is kept until it is settled"
    return request.ask.action


def _stopped(common: dict[str, Any], request: Request) -> list[TimerCancelled]:
    told = {"at": common["at"], "request_id": common["request_id"]}
    found = []
    if request.status in OPEN:
        found.append(TimerCancelled(**told, timer_id=_deadline(common["request_id"]), version=request.round))
    if request.status == "waiting":
        retry = derive(common["request_id"], "retry")
        found.append(TimerCancelled(**told, timer_id=retry, version=request.attempt))
    return found


def _fire(c: FireTimer, request: Request) -> Sequence[RequestsEvent]:
    common = _common(c, request)
    if c.timer_id == _deadline(c.request_id):
        if request.status not in OPEN or c.version != request.round:
            return []
        department = _department(request)
        late = RequestTimedOut(**common, action=_action(request), department=department, attempts=request.attempt)
        return [late, *_stopped(common, request)[1:]]
    if request.status != "waiting" or c.version != request.attempt:
        return []
    return [_claim(common, request, request.attempt + 1)]


def _claim(common: dict[str, Any], request: Request, attempt: int) -> AttemptClaimed:
    told = {"endpoint": request.endpoint, "subject": request.subject, "ask": request.ask}
    return AttemptClaimed.model_validate({**common, **told, "attempt": attempt})


def _department(request: Request) -> str:
    """Whom an open item concerns."""
    asked: Any = getattr(request.ask, "slot", request.ask)
    return str(getattr(asked, "department", ""))


def _retry(c: RetryRequest, request: Request, definitions: Definitions) -> Sequence[RequestsEvent] | Rejection:
    if request.status != "overdue":
        return _not_overdue(c.request_id, request)
    endpoint = definitions.find(Endpoint, request.endpoint.split("/")[1]) or taker(definitions, _action(request))
    if endpoint is None:
        return Rejection("endpoint-missing", f"{request.endpoint} is retired and no other takes {_action(request)!r}")
    common, until = _common(c, request), c.at + timedelta(minutes=endpoint.give_up_minutes)
    mended = request.model_copy(update={"endpoint": endpoint.ref})
    return [
        RequestRetried(**common, retried_by=c.retried_by, answer_by=until),
        _waits(common, request.round + 1, until),
        _claim(common, mended, request.attempt + 1),
    ]


def _close(c: CloseRequest, request: Request) -> Sequence[RequestsEvent] | Rejection:
    if request.status != "overdue":
        return _not_overdue(c.request_id, request)
    return [RequestClosed(**_common(c, request), closed_by=c.closed_by, done=c.done, note=c.note)]


def _not_overdue(request_id: str, request: Request) -> Rejection:
    settled = request.status in ("answered", "closed")
    what = "is settled" if settled else "is still under way: wait for its answer, or for its time to run out"
    return Rejection("request-not-overdue", f"request {request_id} {what}")


def evolve(request: Request, event: RequestsEvent) -> Request:
    """What of it decides later."""
    match event:
        case HospitalRequested():
            told = {name: getattr(event, name) for name in ("person_id", "endpoint", "subject", "ask")}
            return Request(**told, status="claimed")
        case AttemptClaimed():
            claimed = {"status": "claimed", "attempt": event.attempt, "endpoint": event.endpoint}
            return request.model_copy(update=claimed)
        case AttemptStarted():
            return request.model_copy(update={"status": "started"})
        case AttemptDeferred():
            return request.model_copy(update={"status": "waiting"})
        case RequestReceived():
            return request.model_copy(update={"status": "received"})
        case RequestTimedOut():
            return request.model_copy(update={"status": "overdue"})
        case RequestAnswered() | RequestClosed():
            status = "answered" if isinstance(event, RequestAnswered) else "closed"
            return request.model_copy(update={"status": status, "subject": None, "ask": None})
        case TimerSet():
            deadline = event.timer_id == _deadline(event.request_id)
            return request.model_copy(update={"round": event.version}) if deadline else request
        case RequestRetried() | TimerCancelled():
            return request
        case _:
            assert_never(event)


REQUESTS = Decider(service="his-requests", initial=Request, decide=decide, evolve=evolve, state=Request)
