"""Commands of the packets decider."""

from typing import ClassVar

from services.his_adapter.packets.definitions import FactSource
from shared.contracts.base import Command, Personal


class PacketCommand(Command):
    """Base of the commands; the key is the packet id."""

    key_field: ClassVar[str] = "packet_id"

    packet_id: str


class PreparePacket(PacketCommand):
    """Prepare the papers of a formality. Encrypted with the person's data key.

    `filled`: item → value entered by hand; `known`: source (`FactSource`) → value that the hospital sent. Commands of
    versions without `known` have the values of both in `filled`.
    """

    wire: ClassVar[str] = "careloop.his-packets.prepare_packet.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    formality: str
    prepared_by: str
    filled: Personal[dict[str, str]] = None
    known: Personal[dict[FactSource, str]] = None


class FillPacket(PacketCommand):
    """Fill gaps of a packet; fields as in `PreparePacket`. Encrypted for the person, or for the packet without one."""

    wire: ClassVar[str] = "careloop.his-packets.fill_packet.v1"
    seal_field: ClassVar[str | None] = "person_id"

    filled_by: str
    filled: Personal[dict[str, str]] = None
    known: Personal[dict[FactSource, str]] = None
    person_id: str = ""


PacketsCommand = PreparePacket | FillPacket
