"""What a service says about one of its collections: which events, which documents, how they change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from shared.bus.topics import topic_name
from shared.contracts.base import Event
from shared.envelope import Envelope

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A record as a projection may see it: where it stood, its attributes and `data`, its trace.

    `written` is the broker's time of it, good for housekeeping only. `size` is the bytes it takes on its topic.
    """

    topic: str
    partition: int
    offset: int
    raw: Document
    traceparent: str | None
    envelope: Envelope[Any] | None = None
    written: datetime | None = None
    size: int = 0


@dataclass(frozen=True)
class Projection:
    """`keys` names the documents an item touches, `fold` gives the new document (None removes it).

    Results must not depend on how topics interleave: where order matters, fold by (time, id).
    `types` None means every record of `topics`, undecoded. `once` is set where the document id is the
    event id, so a repeat changes nothing by itself; otherwise the runtime skips known sequences.
    `also` names single topics beside `sources` x `kinds`. `kept_seconds` lets the database drop documents by
    their field `written`.
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
        """The topics this collection is built from."""
        return [*(topic_name(source, kind) for source in self.sources for kind in self.kinds), *self.also]

    def wants(self, item: Item) -> bool:
        """Whether the item is one of the types this collection is made of."""
        data = item.envelope.data if item.envelope else None
        return (self.types is None or isinstance(data, self.types)) and item.topic in self.topics
