"""Decider of requests to hospital systems: sent, retried, answered, or timed out and left to staff. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict, assert_never

from services.his_adapter.requests.commands import (
    TIMERS,
    CloseRequest,
    FireTimer,
    HearAnswer,
    PlaceRequest,
    RequestsCommand,
    RetryRequest,
    StartAttempt,
)
from services.his_adapter.requests.definitions import BACK_OFF, Endpoint
from services.his_adapter.requests.state import UNANSWERED, Request, RequestsEvent, deadline_of, evolve
from shared.back_off import wait_after
from shared.contracts.base import changed
from shared.contracts.his_asks import Action
from shared.contracts.his_requests import (
    AttemptAssigned,
    AttemptDeferred,
    AttemptStarted,
    HospitalRequested,
    RequestAnswered,
    RequestClosed,
    RequestReceived,
    RequestRetried,
    RequestTimedOut,
    TimerCancelled,
    TimerSet,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.ids import derive

UNASKED: tuple[Action, ...] = ("settle", "report")
"""Requests without a waiting caller: a refusal of one becomes a work item."""


def decide(command: RequestsCommand, request: Request, definitions: Definitions) -> Sequence[RequestsEvent] | Rejection:
    """Return the events of a command. A request has one control id, one answer, and a deadline until it is settled."""
    if request.status == "none" and not isinstance(command, PlaceRequest):
        return Rejection("request-unknown", f"there is no request {command.request_id}")
    match command:
        case PlaceRequest():
            return _place(command, definitions) if request.status == "none" else []
        case StartAttempt():
            return _start(command, request)
        case HearAnswer():
            endpoint = _endpoint(request, definitions)
            if not _may_answer(command, endpoint):
                detail = f"{command.said_by} is not in `answers_from` of {request.endpoint}"
                return Rejection("answer-of-another", detail)
            return _hear(command, request, endpoint.back_off_seconds if endpoint else BACK_OFF)
        case FireTimer():
            return _fire(command, request)
        case RetryRequest():
            return _retry(command, request, definitions)
        case CloseRequest():
            return _close(command, request)
        case _:
            assert_never(command)


def taker(definitions: Definitions, what: str) -> Endpoint | None:
    """Return the first endpoint whose `takes` contains `what`, or None."""
    return next((endpoint for endpoint in definitions.current(Endpoint) if what in endpoint.takes), None)


def period_invalid(since: datetime, until: datetime, endpoint: Endpoint | None) -> str:
    """Return why open times of a period cannot be asked for, "" if they can. Without endpoint its default counts."""
    days = endpoint.slots_days if endpoint else Endpoint.model_fields["slots_days"].default
    asked = timedelta(0) < until - since <= timedelta(days=days)
    return "" if asked else f"`until` must lie within {days} days after `since`"


def _place(c: PlaceRequest, definitions: Definitions) -> Sequence[RequestsEvent] | Rejection:
    endpoint = taker(definitions, c.ask.action)
    about = _About(at=c.at, request_id=c.request_id, person_id=c.person_id)
    if endpoint is None:
        if not c.insist:
            return Rejection("endpoint-missing", f"no `endpoint` definition takes {c.ask.action!r}: publish one")
        asked = HospitalRequested(
            **about, subject=c.subject, ask=c.ask, endpoint="", asked_by=c.asked_by, answer_by=c.at
        )
        return [asked, RequestTimedOut(**about, action=c.ask.action, attempts=0, reason="endpoint-missing")]
    until = c.at + timedelta(minutes=endpoint.give_up_minutes)
    asked = HospitalRequested(
        **about, subject=c.subject, ask=c.ask, endpoint=endpoint.ref, asked_by=c.asked_by, answer_by=until
    )
    assigned = AttemptAssigned(**about, subject=c.subject, ask=c.ask, endpoint=endpoint.ref, attempt=1)
    return [asked, _deadline(about, 1, until), assigned]


class _About(TypedDict):
    """Fields that all events of a request have."""

    at: datetime
    request_id: str
    person_id: str


def _about(c: RequestsCommand, request: Request) -> _About:
    return _About(at=c.at, request_id=c.request_id, person_id=request.person_id)


def _deadline(about: _About, round: int, until: datetime) -> TimerSet:
    id = about["request_id"]
    return TIMERS.wake(about["at"], id, deadline_of(id), round, until)


def _start(c: StartAttempt, request: Request) -> Sequence[RequestsEvent] | Rejection:
    """Start an attempt, again if its sender crashed: the hospital recognizes the repeat by the control id."""
    if request.status not in ("claimed", "started") or request.attempt != c.attempt:
        return Rejection("attempt-settled", f"attempt {c.attempt} of {c.request_id} is not waiting for a sender")
    return [AttemptStarted(**_about(c, request), attempt=c.attempt, sender=c.sender)]


def _may_answer(c: HearAnswer, endpoint: Endpoint | None) -> bool:
    """Return whether the sender of an answer is allowed by `answers_from` of the endpoint."""
    allowed = endpoint.answers_from if endpoint else ()
    return not (allowed and c.said_by) or c.said_by in allowed


def _endpoint(request: Request, definitions: Definitions) -> Endpoint | None:
    """Return the current version of the request's endpoint, or None if it was retired."""
    return definitions.find(Endpoint, request.endpoint.id) if request.endpoint else None


