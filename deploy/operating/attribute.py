"""Whose the old messages, dead letters and waiting inputs of a log are: asked once, since the key store did not know.

What is found to be of somebody who was erased after it came goes at once. A number that no record holds gets a term.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from deploy.catalogue import load_all
from deploy.operating import dlq
from deploy.publishing.definition_store import published
from deploy.settings import AllSettings
from services.contacts.registry import evolve
from services.contacts.registry.identifiers import keys_of
from services.contacts.registry.refused import named_in
from services.contacts.registry.state import Registry
from services.his_adapter.definitions import site_of
from services.his_adapter.formats.common.refusing import site_of_refused
from services.his_adapter.formats.meaning import tells_directory
from services.his_adapter.formats.whose import of_message, of_refused
from shared.bus.reading import read_to_end
from shared.bus.topics import topic_name
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonErased
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.upcasters import UPCASTERS
from shared.deadletter import DeadLetter, attribute, original_of, seal_key
from shared.decider.checkpoint import slices
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.keystore import Tie
from shared.sealing import KeyRing


class Attribution:
    """One run over the log. Nothing is done twice by another."""

    def __init__(self, settings: AllSettings, ring: KeyRing, definitions: Definitions = Definitions()) -> None:
        self._settings, self._ring, self._definitions = settings, ring, definitions
        self._key, self._now = settings.keys.site_key, SharedClock(settings.clock_file)()
        self._erased: dict[str, datetime] = {}
        self._registry = Registry()
        self._named: set[str] = set()
        self.counts: Counter[str] = Counter()

    async def run(self) -> dict[str, int]:
        """How many of each were attributed, have a term now, and were destroyed."""
        self._definitions = await published(self._settings.kafka)
        async for event in self._read("contacts-registry", "events", 1):
            await self.heard(event)
        await self.hold(self._held())
        async for event in self._read("his-adapter", "raw", self._settings.kafka.partitions):
            await self.received(event)
        for _, letter in (await dlq.letters(self._settings, load_all(self._settings))).values():
            await self.refused(letter)
        unheld = await self.begin()
        self._registry = Registry()
        async for event in self._read("contacts-registry", "events", 1):  # who came meanwhile
            self._registry = evolve(self._registry, event.data)
        await self.hold(self._held() & unheld)
        return {what: count for what, count in self.counts.items() if count}

    async def _read(self, service: str, kind: str, count: int) -> AsyncIterator[Envelope[Any]]:
        codec = Codec(self._ring, UPCASTERS)
        tps = [TopicPartition(topic_name(service, kind), number) for number in range(count)]
        async for records in read_to_end(self._settings.kafka, tps):
            for event in await codec.decode(records):
                if isinstance(event, Envelope):
                    yield event

    async def heard(self, event: Envelope[Any]) -> None:
        """Who was erased, and when; which inputs waited, and whose they were; what records are known by."""
        said = event.data
        self._registry = evolve(self._registry, said)
        if isinstance(said, PersonErased):
            self._erased |= dict.fromkeys(said.keys, event.recorded)
        elif isinstance(said, IdentityAmbiguous | IdentityResolved) and said.residue and said.carried is not None:
            await self._attributed(event.keyid, said.tied_to, "input", event.recorded)

    def _held(self) -> set[str]:
        return {key for known in self._registry.held.values() for key in known}

    async def hold(self, numbers: Collection[str]) -> None:
        """What a record is known by has a key without a term, though nothing was sealed with it yet."""
        async for some in slices(numbers):
            await self._ring.living(some, dict.fromkeys(some))

    async def begin(self) -> set[str]:
        """The numbers that messages and letters name and no record is known by have terms now."""
        unheld = self._named - self._held()
        async for some in slices(unheld):
            self.counts["number with a term"] += await self._ring.begin(some, self._now)
        return unheld

    async def received(self, event: Envelope[Any]) -> None:
        """A message that was sealed for itself alone; of others whom they name."""
        told = event.data
        if not isinstance(told, HospitalMessageReceived) or told.text is None or told.hospital:
            return
        self._named |= {*told.patients}
        if told.patients:
            return
        if not tells_directory(told.format, told.message_type):
            site = site_of(self._definitions, told.site)
            named = {*of_message(self._key, site, told), *of_message(self._key, site, changed(told, sender=""))}
            self._named |= named
            whose = tuple(named)  # under ids without their server too, as older versions knew their patients
            await self._attributed(event.keyid, whose, "message", event.recorded)

    async def refused(self, letter: DeadLetter) -> None:
        """A dead letter, of a door or of a record."""
        raw = await original_of(letter, self._ring)
        if raw is None:
            return
        if letter.reader == "contacts.inbox":
            whose = named_in(keys_of(self._key, self._definitions), raw)
        else:
            where = letter.topic.partition("/")[0]
            site = site_of_refused(self._definitions, self._settings.mllp.site, where, letter.key)
            whose = of_refused(self._key, site, where, raw, letter.key, self._definitions)
        if not await self._gone(seal_key(letter.id), whose, datetime.fromisoformat(letter.time)):
            self._named |= {*whose}
            await attribute(self._ring, seal_key(letter.id), dlq.record_of(letter, raw), whose, self._now)
            self.counts["dead-letter"] += 1

    async def _attributed(self, key: str, whose: Collection[str], kind: str, said: datetime) -> None:
        if await self._gone(key, whose, said):
            return
        lives = await self._ring.living(whose, {} if kind == "input" else dict.fromkeys(whose, self._now))
        ties = [Tie(lives.of(who), key) for who in whose]
        await self._ring.tie(ties, [] if ties else [self._ring.term(key, kind, self._now)])
        self.counts[kind if ties else f"{kind} with a term"] += 1

    async def _gone(self, key: str, whose: Collection[str], said: datetime) -> bool:
        """Whether it was of somebody who was erased after it was said: then it goes."""
        over = any(said <= self._erased[who] for who in whose if who in self._erased)
        if over:
            self.counts["destroyed"] += await self._ring.destroy([key])
        return over
