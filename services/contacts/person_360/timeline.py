"""Projection of the timeline: the events of all services about a person, ordered by time, not by arrival."""

from services.contacts.person_360.projections import OWN
from shared.contracts.timeline import Timeline, timelines
from shared.projector import Item, Projection
from shared.projector.model import Document

TIMELINES = {"contacts": Timeline("contacts", 0, OWN)} | timelines()
"""Which events the timeline shows, by service."""
ORDER = ("time", "recorded", "written", "rank", "sequence", "_id")


def _timeline_of(item: Item) -> Timeline:
    return TIMELINES[item.source]


def _event_ids(item: Item) -> list[str]:
    """The event's id, if the event is about a person."""
    return [item.envelope.id] if item.envelope and _timeline_of(item).person(item.envelope.data) else []


def _entry(before: Document | None, id: str, item: Item) -> Document | None:
    """Store the event encrypted as published. It is decrypted when read, which fails for an erased person.

    `written` (the record's timestamp in Kafka), `rank` and `sequence` order events recorded at the same time, so that
    causes come first.
    """
    if before is not None or item.envelope is None:
        return before
    return {
        "person_id": _timeline_of(item).person(item.envelope.data),
        "time": item.envelope.time,
        "recorded": item.envelope.recorded,
        "written": item.written,
        "rank": _timeline_of(item).rank,
        "sequence": item.envelope.sequence,
        "type": item.raw["type"],
        "event": item.raw,
    }


TIMELINE = Projection(
    collection="timeline",
    sources=tuple(TIMELINES),
    types=tuple(event for timeline in TIMELINES.values() for event in timeline.types),
    keys=_event_ids,
    fold=_entry,
    indexes=([("person_id", 1), *((name, 1) for name in ORDER)],),
    once=True,
)
