"""Read model of packets; its rows hold encrypted events."""

from typing import assert_never, get_args

from shared.contracts.his_packets import GapFilled, GapFound, PacketCompleted, PacketPrepared
from shared.projector import Item, Projection
from shared.projector.model import Document

PacketNews = PacketPrepared | GapFound | GapFilled | PacketCompleted


def _packet(before: Document | None, id: str, item: Item) -> Document | None:
    if item.envelope is None:
        return before
    event: PacketNews = item.envelope.data
    row = before or {"given": {}}
    match event:
        case PacketPrepared():
            fields = event.model_dump(include={"person_id", "formality", "prepared_by"})
            state = {"status": "open", "gaps": list(event.gaps), "prepared_as": item.raw}
            return {**row, **fields, **state, "prepared": item.envelope.time}
        case GapFilled():
            remaining = [gap for gap in row["gaps"] if gap != event.item]
            return {**row, "gaps": remaining, "given": {**row["given"], event.item: {"event": item.raw}}}
        case PacketCompleted():
            return {**row, "status": "complete", "completed": item.envelope.time}
        case GapFound():
            return row
        case _:
            assert_never(event)


PACKETS = Projection(
    collection="packets",
    sources=("his-packets",),
    types=get_args(PacketNews),
    keys=lambda item: [item.envelope.data.packet_id] if item.envelope else [],
    fold=_packet,
    indexes=([("person_id", 1), ("prepared", -1)], [("status", 1), ("prepared", -1)], [("prepared", -1), ("_id", -1)]),
)