def _hear(c: HearAnswer, request: Request, back_off: Sequence[int]) -> Sequence[RequestsEvent]:
    """Accept the first answer, even after the request timed out; retry a failed attempt.

    A reply replaces an answer that was learned from an SIU message.
    """
    if request.status == "answered" and request.via_siu and c.outcome == "accepted" and not c.via_siu:
        return [_answered(c, request)]
    if request.status in ("answered", "closed") or (c.attempt and c.attempt != request.attempt):
        return []
    about = _about(c, request)
    match c.outcome:
        case "accepted":
            return [_answered(c, request), *_cancelled_timers(about, request)]
        case "refused":
            if request.unsure or _action(request) in UNASKED:
                return _timed_out(about, request, c.reason if _action(request) in UNASKED else "refused-after-silence")
            return [_answered(c, request), *_cancelled_timers(about, request)]
        case "received":
            return [RequestReceived(**about, attempt=request.attempt)] if request.status in UNANSWERED[:-1] else []
        case "trouble":
            return _deferred(c, request, back_off) if request.status == "started" else []
        case _:
            assert_never(c.outcome)


def _answered(c: HearAnswer, request: Request) -> RequestAnswered:
    return RequestAnswered(
        **_about(c, request),
        action=_action(request),
        accepted=c.outcome == "accepted",
        reason=c.reason,
        detail=c.detail,
        via_siu=c.via_siu,
        late=request.status == "overdue" or request.round > 1,
        round=request.round,
        answer=c.answer,
    )


def _timed_out(about: _About, request: Request, reason: str) -> list[RequestsEvent]:
    """Time the request out and open a work item; nothing if that was done before."""
    if request.status == "overdue":
        return []
    timed_out = RequestTimedOut(
        **about,
        action=_action(request),
        department=_department(request),
        attempts=request.attempt,
        round=max(request.round, 1),
        reason=reason,
    )
    return [timed_out, *_cancelled_timers(about, request)]


def _deferred(c: HearAnswer, request: Request, back_off: Sequence[int]) -> list[RequestsEvent]:
    until = c.at + wait_after(request.attempt, back_off)
    retry = TIMERS.wake(c.at, c.request_id, derive(c.request_id, "retry"), request.attempt, until)
    return [AttemptDeferred(**_about(c, request), attempt=request.attempt, reason=c.reason, until=until), retry]


def _action(request: Request) -> Action:
    assert request.ask is not None, "the ask is kept until the request is settled"
    return request.ask.action


def _cancelled_timers(about: _About, request: Request) -> list[TimerCancelled]:
    at, id = about["at"], about["request_id"]
    cancelled = []
    if request.status in UNANSWERED:
        cancelled.append(TIMERS.cancel(at, id, deadline_of(id), request.round))
    if request.status == "waiting":
        cancelled.append(TIMERS.cancel(at, id, derive(id, "retry"), request.attempt))
    return cancelled


def _fire(c: FireTimer, request: Request) -> Sequence[RequestsEvent]:
    about = _about(c, request)
    if c.timer_id == deadline_of(c.request_id):
        if request.status not in UNANSWERED or c.version != request.round:
            return []
        timed_out, _, *rest = _timed_out(about, request, "no-answer")  # the deadline has fired: no need to cancel it
        return [timed_out, *rest]
    if request.status != "waiting" or c.version != request.attempt:
        return []
    return [_claim(about, request, request.attempt + 1)]


def _claim(about: _About, request: Request, attempt: int) -> AttemptAssigned:
    assert request.subject is not None, "the subject is kept until the request is settled"
    assert request.ask is not None, "the ask is kept until the request is settled"
    endpoint = str(request.endpoint or "")
    return AttemptAssigned(**about, endpoint=endpoint, subject=request.subject, ask=request.ask, attempt=attempt)


def _department(request: Request) -> str:
    """Return the department of the request, to which its work item goes; "" if it has none."""
    ask_or_slot: Any = getattr(request.ask, "slot", request.ask)
    return str(getattr(ask_or_slot, "department", ""))


def _retry(c: RetryRequest, request: Request, definitions: Definitions) -> Sequence[RequestsEvent] | Rejection:
    if request.status != "overdue":
        return _not_overdue(c.request_id, request)
    endpoint = _endpoint(request, definitions) or taker(definitions, _action(request))
    if endpoint is None:
        return Rejection("endpoint-missing", f"no `endpoint` definition takes {_action(request)!r}: publish one")
    about, until = _about(c, request), c.at + timedelta(minutes=endpoint.give_up_minutes)
    redirected = changed(request, endpoint=endpoint.this_version)
    return [
        RequestRetried(**about, retried_by=c.retried_by, answer_by=until),
        _deadline(about, request.round + 1, until),
        _claim(about, redirected, request.attempt + 1),
    ]


def _close(c: CloseRequest, request: Request) -> Sequence[RequestsEvent] | Rejection:
    if request.status != "overdue":
        return _not_overdue(c.request_id, request)
    round = max(request.round, 1)
    return [RequestClosed(**_about(c, request), closed_by=c.closed_by, done=c.done, note=c.note, round=round)]


def _not_overdue(request_id: str, request: Request) -> Rejection:
    settled = request.status in ("answered", "closed")
    state = "is settled" if settled else "is still under way: wait for its answer, or for its time to run out"
    return Rejection("request-not-overdue", f"request {request_id} {state}")


REQUESTS = Decider(name="his-requests", initial=Request, decide=decide, evolve=evolve, state=Request, timers=TIMERS)
