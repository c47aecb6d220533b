"""Writing groups of records so that one group never spans two batches, and one batch waits for one answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer

CONTENT_TYPE = ("content-type", b"application/cloudevents+json")
Headers = list[tuple[str, bytes]]
ROOM = (1 << 20) - 8192
"""Bytes of records that surely fit a batch of 1 MiB."""


@dataclass(slots=True)
class Out:
    """One record to write."""

    key: str
    value: bytes | None
    headers: Headers = field(default_factory=list)


async def send_groups(
    producer: AIOKafkaProducer, topic: str, partition: int, groups: Iterable[Sequence[Out]]
) -> list[int]:
    """Append the groups in order; returns the offset of the first record of each.

    A record batch is appended whole or not at all, so a group (one command's events) is never split. A single record
    shares its batch with whatever else is on its way: batches of their own would queue up behind one another.
    """
    groups = list(groups)
    if len(groups) == 1 and len(groups[0]) == 1:
        return [(await (await _send_alone(producer, topic, partition, groups[0][0]))).offset]
    firsts: list[tuple[int, int]] = []
    futures = []
    batch, count = producer.create_batch(), 0
    for group in groups:
        need = sum(map(_size, group))
        if count and batch.size() + need > ROOM:
            futures.append(await producer.send_batch(batch, topic, partition=partition))
            batch, count = producer.create_batch(), 0
        if need > ROOM:
            if len(group) > 1:
                raise ValueError(f"one command's {len(group)} events exceed a record batch of 1 MiB on {topic}")
            firsts.append((len(futures), 0))
            futures.append(await _send_alone(producer, topic, partition, group[0]))
            continue
        firsts.append((len(futures), count))
        for out in group:
            batch.append(key=out.key.encode(), value=out.value, timestamp=None, headers=[CONTENT_TYPE, *out.headers])
        count += len(group)
    if count:
        futures.append(await producer.send_batch(batch, topic, partition=partition))
    bases = [(await future).offset for future in futures]
    return [bases[at] + inside for at, inside in firsts]


async def _send_alone(producer: AIOKafkaProducer, topic: str, partition: int, out: Out) -> Any:
    """One record as aiokafka batches it, or by itself where it is larger than a batch (HL7 with a document in it)."""
    headers = [CONTENT_TYPE, *out.headers]
    return await producer.send(topic, out.value, key=out.key.encode(), partition=partition, headers=headers)


def _size(out: Out) -> int:
    """Upper bound of what a record takes in a batch."""
    return 200 + len(out.value or b"") + 4 * len(out.key) + sum([len(value) + 40 for _, value in out.headers])
