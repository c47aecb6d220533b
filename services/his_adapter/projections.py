"""Raw messages → what the interface engineer sees."""

from shared.contracts.his_adapter import HospitalMessageReceived
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.projector.standard import causality, outcomes


def _message(before: Document | None, id: str, item: Item) -> Document | None:
    if before is not None:
        return {**before, "repeats": before["repeats"] + 1}
    assert item.envelope is not None
    received: HospitalMessageReceived = item.envelope.data
    return {
        "control_id": received.control_id,
        "sender": received.sender,
        "type": received.message_type,
        "received": item.envelope.recorded,
        "repeats": 0,
    }


MESSAGES = Projection(
    collection="messages",
    sources=("his-adapter",),
    types=(HospitalMessageReceived,),
    kinds=("raw",),
    keys=lambda item: [item.envelope.id] if item.envelope else [],
    fold=_message,
    indexes=("control_id", "received"),
    once=True,
)
PROJECTIONS = (MESSAGES, causality("his-adapter", ("raw", "commands", "events")), outcomes("his-adapter"))
