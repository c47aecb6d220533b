"""Dead letters: records that could not be read or decided, kept with the reason until somebody redrives them.

The original bytes are encrypted with a key of their own, which is tied to the key of the refused record and to the
identities in the bytes, as far as they can be read; a letter without identities is kept for a term.
"""

import base64
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from shared.bus.topics import is_inbox, topic_name
from shared.bus.writing import Out, send_groups
from shared.clock import Clock
from shared.codec import Refusal
from shared.contracts.base import Part, changed, stored
from shared.envelope import Unreadable, parse
from shared.ids import derive
from shared.keystore import Tie
from shared.refused_at import AtIntake, OnTopic, refused_at
from shared.sealing import KeyRing

LARGEST = 20 << 20
"""Largest original in bytes that fits a dead letter when it is encrypted."""


class DeadLetter(Part):
    """A dead letter. `id` is also the record key; a later record with the same key marks it as `redriven`.

    `about`: the id of the refused record (CloudEvents id, HL7 control id) if it could be read. An original that is too
    large is not kept and cannot be redriven. The `key` of an inbox record is not kept, as clients choose it freely.
    """

    id: str
    reason: str
    detail: str
    reader: str
    topic: str
    partition: int
    offset: int
    key: str
    time: str
    about: str = ""
    redriven: bool = False
    original: str | None = None
    headers: dict[str, str] = {}

    @property
    def refused_at(self) -> OnTopic | AtIntake:
        """Where it was refused: the place whose text is `topic`."""
        return refused_at(self.topic)


def letter_id(reader: str, record: Any) -> str:
    """The id of the letter for a record that this consumer group refused."""
    return derive("dead-letter", reader, record.topic, record.partition, record.offset)


def seal_key(id: str) -> str:
    """The key that encrypts a letter's original."""
    return f"dead-letter-{id}"


async def dead_letter(
    record: Any, refusal: Refusal, reader: str, ring: KeyRing, now: datetime, whose: Collection[str] = ()
) -> Out:
    """The dead letter of `record`. `whose`: the identities in its bytes."""
    id = letter_id(reader, record)
    key = seal_key(id)
    keys = await ring.load([key], create=True)
    await attribute(ring, key, record, whose, now)
    fits = len(record.value or b"") <= LARGEST
    letter = DeadLetter(
        id=id,
        reason=refusal.reason,
        detail=refusal.detail if fits else f"{refusal.detail} (too large to be kept)",
        reader=reader,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key="" if is_inbox(record.topic) else (record.key or b"").decode(errors="replace"),
        time=now.isoformat(),
        about=refusal.about or _id_of(record),
        original=keys.seal(key, record.value or b"", id) if fits else None,
        headers={name: base64.b64encode(value).decode() for name, value in record.headers or ()},
    )
    return Out(id, _event(letter, f"/careloop/{reader}"))


async def attribute(ring: KeyRing, key: str, record: Any, whose: Collection[str], now: datetime) -> None:
    """Tie a letter's key to the record's key and to the identities in it; without any, give it a term."""
    keyid = str(_attributes(record).get("keyid", ""))
    owner = await ring.load([keyid] if keyid else [], ask=True)
    current = await ring.current(whose, dict.fromkeys(whose, now))
    ties = {Tie(current.of(who), key) for who in whose} | ({Tie(keyid, key)} if keyid in owner else set())
    await ring.tie(ties, [] if ties else [ring.term(key, "dead-letter", now)])


def _id_of(record: Any) -> str:
    return str(_attributes(record).get("id", ""))[:200]


def _attributes(record: Any) -> dict[str, Any]:
    try:
        return parse(record.value, record.headers or ())
    except (Unreadable, TypeError, ValueError, AttributeError):
        return {}


def _event(letter: DeadLetter, source: str) -> bytes:
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{letter.id}{'/redriven' if letter.redriven else ''}",
            "source": source,
            "type": "careloop.dead_letter.v1",
            "time": letter.time,
            "subject": letter.id,
            "data": letter.model_dump(),
        }
    )


def redriven(letter: DeadLetter, now: datetime) -> Out:
    """The record that marks a letter as redriven."""
    marked = changed(letter, redriven=True, original=None, time=now.isoformat())
    return Out(letter.id, _event(marked, f"/careloop/{letter.reader}"))


def read(value: bytes) -> DeadLetter:
    """The letter in a record of a dlq topic."""
    return stored(DeadLetter, parse(value)["data"])


def original_headers(letter: DeadLetter) -> list[tuple[str, bytes]]:
    """The headers of the refused record, without those that every record gets."""
    pairs = [(name, base64.b64decode(value)) for name, value in letter.headers.items()]
    return [(name, value) for name, value in pairs if name != "content-type"]


async def original_of(letter: DeadLetter, ring: KeyRing) -> bytes | None:
    """The refused bytes; None if their key was destroyed."""
    key = seal_key(letter.id)
    keys = await ring.load([key])
    return keys.open(key, letter.original, letter.id) if letter.original else None


class DeadLetters:
    """Writes the dead letters of one service; each is durable when `keep` returns."""

    def __init__(self, service: str, producer: AIOKafkaProducer, ring: KeyRing, clock: Clock) -> None:
        self._topic, self._producer, self._ring, self._clock = topic_name(service, "dlq"), producer, ring, clock

    async def keep(self, record: Any, refusal: Refusal, reader: str, whose: Collection[str] = ()) -> str:
        """Keep a record with its reason; returns the letter's id. `whose`: the identities in its bytes."""
        letter = await dead_letter(record, refusal, reader, self._ring, self._clock(), whose)
        await send_groups(self._producer, self._topic, record.partition, [[letter]])
        return letter.key
