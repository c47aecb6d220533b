"""What a service says about one of its collections: which events, which documents, how they change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.bus.topics import topic_name
from shared.contracts.base import Event
from shared.envelope import Envelope

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A record as a projection may see it: where it stood, its attributes and `data`, its trace."""

    topic: str
    partition: int
    offset: int
    raw: Document
    traceparent: str | None
    envelope: Envelope[Any] | None = None


@dataclass(frozen=True, slots=True)
class Projection:
    """`keys` names the documents an item touches, `fold` gives the new document (None removes it).

    Results must not depend on how topics interleave: where order matters, fold by (time, id).
    `types` None means every record of `topics`, undecoded. `once` is set where the document id is the
    event id, so a repeat changes nothing by itself; otherwise the runtime skips known sequences.
    """

    collection: str
    sources: tuple[str, ...]
    types: tuple[type[Event], ...] | None
    keys: Callable[[Item], Sequence[str]]
    fold: Callable[[Document | None, str, Item], Document | None]
    kinds: tuple[str, ...] = ("events",)
    indexes: tuple[Any, ...] = ()
    once: bool = False

    @property
    def topics(self) -> list[str]:
        """The topics this collection is built from."""
        return [topic_name(source, kind) for source in self.sources for kind in self.kinds]

    def wants(self, item: Item) -> bool:
        """Whether the item is one of the types this collection is made of."""
        if item.topic not in self.topics:
            return False
        return self.types is None or (item.envelope is not None and isinstance(item.envelope.data, self.types))
