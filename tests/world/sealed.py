"""Topics with records as encrypted bytes, as on Kafka, and the eraser: to check what an erasure leaves behind.

Readers trust a key that they read once for ever, which is the longest that a running one may not notice an erasure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson

from services.contacts.erasure.eraser import Eraser, tidy
from shared.actor import Actor
from shared.bus.topics import topic_name
from shared.codec import Codec, Refusal
from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import KeysForgotten
from shared.deadletter import dead_letter
from shared.envelope import Envelope
from shared.sealing import KeyRing
from tests.world.checkpoints import run
from tests.world.keys import MemoryKeys
from tests.world.log import Log, Place, Record
from tests.world.worker import Steps, Worker

if TYPE_CHECKING:
    from tests.world.machine import World

MASTER, FOR_EVER = b"w" * 32, 1e9


class SealedRecord(Record):
    """A record as bytes. Its personal fields are readable as long as their key exists."""

    def __init__(self, place: Place, offset: int, value: bytes, written: datetime, codec: Codec) -> None:
        for name, content in (("place", place), ("offset", offset), ("written", written)):
            object.__setattr__(self, name, content)
        self.__dict__["value"], self.__dict__["codec"] = value, codec

    value: bytes
    codec: Codec
    headers = ()

    @property
    def envelope(self) -> Envelope[Any]:  # type: ignore[override]
        """The decoded envelope, with the keys that exist now."""
        [read] = run(self.codec.decode([self]))
        assert isinstance(read, Envelope), read
        return read


@dataclass
class SealedLog(Log):
    """Topics of sealed records. `here` is the ring of whoever decides and writes, `there` the eraser's."""

    store: MemoryKeys = field(default_factory=MemoryKeys)

    def __post_init__(self) -> None:
        self.here, self.there, reading = (KeyRing(self.store, MASTER, ttl) for ttl in (0.0, 0.0, FOR_EVER))
        self._codec, self._reading = Codec(self.here), Codec(reading)

    def written(self, place: Place, offset: int, envelope: Envelope[Any], now: datetime) -> Record:
        """The encrypted record; it is encrypted when it is written."""
        [value] = run(self._codec.encode([envelope]))
        return SealedRecord(place, offset, value, now, self._reading)

    def decided(self, record: Record) -> Envelope[Any]:
        """A command as a decider reads it: it asks the key store."""
        [read] = run(self._codec.decode([record], ask=True))
        assert isinstance(read, Envelope), read
        return read

    def keep(
        self,
        place: Place,
        offset: int,
        raw: bytes,
        refusal: Refusal,
        reader: str,
        whose: Sequence[str],
        now: datetime,
    ) -> None:
        """A dead letter, on the topic of its reader's service."""
        record = SimpleNamespace(**place._asdict(), offset=offset, key=b"", value=raw, headers=())
        letter = run(dead_letter(record, refusal, reader, self.here, now, whose))
        where = Place(topic_name(reader.partition(".")[0], "dlq"), 0)
        self.records[where].append(SealedRecord(where, self.end(where), letter.value or b"", now, self._reading))

    def opened(self) -> list[tuple[str, str]]:
        """Topic and clear text of every ciphertext, on whatever topic, that still opens."""
        ring = KeyRing(self.store, MASTER, ttl=0)
        return [
            (place.topic, clear.decode())
            for place, records in self.records.items()
            for record in records
            if isinstance(record, SealedRecord) and (clear := run(_opened(record.value, ring)))
        ]


async def _opened(value: bytes, ring: KeyRing) -> bytes | None:
    raw = orjson.loads(value)
    ciphertext = raw["data"].get("sealed") or raw["data"].get("original")
    if not ciphertext:
        return None
    key = raw.get("keyid") or f"dead-letter-{raw['subject']}"
    context = f"{raw['id']} {raw['type']}" if raw.get("keyid") else raw["subject"]
    return (await ring.load([key])).open(key, ciphertext, context)


class EraserWorker(Worker):
    """The eraser of contacts, with its own key ring, as in a separate process."""

    def __init__(self, world: "World", log: SealedLog) -> None:
        super().__init__(world, "contacts.eraser", {topic_name("contacts-registry", "events"): (object,)})
        deps: Any = SimpleNamespace(ring=log.there, codec=Codec(log.there), sender=self, clock=world.clock)
        self._deps, self._eraser = deps, Eraser(deps)

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Carry out each erasure in the batch."""
        erasures = [each for each in batch if isinstance(each.envelope.data, PersonErased | KeysForgotten)]
        for record in erasures:
            run(self._eraser.work([record]))
            yield
        self.commit(batch)

    def tidy(self) -> None:
        """Do what the eraser does every minute: destroy stranded keys and those whose term ended."""
        run(tidy(self._deps))

    def envelope(self, *args: Any, actor: Actor) -> Envelope[Any]:
        """Has the signature of `CommandSender`."""
        return self.world.sender.envelope(*args, actor=actor)

    async def send(self, target: str, commands: Any) -> None:
        """Has the signature of `CommandSender`."""
        topic = topic_name(target, "commands")
        for envelope, _ in commands:
            self.world.log.append(self.world.log.place_of(topic, envelope.key), [envelope], self.world.now)
