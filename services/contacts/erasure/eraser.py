"""The role `eraser`: destroys the data keys of erased persons. After a crash the destruction is repeated.

Every `EVERY_SECONDS` it also destroys leftover keys: keys that were tied to a person while that person's key was being
destroyed, and expired keys of inputs without a person or of numbers that no record has.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from services.contacts.registry.commands import REGISTRY, ConfirmErasure, ExpireInput, RegistryCommand
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
    """The `PartitionHandler` of a partition of the registry's events."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def open(self, committed: int) -> int:
        """Start at the committed offset; the key store shows which erasures were carried out."""
        return committed

    async def close(self) -> None:
        """Nothing to release."""

    async def work(self, records: Sequence[Any]) -> None:
        """Destroy the keys that the erasures name and all keys tied to them; then confirm it to the registry."""
        for envelope in await self._deps.codec.decode(records, frozenset({PersonErased.wire, KeysForgotten.wire})):
            if not isinstance(envelope, Envelope):
                continue
            erased: PersonErased | KeysForgotten = envelope.data
            if isinstance(erased, KeysForgotten):  # keys of single messages in old logs: they have one version
                await self._deps.ring.destroy(erased.keys)
                continue
            await self._carry_out(erased)
            if erased.awaited:
                now, id = self._deps.clock(), derive(envelope.id, "carried-out")
                done = ConfirmErasure(id=id, at=now, person_id=erased.person_id, cluster=erased.cluster)
                await command(self._deps, done, envelope)

    async def _carry_out(self, erased: PersonErased) -> None:
        """Destroy all key versions of the numbers, then the persons' own keys.

        Destroyed persons' keys mean that the erasure was carried out: reading the event again then does nothing, so
        that it does not destroy a key that a number got after the erasure.
        """
        ring, people = self._deps.ring, erased.cluster
        decrypts = await ring.versions(people)
        if all(decrypts.get(person) is False for person in people):
            return
        await ring.destroy({*erased.keys, *await ring.versions(erased.keys)} - set(people))
        await ring.destroy(people)


async def command(deps: Deps, registry_command: RegistryCommand, cause: Envelope[Any] | None = None) -> None:
    """Send a command to the registry."""
    context = (cause.correlation_id, cause.id) if cause else ()
    envelope = deps.sender.envelope(REGISTRY, registry_command, *context, actor=system("eraser"))
    await deps.sender.send(REGISTRY, [(envelope, [])])


async def tidy(deps: Deps) -> None:
    """Destroy expired and leftover keys. Undecided inputs encrypted with such a key are dropped first."""
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
    """Run the role `eraser`."""

    def handler(tp: TopicPartition) -> Eraser:
        return Eraser(deps)

    async def consume() -> None:
        await loop(deps, "contacts.eraser", handler)()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consume())
        tasks.create_task(_tidying(deps))
