"""Listing, showing and forgetting dead letters of all services."""

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from shared.bus.reading import read_to_end
from shared.bus.topics import topic_name
from shared.codec import Codec, Refusal
from shared.contracts.base import changed
from shared.deadletter import DeadLetter, original_headers, original_of, read, seal_key
from shared.sealing import KeyRing
from shared.service import Service
from shared.settings import Settings


class NoSuchLetter(Exception):
    """The text says how to find the right id."""


async def letters(settings: Settings, services: Iterable[Service]) -> dict[str, tuple[TopicPartition, DeadLetter]]:
    """Every dead letter by id, with where it lies; the latest word on each."""
    tps = [tp for service in services for tp in service.partitions("dlq", settings.kafka.partitions)]
    found: dict[str, tuple[TopicPartition, DeadLetter]] = {}
    async for records in read_to_end(settings.kafka, tps):
        for record in records:
            letter = read(record.value)
            told = found.get(letter.id)
            if told and letter.redriven:
                letter = changed(told[1], redriven=True)
            elif told and told[1].redriven:
                continue
            found[letter.id] = (TopicPartition(record.topic, record.partition), letter)
    return found


def pick(found: dict[str, tuple[TopicPartition, DeadLetter]], id: str) -> tuple[TopicPartition, DeadLetter]:
    """The letter whose id starts with `id`. Raises `NoSuchLetter`."""
    matches = [value for key, value in found.items() if key.startswith(id)]
    if len(matches) != 1:
        count = "several dead letters start" if matches else "no dead letter starts"
        raise NoSuchLetter(f"{count} with {id!r}: `careloop dlq list --all` shows them")
    return matches[0]


def place_of(letter: DeadLetter) -> str:
    """Where the refused record stands, as read models write it; at the door that is who sent it."""
    return f"{letter.topic}-{letter.partition}@{letter.offset}"


async def forget(letter: DeadLetter, ring: KeyRing) -> int:
    """Destroy the original of a letter for ever, and of the message it is about; returns how many keys went.

    For the letters that an erasure cannot reach, because nobody could read whose they are. A message that is sealed for
    its one patient stays as long as they do.
    """
    stored = [letter.about] if letter.topic == topic_name("his-adapter", "raw") and letter.about else []
    return await ring.destroy([seal_key(letter.id), *stored])


async def readable_letters(found: Iterable[DeadLetter], ring: KeyRing) -> list[str]:
    """The ids of the letters whose originals can still be read."""
    ids = [letter.id for letter in found]
    keys = await ring.load(map(seal_key, ids))
    return [id for id in ids if keys.knows(seal_key(id))]


def record_of(letter: DeadLetter, raw: bytes) -> Any:
    """What was refused, as a record."""
    return SimpleNamespace(value=raw, headers=original_headers(letter))


async def readable(letter: DeadLetter, ring: KeyRing) -> str:
    """The original as a person can read it: as it was, but sealed fields opened and HL7 line by line."""
    raw = await original_of(letter, ring)
    if raw is None:
        return "(the key is destroyed)"
    [(event, found)] = await Codec(ring).read([record_of(letter, raw)])
    if isinstance(found, Refusal) or "sealed" not in (event.get("data") or {}):
        return raw.decode(errors="replace").replace("\r", "\n")
    data = found.data.model_dump(mode="json")
    text = str(data.pop("text", None) or "").replace("\r", "\n")
    return "\n".join([json.dumps(data, ensure_ascii=False, indent=1), text])
