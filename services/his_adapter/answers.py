"""What his_adapter answers with about what hospital systems sent."""

from pydantic import AwareDatetime

from services.his_adapter.projections import Status
from shared.answers import Answer


class HospitalMessage(Answer):
    """A message and what became of it: `facts` are the events it told, `refused` says why it was not translated.

    `at_the_door`: refused before it was stored. `control_id_reused`: its sender used the same number for another one.
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
    """A server that is read: `read` so many resources, everything up to `since`; `trouble` says why it is not read on.

    `position` is the reader's own.
    """

    feed: str
    noted: AwareDatetime
    position: dict[str, str | int]
    since: str
    read: int
    trouble: str
    kind: str | None = None


class TicketTaken(Answer):
    """Stored; `message_id` as in `GET /v1/messages`."""

    message_id: str
