"""Collections that are behind the others of their topic are fed separately until they have caught up.

A collection is behind because it is new, or because its positions were reset. The others do not wait for it.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from aiokafka import TopicPartition

from shared.projector.generations import Vector


class ReadsBatches(Protocol):
    """The part of `Source` that catching up needs."""

    def batches(self, start: Vector, until: Vector | None = None) -> Any:
        """See `Source.batches`."""


class CatchingUp:
    """Shared by the partitions of one process: a lock (one batch at a time), and the position of each feed."""

    def __init__(
        self, source: Callable[[], AbstractAsyncContextManager[ReadsBatches]], fatal: Callable[[BaseException], None]
    ) -> None:
        self.source, self.fatal, self.turn = source, fatal, asyncio.Lock()
        self._fed: dict[object, tuple[TopicPartition, int]] = {}

    def stands(self, feed: object, tp: TopicPartition, next: int | None) -> None:
        """Set the position of a feed; None: it has caught up, or ended."""
        if next is None:
            self._fed.pop(feed, None)
        else:
            self._fed[feed] = (tp, next)

    def probe(self) -> dict[str, Any]:
        """For status: the lowest position of each partition that is being fed."""
        least: Vector = {}
        for tp, next in self._fed.values():
            least[tp] = min(next, least.get(tp, next))
        return {"positions": [(tp.topic, tp.partition, next) for tp, next in least.items()]} if least else {}
