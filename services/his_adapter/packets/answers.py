"""What packets answer with."""

from typing import Literal

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.contracts.base import Personal


class PacketItem(Answer):
    """An item of the papers: its value, or that it is `missing`; `titles` by language."""

    item: str
    titles: dict[str, str]
    value: Personal[str]
    missing: bool
    department: str
    filled_by: str | None


class PacketShown(Answer):
    """The papers of a formality; `gaps` are the items that are missing and needed."""

    packet_id: str
    person_id: str
    formality: str
    status: Literal["open", "complete"]
    prepared_by: str
    prepared: AwareDatetime
    completed: AwareDatetime | None
    gaps: list[str]
    items: list[PacketItem]
