"""Published by his_adapter's packets: the papers of a formality, prefilled, and the gaps in them."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from shared.contracts.base import Event, Personal

Words = Mapping[Literal["zh", "en"], str]


class PacketEvent(Event):
    """Base of packet events, keyed by packet; personal fields are encrypted for the person."""

    key_field: ClassVar[str] = "packet_id"
    seal_field: ClassVar[str | None] = "person_id"

    packet_id: str
    person_id: str


class PacketPrepared(PacketEvent):
    """A packet was prefilled: item → value; `gaps`: required items without a value."""

    wire: ClassVar[str] = "careloop.his-packets.packet_prepared.v1"

    formality: str
    prepared_by: str
    filled: Personal[dict[str, str]] = None
    gaps: tuple[str, ...] = ()


class GapFound(PacketEvent):
    """A required item has no value: work for `department`."""

    wire: ClassVar[str] = "careloop.his-packets.gap_found.v1"

    formality: str
    item: str
    titles: Words
    department: str = ""


class GapFilled(PacketEvent):
    """A gap was filled by a hospital system or by hand."""

    wire: ClassVar[str] = "careloop.his-packets.gap_filled.v1"

    item: str
    filled_by: str
    value: Personal[str] = None


class PacketCompleted(PacketEvent):
    """All required items have values."""

    wire: ClassVar[str] = "careloop.his-packets.packet_completed.v1"

    formality: str
