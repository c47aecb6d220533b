"""Generated from docs/reference/openapi/notify.json by `careloop contracts`: never edit it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class CommandDone(BaseModel):
    """
    The result of a command: its events, or none if there was nothing to change (`no-op`).

    `position`: as in `Shown`; a read model that has reached it shows the effect. `aggregate`: the id of what was
    changed or created.
    """

    command_id: str
    status: Literal["accepted", "no-op"]
    aggregate: str
    event_ids: list[str]
    position: str


class CommandPending(BaseModel):
    """The command was sent and is not decided yet: ask `GET /commands/{command_id}`."""

    command_id: str
    status: Literal["pending"]


class Message(BaseModel):
    """
    A message and its status, without its text. `person_id`: whom it concerns.

    `reason`: slug why it was deferred, suppressed, failed or bounced; `definition`: the definition that deferred it.
    `settled_by`: who found out what became of an attempt whose result was unknown.
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
    settled_by: str | None = None


class MessagePage(BaseModel):
    data: list[Message]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class Settlement(BaseModel):
    """What a person found out about an attempt of unknown result; `attempt`: the `attempts` of the message."""

    model_config = ConfigDict(
        extra="forbid",
    )
    attempt: Annotated[int, Field(ge=1)]
    arrived: bool
