"""Which events a document has no room for: the document and the event alone decide it, never the batch."""

from collections.abc import Mapping

from shared import mongo
from shared.projector.model import Document, Item

GROWTH = 16
"""A fold makes a document larger by less than so many times the bytes of the record it folds.

A list of digits takes six times as much in BSON as in JSON, and a fold may show it twice. `tests/world` holds every
read model to a quarter of this.
"""


class Limit:
    """Passes by each event that would make a document larger than `largest` bytes; the document stays as it was.

    To measure a document is to encode it. So each goes by the most it can have: its size when it was last known, in
    `sizes` where it is stored, and `GROWTH` for all that came since. Only where that exceeds the limit it is measured.
    `every` measures after each event: for a fold that outgrew `GROWTH`, as MongoDB found when it refused the document.
    """

    def __init__(self, sizes: Mapping[str, int], largest: int, every: bool = False) -> None:
        self._most, self._largest, self._every = dict(sizes), largest, every
        self.passed_by: list[Item] = []

    def takes(self, id: str, after: Document | None, item: Item) -> bool:
        """Whether the document may become `after` with this event; if not, the event is in `passed_by`."""
        most = 0 if after is None else self._most.get(id, 0) + GROWTH * item.size
        if after is not None and (self._every or most > self._largest):
            most = mongo.size(after)
        if most > self._largest:
            self.passed_by.append(item)
            return False
        self._most[id] = most
        return True
