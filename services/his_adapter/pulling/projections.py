"""Read model for interface engineers: the positions of polled sources."""

from shared.contracts.his_raw import FeedAdvanced
from shared.projector import Item, Projection
from shared.projector.model import Document


def _feed(before: Document | None, id: str, item: Item) -> Document | None:
    """Fold the position of a polled source; older notes are ignored."""
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
