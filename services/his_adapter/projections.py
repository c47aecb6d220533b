"""Raw messages → what the interface engineer sees: what came, and what became of it."""

from datetime import datetime
from typing import Any, Literal

from services.his_adapter.directory.projections import DIRECTORY
from services.his_adapter.formats.meaning import is_ours
from services.his_adapter.packets.projections import FILES, PACKETS
from services.his_adapter.payments.projections import PAYMENTS
from services.his_adapter.payments.waiting import APPROVALS
from services.his_adapter.requests.commands import HearAnswer
from services.his_adapter.requests.projections import REQUESTS
from services.his_adapter.watches.projections import HEARD, WATCHES
from shared.access import ACCESS
from shared.bus.topics import topic_name
from shared.contracts.his_adapter import FactConfirmed, FeedAdvanced
from shared.contracts.his_servers import FactHandedOn
from shared.humans import HUMANS
from shared.people import PEOPLE
from shared.projector import Item, Projection
from shared.projector.model import Document

Status = Literal["received", "not-ours", "translated", "refused"]
LISTS, HEARS = topic_name("his-directory", "commands"), topic_name("his-requests", "commands")
FORMATS = {"mllp": "hl7v2", "fhir": "fhir", "soap": "cda", "table": "fhir"}
"""What came in by a door."""
_NOTHING: Document = {"repeats": 0, "facts": [], "status": "received"}
"""`translated` with no facts: what it says was known already, or it says nothing to tell."""


def _ids(item: Item) -> list[str]:
    """A raw record by its own id, a fact by the message it came from, a dead letter by what it is about, or its own."""
    data = item.raw["data"]
    if item.raw["type"] == FeedAdvanced.wire:
        return []
    if item.topic.endswith(".dlq"):
        if "/" in data["topic"]:  # refused at the door, so never stored as a message
            return [data["id"]]
        return [data["about"]] if ".raw." in data["topic"] and data.get("about") else []
    if item.topic == LISTS:  # what callers of the API list comes from no message
        return [item.raw["causationid"]] if item.raw["causationid"] != item.raw["id"] else []
    if item.topic == HEARS:  # of a request only what a message answered
        return (
            [item.raw["causationid"]] if item.raw["type"] == HearAnswer.wire and "attempt" in item.raw["data"] else []
        )
    return [data["message_id"]]


def _message(before: Document | None, id: str, item: Item) -> Document | None:
    row, data = before or _NOTHING, item.raw["data"]
    match item.topic.split(".")[2]:
        case "raw":
            return _received(row, item)
        case "commands":
            shortened = {*row.get("cut", ()), *data.get("cut", ())}
            return _decided({**row, "understood": True, **({"cut": sorted(shortened)} if shortened else {})})
        case "events":
            told = {*row["facts"], item.raw["type"]} - {FactConfirmed.wire, FactHandedOn.wire}
            return _decided({**row, "facts": sorted(told)})
        case _ if "/" in data["topic"]:
            return None if data["redriven"] else _turned_away(row, data)
        case _:
            return _decided({**row, "refused": None if data["redriven"] else data["detail"]})


def _turned_away(row: Document, data: dict[str, Any]) -> Document:
    """What was refused at the door (AE, AR, 422) is shown until it is redriven; then it is a message of its own."""
    if "received" in row:
        return {**row, "repeats": row["repeats"] + 1}
    told = {
        "format": FORMATS.get(data["topic"].partition("/")[0], "hl7v2"),
        "control_id": data.get("about", ""),
        "sender": data["key"] or "unknown",
        "type": "",
        "received": datetime.fromisoformat(data["time"]),
        "reason": data["reason"],
        "at_the_door": True,
        "refused": data["detail"],
    }
    return {**row, **told, "status": "refused"}


def _received(row: Document, item: Item) -> Document:
    data: dict[str, Any] = item.raw["data"]
    if "received" in row:
        return {**row, "repeats": row["repeats"] + 1}
    named = {
        "format": data.get("format", "hl7v2"),
        "control_id": data["control_id"],
        "sender": data["sender"],
        "type": data["message_type"],
    }
    return _decided({**row, **named, "received": datetime.fromisoformat(item.raw["recordedtime"])})


def _decided(row: Document) -> Document:
    """The status that follows from what is known, in whatever order it became known."""
    status: Status = "received"
    if row["facts"] or row.get("understood"):
        status = "translated"
    elif row.get("refused"):
        status = "refused"
    elif row.get("type") and not is_ours(row["format"], row["type"]):
        status = "not-ours"
    return {**row, "status": status}


MESSAGES = Projection(
    collection="messages",
    sources=("his-adapter",),
    types=None,
    kinds=("raw", "commands", "events", "dlq"),
    keys=_ids,
    fold=_message,
    also=(LISTS, HEARS),
    indexes=("control_id", [("received", -1), ("_id", -1)]),
    once=True,
)


def _feed(before: Document | None, id: str, item: Item) -> Document | None:
    """How far a server was read, by the newest note of it."""
    if item.envelope is None or (before and before["noted"] > item.envelope.recorded):
        return before
    note = item.envelope.data
    read = (before or {}).get("read", 0) + note.read
    since = note.since or (before or {}).get("since", "")
    return {
        "noted": item.envelope.recorded,
        **note.model_dump(mode="json", exclude={"at"}),
        "since": since,
        "read": read,
    }


FEEDS = Projection(
    collection="feeds",
    sources=("his-adapter",),
    types=(FeedAdvanced,),
    kinds=("raw",),
    keys=lambda item: [item.envelope.data.feed] if item.envelope else [],
    fold=_feed,
    once=True,
)
PROJECTIONS = (
    MESSAGES,
    FEEDS,
    DIRECTORY,
    REQUESTS,
    PAYMENTS,
    APPROVALS,
    HEARD,
    WATCHES,
    FILES,
    PACKETS,
    HUMANS,
    PEOPLE,
    ACCESS,
)
