"""Writes groups of records so that no group spans two batches, and each batch waits for the one before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.bus.clients import partition_of
from shared.bus.producer import Producer

CONTENT_TYPE = ("content-type", b"application/cloudevents+json")
Headers = list[tuple[str, bytes]]
ROOM = (1 << 20) - 8192
"""Bytes of records that certainly fit a batch of 1 MiB."""


class TooLarge(Exception):
    """Some records are too large; `ids` names them. Nothing was written."""

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
    """Whether records that must stay together fit one batch."""
    return sum(map(_size, group)) <= room


async def send_groups(producer: Producer, topic: str, partition: int, groups: Iterable[Sequence[Out]]) -> list[int]:
    """Append the groups in order; returns the offset of the first record of each.

    A record batch is appended as a whole or not at all, so a group (one command's events) is never split. Each batch
    waits for the answer to the one before: nothing follows a failed batch, so consumers never see a gap. (aiokafka has
    one batch of a partition in flight at a time anyway.) A single record shares its batch with others that are being
    sent.
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
    """Append each record to the partition of its key; in order within each partition, one partition after another."""
    spread: dict[int, list[list[Out]]] = {}
    for out in outs:
        spread.setdefault(partition_of(out.key, partitions), []).append([out])
    for partition, groups in spread.items():
        await send_groups(producer, topic, partition, groups)


async def _send_alone(producer: Producer, topic: str, partition: int, out: Out) -> int:
    """One record as aiokafka batches it, or alone if it is larger than a batch (HL7 with an embedded document)."""
    headers = [CONTENT_TYPE, *out.headers]
    sent = await producer.send(topic, out.value, key=out.key.encode(), partition=partition, headers=headers)
    return int((await sent).offset)


def _size(out: Out) -> int:
    """Upper bound of the bytes of a record in a batch."""
    return 200 + len(out.value or b"") + 4 * len(out.key) + sum([len(value) + 40 for _, value in out.headers])
