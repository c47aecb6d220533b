"""Destroys the data keys of erased people: a role of its own, so that a crash repeats it and never forgets it.

Beside that it looks every now and then for what is left over: keys that were tied to somebody while their own was being
destroyed, and keys of nobody, or of a number that no record holds, whose term is over.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from services.contacts.commands import ConfirmErasure, ExpireInput, RegistryCommand
from services.contacts.policies import REGISTRY
from shared.actor import system
from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import KeysForgotten
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.ids import derive
from shared.keystore import NUMBER
from shared.pulse import beat
from shared.sealing import identity_of

EVERY_SECONDS = 60


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
        """Destroy every key the erasures name, and all that are tied to them; then tell the registry."""
        for heard in await self._deps.codec.decode(records, frozenset({PersonErased.wire, KeysForgotten.wire})):
            if not isinstance(heard, Envelope):
                continue
            erased: PersonErased | KeysForgotten = heard.data
            if isinstance(erased, KeysForgotten):  # messages of old logs have one life
                await self._deps.ring.destroy(erased.keys)
                continue
            await self._carry_out(erased)
            if erased.awaited:
                now, id = self._deps.clock(), derive(heard.id, "carried-out")
                done = ConfirmErasure(id=id, at=now, person_id=erased.person_id, cluster=erased.cluster)
                await command(self._deps, done, heard)

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


async def command(deps: Deps, wish: RegistryCommand, cause: Envelope[Any] | None = None) -> None:
    """Tell the registry."""
    context = (cause.correlation_id, cause.id) if cause else ()
    told = deps.sender.envelope(REGISTRY, wish, *context, actor=system("eraser"))
    await deps.sender.send(REGISTRY, [(told, [])])


async def tidy(deps: Deps) -> None:
    """Destroy what is left over. An input that waited in vain is taken off the list first, with whatever seals it."""
    now = deps.clock()
    ended = await deps.ring.ended(now)
    for term in ended:
        id = derive(term.key, "expire")
        if term.kind == "input":
            await command(deps, ExpireInput(id=id, at=now, input_id=term.key))
        elif term.kind == NUMBER:
            await command(deps, ExpireInput(id=id, at=now, sealed_for=identity_of(term.key)))
    await deps.ring.tidy(ended)


async def _tidying(deps: Deps) -> None:
    while True:
        await tidy(deps)
        beat()
        await asyncio.sleep(EVERY_SECONDS)


async def erase(deps: Deps) -> None:
    """The eraser role."""

    def handler(tp: TopicPartition) -> Eraser:
        return Eraser(deps)

    async def hear() -> None:
        await loop(deps, "contacts.eraser", handler)()

    async with asyncio.TaskGroup() as both:
        both.create_task(hear())
        both.create_task(_tidying(deps))
