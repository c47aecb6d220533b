"""List, show and forget dead letters of all services."""

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.codec import Codec, Refusal
from shared.contracts.base import changed
from shared.deadletter import DeadLetter, original_headers, original_of, read, seal_key
from shared.sealing import KeyRing
from shared.service import Service
from shared.settings import Settings


class NoSuchLetter(Exception):
    """No dead letter has this id, or its original is gone; the text says what to do."""


async def letters(settings: Settings, services: Iterable[Service]) -> dict[str, tuple[TopicPartition, DeadLetter]]:
    """Return id → (its partition, dead letter). A letter that was redriven stays marked as such."""
    tps = [tp for service in services for tp in service.partitions("dlq", settings.kafka.partitions)]
    by_id: dict[str, tuple[TopicPartition, DeadLetter]] = {}
    async for records in read_to_end(settings.kafka, tps):
        for record in records:
            letter = read(record.value)
            previous = by_id.get(letter.id)
            if previous and letter.redriven:
                letter = changed(previous[1], redriven=True)
            elif previous and previous[1].redriven:
                continue
            by_id[letter.id] = (TopicPartition(record.topic, record.partition), letter)
    return by_id


def pick(by_id: dict[str, tuple[TopicPartition, DeadLetter]], id: str) -> tuple[TopicPartition, DeadLetter]:
    """Return the one letter whose id starts with `id`. Raises `NoSuchLetter` for none or several."""
    matches = [value for key, value in by_id.items() if key.startswith(id)]
    if len(matches) != 1:
        count = "several dead letters start" if matches else "no dead letter starts"
        raise NoSuchLetter(f"{count} with {id!r}: `careloop dlq list --all` shows them")
    return matches[0]


def place_of(letter: DeadLetter) -> str:
    """Return the place of the refused record, as read models write it: `<topic>-<partition>@<offset>`."""
    return f"{letter.topic}-{letter.partition}@{letter.offset}"


async def forget(letter: DeadLetter, ring: KeyRing) -> int:
    """Destroy the data key of a letter, and that of the message it is about; return the number of destroyed keys.

    For letters that no erasure reaches, because they could not be attributed. A message that is encrypted with its
    patient's data key is not affected.
    """
    message_keys = [letter.about] if letter.topic == topic_name("his-adapter", "raw") and letter.about else []
    return await ring.destroy([seal_key(letter.id), *message_keys])


async def readable_letters(letters: Iterable[DeadLetter], ring: KeyRing) -> list[str]:
    """Return the ids of the letters whose originals can still be decrypted."""
    ids = [letter.id for letter in letters]
    keys = await ring.load(map(seal_key, ids))
    return [id for id in ids if keys.knows(seal_key(id))]


def record_of(letter: DeadLetter, raw: bytes) -> Any:
    """Return the refused bytes with their headers, as an object like a Kafka record."""
    return SimpleNamespace(value=raw, headers=original_headers(letter))


async def readable(letter: DeadLetter, ring: KeyRing) -> str:
    """Return the original as text: personal fields decrypted, HL7 with one segment per line."""
    raw = await original_of(letter, ring)
    if raw is None:
        return "(the key is destroyed)"
    [(event, envelope)] = await Codec(ring).read([record_of(letter, raw)])
    if isinstance(envelope, Refusal) or "sealed" not in (event.get("data") or {}):
        return raw.decode(errors="replace").replace("\r", "\n")
    data = envelope.data.model_dump(mode="json")
    text = str(data.pop("text", None) or "").replace("\r", "\n")
    return "\n".join([json.dumps(data, ensure_ascii=False, indent=1), text])
