"""Builds the read models of a world: the runtime's own folds, with a position per collection and source partition."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from shared.projector import Item, Projection
from shared.projector.folding import by_document, fold
from tests.world.log import Place, Record
from tests.world.worker import Steps, Worker

if TYPE_CHECKING:
    from tests.world.machine import World


class ProjectionWorker(Worker):
    """Builds one collection. Documents and position change in one step, as in a MongoDB transaction."""

    def __init__(self, world: "World", service: str, projection: Projection) -> None:
        reads = dict.fromkeys(projection.topics, projection.types or (object,))
        super().__init__(world, f"{service}.{projection.collection}.projector", reads)
        self.projection = projection
        self.documents: dict[str, Any] = {}

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Fold the batch."""
        items = [item_of(record) for record in batch]
        for id, document in fold(self.projection, by_document(self.projection, items), self.documents).items():
            if document is None:
                self.documents.pop(id, None)
            else:
                self.documents[id] = document
        self.commit(batch)
        yield from ()


@lru_cache(maxsize=4096)
def item_of(record: Record) -> Item:
    """The record as an item for projections; made once for all projections that read it."""
    envelope = record.envelope
    raw = {
        "id": envelope.id,
        "source": envelope.source,
        "type": type(envelope.data).wire,
        "subject": envelope.key,
        "time": envelope.time.isoformat(),
        "recordedtime": envelope.recorded.isoformat(),
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
        "sequence": envelope.sequence,
        "data": envelope.data.model_dump(mode="json", exclude={"at"}),
    }
    return Item(*record.place, record.offset, raw, None, envelope, record.written, len(orjson.dumps(raw)))
