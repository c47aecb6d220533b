"""Read model of requests and their status. Personal fields stay encrypted in the events that the rows hold."""

from typing import assert_never, get_args

from services.his_adapter.requests.commands import HearAnswer
from shared.bus.topics import topic_name
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
)
from shared.projector import Item, Projection
from shared.projector.model import Document

COLLECTION = "requests"


def _request(before: Document | None, id: str, item: Item) -> Document | None:
    if item.envelope is None:
        return before
    at = item.envelope.time
    return {**(before or {"attempts": 0, "asked": at}), **_news(item.envelope.data, item.raw), "changed": at}


def _news(event: RequestNews, sealed: Document) -> Document:
    match event:
        case HospitalRequested():
            fields = {name: getattr(event, name) for name in ("person_id", "asked_by", "endpoint", "answer_by")}
            return {**fields, "action": event.ask.action, "status": "claimed", "asked_as": sealed}
        case AttemptAssigned():
            return {"status": "claimed", "attempts": event.attempt, "endpoint": event.endpoint}
        case AttemptStarted():
            return {"status": "started"}
        case AttemptDeferred():
            return {"status": "waiting", "reason": event.reason, "until": event.until}
        case RequestReceived():
            return {"status": "received", "reason": ""}
        case RequestAnswered():
            fields = {"accepted": event.accepted, "reason": event.reason, "answered_as": sealed}
            return {"status": "answered", **fields}
        case RequestTimedOut():
            return {"status": "overdue", "department": event.department}
        case RequestRetried():
            return {"retried_by": event.retried_by, "answer_by": event.answer_by}
        case RequestClosed():
            return {"status": "closed", "closed_by": event.closed_by, "done": event.done, "closed_as": sealed}
        case _:
            assert_never(event)


REQUESTS = Projection(
    collection=COLLECTION,
    sources=("his-requests",),
    types=get_args(RequestNews),
    keys=lambda item: [item.envelope.data.request_id] if item.envelope else [],
    fold=_request,
    indexes=([("person_id", 1), ("asked", -1)], [("status", 1), ("asked", -1)], [("asked", -1), ("_id", -1)]),
)
COMMANDS = topic_name("his-requests", "commands")
"""Where commands say which message answered a request."""


def from_message(command: Item) -> bool:
    """Whether a command was made from a message: an answer over the hospital system's own connection."""
    return command.raw["type"] == HearAnswer.wire and "attempt" in command.raw["data"]
