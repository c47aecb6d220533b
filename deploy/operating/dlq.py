"""List, show and forget dead letters of all services."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from services.his_adapter.formats.resending import as_text
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


async def letters(
    settings: Settings, services: Iterable[Service], whole: bool = True, only: str = ""
) -> dict[str, tuple[TopicPartition, DeadLetter]]:
    """Return id → (its partition, dead letter). A letter that was redriven stays marked as such.

    Unless `whole`, letters are returned without their originals, which may be large. `only`: those whose ids begin so.
    """
    tps = [tp for service in services for tp in service.partitions("dlq", settings.kafka.partitions)]
    by_id: dict[str, tuple[TopicPartition, DeadLetter]] = {}
    async for records in read_to_end(settings.kafka, tps):
        for record in (each for each in records if (each.key or b"").startswith(only.encode())):
            letter = read(record.value) if whole else changed(read(record.value), original=None)
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


async def listed(
    settings: Settings, services: Iterable[Service], redriven: bool = False
) -> list[tuple[TopicPartition, DeadLetter]]:
    """Return the letters with their partitions, without originals, oldest first; with `redriven` those too."""
    placed = (await letters(settings, services, whole=False)).values()
    return sorted((each for each in placed if redriven or not each[1].redriven), key=lambda each: each[1].time)


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


@dataclass(frozen=True, slots=True)
class Original:
    """What was refused. `readable`: as text, personal fields decrypted, HL7 with one segment per line.

    `editable`: what is sent again, to be repaired: a message of a hospital, else the record as it is stored, whose
    sealed fields stay sealed.
    """

    readable: str
    editable: str


async def original(letter: DeadLetter, ring: KeyRing) -> Original | None:
    """Return the original of a letter; None if its key is destroyed."""
    raw = await original_of(letter, ring)
    if raw is None:
        return None
    [(event, envelope)] = await Codec(ring).read([record_of(letter, raw)])
    stored = as_text(raw)
    if isinstance(envelope, Refusal) or "sealed" not in (event.get("data") or {}):
        return Original(stored, stored)
    data = envelope.data.model_dump(mode="json")
    text = str(data.pop("text", None) or "").replace("\r", "\n")
    message = text if letter.topic == topic_name("his-adapter", "raw") else ""
    return Original("\n".join([json.dumps(data, ensure_ascii=False, indent=1), text]), message or stored)


async def readable(letter: DeadLetter, ring: KeyRing) -> str:
    """Return the original as text, or that its key is destroyed."""
    shown = await original(letter, ring)
    return shown.readable if shown else "(the key is destroyed)"
