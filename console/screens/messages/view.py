"""What the page of messages shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from careloop_client.notify.models import Message
from console.staff import name_of
from shared.definitions import Definitions

Status = Literal[
    "unknown",
    "failed",
    "bounced",
    "retrying",
    "suppressed",
    "deferred",
    "requested",
    "claimed",
    "sending",
    "sent",
    "delivered",
]
STATUSES: tuple[Status, ...] = get_args(Status)
"""In the order in which they want somebody's attention."""

EXPLAINED = frozenset({"unknown", "failed", "bounced", "retrying", "suppressed", "deferred"})
"""Where the reason is about the status. A message that went out in the end keeps the reason why it once did not."""


@dataclass(frozen=True, slots=True)
class Row:
    """A message. `to_staff`: the name of the member of staff that it goes to, "" if it goes to the person."""

    message_id: str
    person_id: str
    to_staff: str
    purpose: str
    template: str
    status: str
    reason: str
    until: datetime | None
    attempts: int
    changed: datetime
    settled_by: str


def status_of(text: str) -> Status | None:
    """A status that was chosen; None for all."""
    return next((each for each in STATUSES if each == text), None)


def rows(messages: Iterable[Message], definitions: Definitions) -> list[Row]:
    """The rows in the order of the answer."""
    return [
        Row(
            each.message_id,
            each.person_id or "",
            name_of(definitions, each.staff_id or ""),
            each.purpose,
            _template(each.template),
            each.status,
            (each.reason or "") if each.status in EXPLAINED else "",
            each.until,
            each.attempts,
            each.changed,
            name_of(definitions, each.settled_by or ""),
        )
        for each in messages
    ]


def apart(rows: Sequence[Row]) -> list[Row]:
    """The rows without those of unknown result, which stand above."""
    return [each for each in rows if each.status != "unknown"]


def _template(reference: str) -> str:
    """The id of a template: it is requested by its id, and sent as `template/<id>/<version>`."""
    return reference.removeprefix("template/").partition("/")[0]
