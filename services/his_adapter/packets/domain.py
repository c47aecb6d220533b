"""Decider of packets: gaps are determined when a packet is prepared, and filled one by one. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict, assert_never

from services.his_adapter.packets.commands import FillPacket, PacketsCommand, PreparePacket
from services.his_adapter.packets.definitions import Packet
from services.his_adapter.packets.filling import filled, unknown_item_detail, unknown_items
from shared.contracts.base import Part, changed
from shared.contracts.his_packets import GapFilled, GapFound, PacketCompleted, PacketPrepared
from shared.decider import Decider, Rejection
from shared.definition_ref import Named, named
from shared.definitions import Definitions


class Prepared(Part):
    """One packet. `gaps` are the required items that are missing, `formality` the reference of its definition."""

    status: Literal["none", "open", "complete"] = "none"
    person_id: str = ""
    formality: Named = None
    gaps: tuple[str, ...] = ()


Events = PacketPrepared | GapFound | GapFilled | PacketCompleted


def decide(command: PacketsCommand, packet: Prepared, definitions: Definitions) -> Sequence[Events] | Rejection:
    """Return the events of a command. A packet is prepared once, and complete when the last gap is filled."""
    match command:
        case PreparePacket():
            return _prepare(command, definitions) if packet.status == "none" else []
        case FillPacket():
            return _fill(command, packet, definitions)
        case _:
            assert_never(command)


class _About(TypedDict):
    """Fields that all events of a packet have."""

    at: datetime
    packet_id: str
    person_id: str


def _prepare(c: PreparePacket, definitions: Definitions) -> Sequence[Events] | Rejection:
    papers = definitions.find(Packet, c.formality)
    if papers is None:
        return Rejection("formality-unknown", f"no `packet` definition {c.formality!r} is in force")
    if rejection := _unknown_items(papers, c):
        return rejection
    about = _About(at=c.at, packet_id=c.packet_id, person_id=c.person_id)
    values = filled(papers, c.known or {}, c.filled or {})
    missing = [item for item in papers.items if item.required and item.id not in values]
    prepared = PacketPrepared(
        **about,
        formality=papers.ref,
        prepared_by=c.prepared_by,
        filled=values,
        gaps=tuple(item.id for item in missing),
    )
    gaps = [
        GapFound(**about, formality=papers.ref, item=item.id, titles=item.titles, department=item.department)
        for item in missing
    ]
    return [prepared, *gaps, *([] if missing else [PacketCompleted(**about, formality=papers.ref)])]


def _fill(c: FillPacket, packet: Prepared, definitions: Definitions) -> Sequence[Events] | Rejection:
    if packet.formality is None:
        return Rejection("packet-unknown", f"there is no packet {c.packet_id}")
    papers = definitions.version(Packet, packet.formality)
    if rejection := _unknown_items(papers, c):
        return rejection
    about = _About(at=c.at, packet_id=c.packet_id, person_id=packet.person_id)
    values = filled(papers, c.known or {}, c.filled or {})
    filled_gaps = [item for item in packet.gaps if item in values]
    events = [GapFilled(**about, item=item, filled_by=c.filled_by, value=values[item]) for item in filled_gaps]
    complete = events and set(packet.gaps) == set(filled_gaps)
    return [*events, *([PacketCompleted(**about, formality=papers.ref)] if complete else [])]


def _unknown_items(papers: Packet, c: PacketsCommand) -> Rejection | None:
    """Return a rejection if values were entered for items that the packet does not have."""
    unknown = unknown_items(papers, c.filled or {})
    return Rejection("item-unknown", unknown_item_detail(papers, unknown)) if unknown else None


def evolve(packet: Prepared, event: Events) -> Prepared:
    """Apply an event to the state that `decide` reads."""
    match event:
        case PacketPrepared():
            return Prepared(status="open", person_id=event.person_id, formality=named(event.formality), gaps=event.gaps)
        case GapFilled():
            return changed(packet, gaps=tuple(gap for gap in packet.gaps if gap != event.item))
        case PacketCompleted():
            return changed(packet, status="complete")
        case GapFound():
            return packet
        case _:
            assert_never(event)


PACKETS = Decider(name="his-packets", initial=Prepared, decide=decide, evolve=evolve, state=Prepared)
