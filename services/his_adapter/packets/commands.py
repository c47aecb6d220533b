"""What can be asked of packets."""

from typing import ClassVar

from services.his_adapter.packets.definitions import Known
from shared.contracts.base import Command, Personal


class PacketCommand(Command):
    """Keyed by packet."""

    key_field: ClassVar[str] = "packet_id"

    packet_id: str


class PreparePacket(PacketCommand):
    """Somebody needs the papers of a formality. Sealed for the person.

    `filled` is what the caller gives, by item; `known` what the hospital told, by the names that items are filled from.
    Commands of before there was `known` say in `filled` what follows from both.
    """

    wire: ClassVar[str] = "careloop.his-packets.prepare_packet.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    formality: str
    prepared_by: str
    filled: Personal[dict[str, str]] = None
    known: Personal[dict[Known, str]] = None


class FillPacket(PacketCommand):
    """More is known, in the same fields. Sealed for the person of the packet, else for the packet."""

    wire: ClassVar[str] = "careloop.his-packets.fill_packet.v1"
    seal_field: ClassVar[str | None] = "person_id"

    filled_by: str
    filled: Personal[dict[str, str]] = None
    known: Personal[dict[Known, str]] = None
    person_id: str = ""


PacketsCommand = PreparePacket | FillPacket
