"""Published by his_adapter's packets: the papers of a formality, prefilled from what is known, and what is missing."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from shared.contracts.base import Event, Personal

Words = Mapping[Literal["zh", "en"], str]


class PacketEvent(Event):
    """Keyed by packet; personal fields are sealed for the person."""

    key_field: ClassVar[str] = "packet_id"
    seal_field: ClassVar[str | None] = "person_id"

    packet_id: str
    person_id: str


class PacketPrepared(PacketEvent):
    """What is known was filled in: item → value; `gaps` are required items that nobody knows yet."""

    wire: ClassVar[str] = "careloop.his-packets.packet_prepared.v1"

    formality: str
    prepared_by: str
    filled: Personal[dict[str, str]] = None
    gaps: tuple[str, ...] = ()


class GapFound(PacketEvent):
    """A required item is missing: work for `department`."""

    wire: ClassVar[str] = "careloop.his-packets.gap_found.v1"

    formality: str
    item: str
    titles: Words
    department: str = ""


class GapFilled(PacketEvent):
    """It is known now, from the hospital system or by hand."""

    wire: ClassVar[str] = "careloop.his-packets.gap_filled.v1"

    item: str
    filled_by: str
    value: Personal[str] = None


class PacketCompleted(PacketEvent):
    """Nothing is missing any more."""

    wire: ClassVar[str] = "careloop.his-packets.packet_completed.v1"

    formality: str
