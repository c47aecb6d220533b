"""Response model of received messages."""

from pydantic import AwareDatetime

from services.his_adapter.formats.projections import Status
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
