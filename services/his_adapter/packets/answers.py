"""Response models of the packets API."""

from typing import Literal

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.contracts.base import Personal


class PacketItem(Answer):
    """An item of a packet: its value, or `missing`; `titles` by language. `department` is to fill it."""

    item: str
    titles: dict[str, str]
    value: Personal[str]
    missing: bool
    department: str
    filled_by: str | None


class PacketShown(Answer):
    """The papers of a formality; `gaps` are the required items that are missing."""

    packet_id: str
    person_id: str
    formality: str
    status: Literal["open", "complete"]
    prepared_by: str
    prepared: AwareDatetime
    completed: AwareDatetime | None
    gaps: list[str]
    items: list[PacketItem]
