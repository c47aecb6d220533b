"""Attribute messages, dead letters and waiting inputs of older releases to patients, so that erasures reach them.

Data of a person who was erased after it came is destroyed at once. A number that no person record holds gets a
retention term.
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
from services.contacts.registry import REGISTRY
from services.contacts.registry.domain import evolve
from services.contacts.registry.identifiers import keys_of
from services.contacts.registry.refused import named_in
from services.contacts.registry.state import Registry
from services.his_adapter.formats.common.refusing import site_of_refused
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.meaning import tells_directory
from services.his_adapter.formats.whose import of_message, of_refused
from services.his_adapter.settings import HisSettings
from shared.bus.consuming import read_to_end
from shared.bus.topics import Topic, topic
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

EVENTS = topic(REGISTRY.name, "events", REGISTRY.partitions)


class Attribution:
    """One run over the log; a second run changes nothing."""

    def __init__(self, settings: AllSettings, ring: KeyRing, definitions: Definitions = Definitions()) -> None:
        self._settings, self._ring, self._definitions = settings, ring, definitions
        self._services = load_all(settings)
        by_name = {service.name: service for service in self._services}
        self._raw, self._inbox = topic(by_name["his_adapter"].slug, "raw"), by_name["contacts"].inbox_group
        self._key, self._now = settings.keys.site_key, SharedClock(settings.clock_file)()
        self._erased: dict[str, datetime] = {}
        self._registry = Registry()
        self._named: set[str] = set()
        self.counts: Counter[str] = Counter()

    async def run(self) -> dict[str, int]:
        """Attribute everything; return what was done → how often."""
        self._definitions = await published(self._settings.kafka)
        async for event in self._read(EVENTS):
            await self.attribute(event)
        await self.hold(self._held())
        async for event in self._read(self._raw):
            await self.received(event)
        for _, letter in (await dlq.letters(self._settings, self._services)).values():
            await self.refused(letter)
        unheld = await self.begin()
        self._registry = Registry()
        async for event in self._read(EVENTS):  # records created in the meantime
            self._registry = evolve(self._registry, event.data)
        await self.hold(self._held() & unheld)
        return {action: count for action, count in self.counts.items() if count}

    async def _read(self, topic: Topic) -> AsyncIterator[Envelope[Any]]:
        codec = Codec(self._ring, UPCASTERS)
        count = topic.partitions or self._settings.kafka.partitions
        tps = [TopicPartition(topic.name, number) for number in range(count)]
        async for records in read_to_end(self._settings.kafka, tps):
            for event in await codec.decode(records):
                if isinstance(event, Envelope):
                    yield event

    async def attribute(self, event: Envelope[Any]) -> None:
        """Apply an event of the registry: note erasures, attribute inputs that waited for staff."""
        data = event.data
        self._registry = evolve(self._registry, data)
        if isinstance(data, PersonErased):
            self._erased |= dict.fromkeys(data.keys, event.recorded)
        elif isinstance(data, IdentityAmbiguous | IdentityResolved) and data.residue and data.carried is not None:
            await self._attributed(event.keyid, data.tied_to, "input", event.recorded)

    def _held(self) -> set[str]:
        """Return the identifiers of all person records."""
        return {key for keys in self._registry.held.values() for key in keys}

    async def hold(self, numbers: Collection[str]) -> None:
        """Create data keys without a term for identifiers of person records."""
        async for batch in slices(numbers):
            await self._ring.current(batch, dict.fromkeys(batch))

    async def begin(self) -> set[str]:
        """Begin the term of each number in messages and letters that no person record holds; return these numbers."""
        unheld = self._named - self._held()
        async for batch in slices(unheld):
            self.counts["number with a term"] += await self._ring.begin(batch, self._now)
        return unheld

    async def received(self, event: Envelope[Any]) -> None:
        """Attribute a message that was encrypted with a data key of its own; of others note the patients only."""
        message = event.data
        if not isinstance(message, HospitalMessageReceived) or message.text is None or message.hospital:
            return
        self._named |= {*message.patients}
        if message.patients:
            return
        if not tells_directory(message.format, message.message_type):
            site = site_of(self._definitions, message.site)
            # older releases derived FHIR patient ids without their server: attribute to both
            named = {*of_message(self._key, site, message), *of_message(self._key, site, changed(message, sender=""))}
            self._named |= named
            await self._attributed(event.keyid, tuple(named), "message", event.recorded)

    async def refused(self, letter: DeadLetter) -> None:
        """Attribute a dead letter, of refused bytes or of a record."""
        raw = await original_of(letter, self._ring)
        if raw is None:
            return
        if letter.reader == self._inbox:
            patients = named_in(keys_of(self._key, self._definitions), raw)
        else:
            where = letter.refused_at.name
            site = site_of_refused(self._definitions, HisSettings.of(self._settings).mllp.site, where, letter.key)
            patients = of_refused(self._key, site, where, raw, letter.key, self._definitions)
        if not await self._destroyed_if_erased(seal_key(letter.id), patients, datetime.fromisoformat(letter.time)):
            self._named |= {*patients}
            await attribute(self._ring, seal_key(letter.id), dlq.record_of(letter, raw), patients, self._now)
            self.counts["dead-letter"] += 1

    async def _attributed(self, key: str, patients: Collection[str], kind: str, recorded: datetime) -> None:
        """Tie data key `key` to those of the patients; without a patient it gets a term."""
        if await self._destroyed_if_erased(key, patients, recorded):
            return
        current = await self._ring.current(patients, {} if kind == "input" else dict.fromkeys(patients, self._now))
        ties = [Tie(current.of(patient), key) for patient in patients]
        await self._ring.tie(ties, [] if ties else [self._ring.term(key, kind, self._now)])
        self.counts[kind if ties else f"{kind} with a term"] += 1

    async def _destroyed_if_erased(self, key: str, patients: Collection[str], recorded: datetime) -> bool:
        """Destroy a data key if one of the patients was erased after `recorded`; return whether that is so."""
        erased = any(recorded <= self._erased[patient] for patient in patients if patient in self._erased)
        if erased:
            self.counts["destroyed"] += await self._ring.destroy([key])
        return erased
