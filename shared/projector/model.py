"""The declaration of a collection: which events, which documents, how they change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from shared.bus.topics import named, topic_name
from shared.contracts.base import Event
from shared.envelope import Envelope

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A record for a projection: position, attributes with `data`, trace.

    `written`: the broker's time, only for retention. `size`: its bytes on the topic.
    """

    topic: str
    partition: int
    offset: int
    raw: Document
    traceparent: str | None
    envelope: Envelope[Any] | None = None
    written: datetime | None = None
    size: int = 0

    @property
    def source(self) -> str:
        """The service or decider whose topic it is on."""
        return named(self.topic).source

    @property
    def kind(self) -> str:
        """The kind of its topic, such as `events`, `commands`, `raw` or `dlq`."""
        return named(self.topic).kind


@dataclass(frozen=True)
class Projection:
    """`keys` returns the ids of the documents that an item touches, `fold` the new document (None deletes it).

    Results must not depend on how topics interleave: if order matters, fold by (time, id). `types` None: every record
    of `topics`, not decoded. `once`: the document id is the event id, so repeats have no effect; otherwise the runtime
    skips known sequences. `also`: further topics besides `sources` x `kinds`. `kept_seconds`: the database deletes
    documents that long after their field `written`.
    """

    collection: str
    sources: tuple[str, ...]
    types: tuple[type[Event], ...] | None
    keys: Callable[[Item], Sequence[str]]
    fold: Callable[[Document | None, str, Item], Document | None]
    kinds: tuple[str, ...] = ("events",)
    indexes: tuple[Any, ...] = ()
    also: tuple[str, ...] = ()
    once: bool = False
    kept_seconds: int | None = None

    @cached_property
    def topics(self) -> list[str]:
        """The topics that this collection is built from."""
        return [*(topic_name(source, kind) for source in self.sources for kind in self.kinds), *self.also]

    def wants(self, item: Item) -> bool:
        """Whether the collection uses the item."""
        data = item.envelope.data if item.envelope else None
        return (self.types is None or isinstance(data, self.types)) and item.topic in self.topics
