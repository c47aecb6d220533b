"""Generated from docs/reference/openapi/notify.json by `careloop contracts`: never edit it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel


class CommandDone(BaseModel):
    """
    What a command led to: its events, or none where all was so already (`no-op`).

    `position` as of `Shown`: a read model that has reached it shows the effect. `aggregate` is the id of what changed,
    also of what was made.
    """

    command_id: str
    status: Literal["accepted", "no-op"]
    aggregate: str
    event_ids: list[str]
    position: str


class CommandPending(BaseModel):
    """It was taken and is not decided yet: ask `GET /commands/{command_id}`."""

    command_id: str
    status: Literal["pending"]


class Message(BaseModel):
    """
    A message and its status, without its text. `person_id`: whom it concerns.

    `reason`: slug why it was deferred, suppressed, failed or bounced; `definition`: the definition that deferred it.
    """

    message_id: str
    recipient_id: str
    person_id: str | None
    staff_id: str | None
    purpose: Literal["care", "survey", "marketing", "alert"]
    template: str
    about: str
    valid_until: AwareDatetime
    status: Literal[
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
    attempts: int
    requested: AwareDatetime
    changed: AwareDatetime
    reason: str | None = None
    until: AwareDatetime | None = None
    definition: str | None = None
    channel: str | None = None
    language: str | None = None
    provider_id: str | None = None


class MessagePage(BaseModel):
    data: list[Message]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None
