"""Response models for received messages and feeds."""

from pydantic import AwareDatetime

from services.his_adapter.projections import Status
from shared.answers import Answer


class HospitalMessage(Answer):
    """A message and its status: `facts` are the types of its events, `refused` is why it was not translated.

    `at_the_door`: refused before it was stored. `control_id_reused`: the sender used its control id for another message
    too. `cut` are the fields whose text was too long.
    """

    message_id: str
    format: str | None = None
    control_id: str | None = None
    sender: str | None = None
    type: str | None = None
    received: AwareDatetime | None = None
    status: Status
    repeats: int
    facts: list[str]
    understood: bool | None = None
    cut: list[str] | None = None
    refused: str | None = None
    reason: str | None = None
    at_the_door: bool = False
    control_id_reused: bool


class Feed(Answer):
    """A polled source: `read` resources so far, complete up to `since`; `trouble` is the error that stops it, or "".

    `position` is internal to the puller.
    """

    feed: str
    noted: AwareDatetime
    position: dict[str, str | int]
    since: str
    read: int
    trouble: str
    kind: str | None = None


class TicketTaken(Answer):
    """The ticket is stored; `message_id` as in `GET /v1/messages`."""

    message_id: str
