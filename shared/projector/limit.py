"""Skips events that would make a document too large; this depends on document and event only, never on the batch."""

from collections.abc import Mapping

from shared import mongo
from shared.projector.model import Document, Item

GROWTH = 16
"""A fold grows a document by less than this many times the bytes of the record.

A list of digits takes six times as much in BSON as in JSON, and a fold may store it twice. `tests/world` keeps every
read model within a quarter of this.
"""


class Limit:
    """Skips each event that would make a document larger than `largest` bytes; the document then stays as it was.

    Measuring means encoding. So an upper bound is used: the last known size (`sizes` for stored documents) plus
    `GROWTH` for everything since; only above the limit it is measured. `every` measures after each event: for a fold
    that exceeded `GROWTH`, so that MongoDB refused the document.
    """

    def __init__(self, sizes: Mapping[str, int], largest: int, every: bool = False) -> None:
        self._most, self._largest, self._every = dict(sizes), largest, every
        self.passed_by: list[Item] = []

    def takes(self, id: str, after: Document | None, item: Item) -> bool:
        """Whether the document may become `after` with this event; if not, the event is added to `passed_by`."""
        most = 0 if after is None else self._most.get(id, 0) + GROWTH * item.size
        if after is not None and (self._every or most > self._largest):
            most = mongo.size(after)
        if most > self._largest:
            self.passed_by.append(item)
            return False
        self._most[id] = most
        return True
