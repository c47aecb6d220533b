"""Projections: messages with their status."""

from typing import Literal, assert_never, get_args

from services.notify.bounces import code_of
from shared.access import ACCESS
from shared.contracts.notify import (
    AttemptAssigned,
    AttemptFailed,
    AttemptSettled,
    AttemptStarted,
    AttemptSucceeded,
    AttemptUnknown,
    MessageBounced,
    MessageDeferred,
    MessageDelivered,
    MessageNews,
    MessageRequested,
    MessageSuppressed,
)
from shared.humans import HUMANS
from shared.people import PEOPLE
from shared.projector import Item, Projection
from shared.projector.model import Document

MessageStatus = Literal[
    "requested",
    "suppressed",
    "deferred",
    "claimed",
    "sending",
    "sent",
    "retrying",
    "failed",
    "unknown",
    "delivered",
    "bounced",
]


def _message(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    at = item.envelope.time
    return {**(before or {"attempts": 0, "requested": at}), **_news(item.envelope.data), "changed": at}


def _news(event: MessageNews) -> Document:
    match event:
        case MessageRequested():
            return {**event.model_dump(exclude={"at", "values", "message_id", "link"}), "status": "requested"}
        case MessageSuppressed():
            return {"status": "suppressed", "reason": event.reason}
        case MessageDeferred():
            return {"status": "deferred", "until": event.until, "reason": event.reason, "definition": event.definition}
        case AttemptAssigned():
            fields = {"channel": event.channel, "language": event.language, "template": event.template}
            return {**fields, "status": "claimed", "attempts": event.attempt}
        case AttemptStarted():
            return {"status": "sending"}
        case AttemptSucceeded():
            return {"status": "sent", "provider_id": event.provider_id}
        case AttemptFailed():
            return {"status": "failed" if event.permanent else "retrying", "reason": event.reason}
        case AttemptUnknown():
            return {"status": "unknown", "reason": event.reason}
        case AttemptSettled():
            return {"status": "delivered" if event.arrived else "retrying", "settled_by": event.settled_by}
        case MessageDelivered():
            return {"status": "delivered"}
        case MessageBounced():
            return {"status": "bounced", "reason": code_of(event.reason)}
        case _:
            assert_never(event)


MESSAGES = Projection(
    collection="messages",
    sources=("notify",),
    types=get_args(MessageNews),
    keys=lambda item: [item.envelope.data.message_id] if item.envelope else [],
    fold=_message,
    indexes=([("person_id", 1), ("requested", 1)], [("status", 1), ("requested", -1)], [("requested", -1)]),
)
PROJECTIONS = (MESSAGES, HUMANS, PEOPLE, ACCESS)
