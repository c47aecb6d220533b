"""Destroys the data keys of erased people: a role of its own, so that a crash repeats it and never forgets it."""

from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from shared.contracts.contacts import PersonErased
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.host.roles import loop


class Eraser:
    """A `PartitionHandler` of the registry's events."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def open(self, committed: int) -> int:
        """Nothing to recover: destroying twice is harmless."""
        return committed

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, records: Sequence[Any]) -> None:
        """Destroy every key the erasures name."""
        for erased in await self._deps.codec.decode(records, frozenset({PersonErased.wire})):
            if isinstance(erased, Envelope):
                lives = await self._deps.ring.lives(erased.data.keys)
                await self._deps.ring.destroy({*erased.data.keys, *lives})


async def erase(deps: Deps) -> None:
    """The eraser role."""

    def handler(tp: TopicPartition) -> Eraser:
        return Eraser(deps)

    await loop(deps, "contacts.eraser", handler)()
