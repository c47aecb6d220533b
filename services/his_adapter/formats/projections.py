"""Read model `messages`: received messages with their status, for interface engineers.

Intakes recognise a repeated message by it, before they store it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal

from services.his_adapter.formats.meaning import is_ours
from shared.bus.topics import topic_name
from shared.contracts.his_adapter import FactConfirmed, FeedAdvanced
from shared.contracts.his_servers import FactHandedOn
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.refused_at import AtIntake, OnTopic, refused_at

MESSAGES_COLLECTION = "messages"
Status = Literal["received", "not-ours", "translated", "refused"]
FromMessage = Callable[[Item], bool]
"""Whether a command of a capability was made from a message."""
FORMATS = {"mllp": "hl7v2", "fhir": "fhir", "soap": "cda", "table": "fhir"}
"""Format of messages that were refused before they were stored, by intake."""
RAW = OnTopic(topic_name("his-adapter", "raw"))
_NOTHING: Document = {"repeats": 0, "facts": [], "status": "received"}
"""A new row. A message that is `translated` and has no facts says nothing new."""


def _ids(capabilities: Mapping[str, FromMessage], item: Item) -> list[str]:
    """Return the message ids of a record: of a fact its message, of a dead letter the message it is about."""
    data = item.raw["data"]
    if item.raw["type"] == FeedAdvanced.wire:
        return []
    if item.kind == "dlq":
        place = refused_at(data["topic"])
        if isinstance(place, AtIntake):  # nothing was stored: the letter stands for the message
            return [data["id"]]
        return [data["about"]] if place == RAW and data.get("about") else []
    if from_message := capabilities.get(item.topic):
        return [item.raw["causationid"]] if from_message(item) else []
    return [data["message_id"]]


def _message(before: Document | None, id: str, item: Item) -> Document | None:
    row, data = before or _NOTHING, item.raw["data"]
    match item.kind:
        case "raw":
            return _received(row, item)
        case "commands":
            shortened = {*row.get("cut", ()), *data.get("cut", ())}
            return _decided({**row, "understood": True, **({"cut": sorted(shortened)} if shortened else {})})
        case "events":
            facts = {*row["facts"], item.raw["type"]} - {FactConfirmed.wire, FactHandedOn.wire}
            return _decided({**row, "facts": sorted(facts)})
        case _:
            place = refused_at(data["topic"])
            if isinstance(place, AtIntake):
                return None if data["redriven"] else _refused(row, place, data)
            return _decided({**row, "refused": None if data["redriven"] else data["detail"]})


def _refused(row: Document, intake: AtIntake, data: dict[str, Any]) -> Document:
    """Fold the dead letter of a message refused before it was stored (AE, AR, 422); shown until it is redriven."""
    if "received" in row:
        return {**row, "repeats": row["repeats"] + 1}
    fields = {
        "format": FORMATS.get(intake.name, "hl7v2"),
        "control_id": data.get("about", ""),
        "sender": data["key"] or "unknown",
        "type": "",
        "received": datetime.fromisoformat(data["time"]),
        "reason": data["reason"],
        "at_the_door": True,
        "refused": data["detail"],
    }
    return {**row, **fields, "status": "refused"}


def _received(row: Document, item: Item) -> Document:
    data: dict[str, Any] = item.raw["data"]
    if "received" in row:
        return {**row, "repeats": row["repeats"] + 1}
    fields = {
        "format": data.get("format", "hl7v2"),
        "control_id": data["control_id"],
        "sender": data["sender"],
        "type": data["message_type"],
    }
    return _decided({**row, **fields, "received": datetime.fromisoformat(item.raw["recordedtime"])})


def _decided(row: Document) -> Document:
    """Set the status of a row; the result does not depend on the order of records."""
    status: Status = "received"
    if row["facts"] or row.get("understood"):
        status = "translated"
    elif row.get("refused"):
        status = "refused"
    elif row.get("type") and not is_ours(row["format"], row["type"]):
        status = "not-ours"
    return {**row, "status": status}


def messages(capabilities: Mapping[str, FromMessage]) -> Projection:
    """Return the read model `messages`. `capabilities`: topics of other deciders that understand messages."""
    return Projection(
        collection=MESSAGES_COLLECTION,
        sources=("his-adapter",),
        types=None,
        kinds=("raw", "commands", "events", "dlq"),
        keys=partial(_ids, capabilities),
        fold=_message,
        also=tuple(capabilities),
        indexes=("control_id", [("received", -1), ("_id", -1)]),
        once=True,
    )
