"""Writing groups of records so that one group never spans two batches, and one batch waits for one answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.bus.clients import partition_of
from shared.bus.producer import Producer

CONTENT_TYPE = ("content-type", b"application/cloudevents+json")
Headers = list[tuple[str, bytes]]
ROOM = (1 << 20) - 8192
"""Bytes of records that surely fit a batch of 1 MiB."""


class TooLarge(Exception):
    """Some of what is to be written fits no record; `ids` names it. Nothing of it was written."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = frozenset(ids)
        super().__init__(f"{len(self.ids)} records are larger than {ROOM} bytes")


@dataclass(slots=True)
class Out:
    """One record to write."""

    key: str
    value: bytes | None
    headers: Headers = field(default_factory=list)


def fits(group: Sequence[Out], room: int = ROOM) -> bool:
    """Whether records that must stay together fit a batch."""
    return sum(map(_size, group)) <= room


async def send_groups(producer: Producer, topic: str, partition: int, groups: Iterable[Sequence[Out]]) -> list[int]:
    """Append the groups in order; returns the offset of the first record of each.

    A record batch is appended whole or not at all, so a group (one command's events) is never split. The next batch
    waits for the answer to the one before: what fails is followed by nothing, so a reader never sees a hole. (aiokafka
    has one batch of a partition on its way at a time anyhow.) A single record shares its batch with whatever else is on
    its way: batches of their own would queue up behind one another.
    """
    groups = list(groups)
    if len(groups) == 1 and len(groups[0]) == 1:
        return [await _send_alone(producer, topic, partition, groups[0][0])]
    firsts: list[int] = []
    batch, waiting = producer.create_batch(), list[int]()

    async def flush() -> None:
        nonlocal batch
        if waiting:
            sent = await (await producer.send_batch(batch, topic, partition=partition))
            firsts.extend([sent.offset + inside for inside in waiting])
            waiting.clear()
            batch = producer.create_batch()

    for group in groups:
        need = sum(map(_size, group))
        if batch.size() + need > ROOM:
            await flush()
        if need > ROOM:
            if len(group) > 1:
                raise ValueError(f"one command's {len(group)} events exceed a record batch of 1 MiB on {topic}")
            firsts.append(await _send_alone(producer, topic, partition, group[0]))
            continue
        waiting.append(batch.record_count())
        for out in group:
            batch.append(key=out.key.encode(), value=out.value, timestamp=None, headers=[CONTENT_TYPE, *out.headers])
    await flush()
    return firsts


async def send_spread(producer: Producer, topic: str, partitions: int, outs: Iterable[Out]) -> None:
    """Append each record to the partition of its key, of so many; in order in each, one partition after another."""
    spread: dict[int, list[list[Out]]] = {}
    for out in outs:
        spread.setdefault(partition_of(out.key, partitions), []).append([out])
    for partition, groups in spread.items():
        await send_groups(producer, topic, partition, groups)


async def _send_alone(producer: Producer, topic: str, partition: int, out: Out) -> int:
    """One record as aiokafka batches it, or by itself where it is larger than a batch (HL7 with a document in it)."""
    headers = [CONTENT_TYPE, *out.headers]
    sent = await producer.send(topic, out.value, key=out.key.encode(), partition=partition, headers=headers)
    return int((await sent).offset)


def _size(out: Out) -> int:
    """Upper bound of what a record takes in a batch."""
    return 200 + len(out.value or b"") + 4 * len(out.key) + sum([len(value) + 40 for _, value in out.headers])
