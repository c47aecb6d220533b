"""Collections that are behind the others of their topic are fed beside them until they have joined.

A collection is behind because it is new, or because its positions were taken back. The others never wait for it.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from aiokafka import TopicPartition

from shared.projector.generations import Vector


class Reads(Protocol):
    """What `Source` does, as far as catching up needs it."""

    def batches(self, start: Vector, until: Vector | None = None) -> Any:
        """See `Source.batches`."""


class CatchingUp:
    """What the partitions of one process share: a turn each, one batch at a time, and where each stands."""

    def __init__(
        self, source: Callable[[], AbstractAsyncContextManager[Reads]], fatal: Callable[[BaseException], None]
    ) -> None:
        self.source, self.fatal, self.turn = source, fatal, asyncio.Lock()
        self._fed: dict[object, tuple[TopicPartition, int]] = {}

    def stands(self, feed: object, tp: TopicPartition, next: int | None) -> None:
        """A feed has read up to `next`; None: it has joined, or ended."""
        if next is None:
            self._fed.pop(feed, None)
        else:
            self._fed[feed] = (tp, next)

    def probe(self) -> dict[str, Any]:
        """For status: the least advanced position of each partition, so that nothing looks at rest before it is."""
        least: Vector = {}
        for tp, next in self._fed.values():
            least[tp] = min(next, least.get(tp, next))
        return {"positions": [(tp.topic, tp.partition, next) for tp, next in least.items()]} if least else {}
