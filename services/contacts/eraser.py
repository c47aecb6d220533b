"""Destroys the data keys of erased people: a role of its own, so that a crash repeats it and never forgets it."""

from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import KeysForgotten
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.host.roles import loop


class Eraser:
    """A `PartitionHandler` of the registry's events."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def open(self, committed: int) -> int:
        """Nothing to recover: what was carried out is seen in the key store."""
        return committed

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, records: Sequence[Any]) -> None:
        """Destroy every key the erasures name."""
        for heard in await self._deps.codec.decode(records, frozenset({PersonErased.wire, KeysForgotten.wire})):
            if isinstance(heard, Envelope):
                erased: PersonErased | KeysForgotten = heard.data
                if isinstance(erased, KeysForgotten):  # messages have one life
                    await self._deps.ring.destroy(erased.keys)
                else:
                    await self._carry_out(erased)

    async def _carry_out(self, erased: PersonErased) -> None:
        """All lives that the numbers have had, then the people's own keys: once those are gone, it was done.

        A record read again after that must not reach a number's next life.
        """
        ring, people = self._deps.ring, erased.cluster
        known = await ring.lives(people)
        if all(known.get(person) is False for person in people):
            return
        await ring.destroy({*erased.keys, *await ring.lives(erased.keys)} - set(people))
        await ring.destroy(people)


async def erase(deps: Deps) -> None:
    """The eraser role."""

    def handler(tp: TopicPartition) -> Eraser:
        return Eraser(deps)

    await loop(deps, "contacts.eraser", handler)()
