"""Timers in a Faust table: set and cancelled by events, fired by ticks, deleted only after the command is durable."""

import heapq
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.contracts.timers import TimerCancelled, TimerSet
from shared.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Row:
    """One running timer, with the causes that its firing will name."""

    key: str
    timer_id: str
    version: int
    due: str
    command: str
    correlation: str
    causation: str
    traceparent: str

    def dump(self) -> bytes:
        """As the table stores it."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__})


Fire = Callable[[Row, datetime], Awaitable[None]]


class Timers:
    """The timers of the partitions this worker owns. `table` is keyed by timer id."""

    def __init__(self, table: Any, fire: Fire) -> None:
        self._table, self._fire = table, fire
        self._heaps: dict[int, list[tuple[float, str]]] = {}

    def rebuild(self, partitions: set[int]) -> None:
        """After a recovery: one heap per owned partition."""
        self._heaps = {number: [(_due(row), row.timer_id) for row in self._rows(number)] for number in partitions}
        for heap in self._heaps.values():
            heapq.heapify(heap)

    def _rows(self, partition: int) -> Iterator[Row]:
        store = self._table.data
        database = store._dbs.get(partition)
        for _, value in store._visible_items(database) if database is not None else ():
            yield Row(**orjson.loads(store._decode_value(value)))

    def next_due(self) -> datetime | None:
        """When the next timer is due, whatever its version; None where none runs."""
        tops = [heap[0][0] for heap in self._heaps.values() if heap]
        return datetime.fromtimestamp(min(tops)).astimezone() if tops else None

    def count(self) -> int:
        """How many wait (replaced versions included until they come up)."""
        return sum(len(heap) for heap in self._heaps.values())

    def apply(self, event: Envelope[Any], partition: int, traceparent: str) -> None:
        """Set or cancel, unless a higher version is known.

        The same version is written again: a row on this disk is no proof of one on the changelog.
        """
        message = event.data
        known = self._find(message.timer_id)
        if known is not None and known.version > message.version:
            return
        if isinstance(message, TimerCancelled):
            if known is not None:
                del self._table[message.timer_id.encode()]
        elif isinstance(message, TimerSet):
            row = Row(
                key=message.key,
                timer_id=message.timer_id,
                version=message.version,
                due=message.due.isoformat(),
                command=message.command,
                correlation=event.correlation_id,
                causation=event.id,
                traceparent=traceparent,
            )
            self._table[message.timer_id.encode()] = row.dump()
            if known is None or known.version < message.version:
                heapq.heappush(self._heaps.setdefault(partition, []), (_due(row), row.timer_id))

    async def tick(self, partition: int, now: datetime) -> None:
        """Fire what is due: the command is durable before the row goes, so a crash repeats it, never loses it."""
        heap = self._heaps.setdefault(partition, [])
        while heap and heap[0][0] <= now.timestamp():
            due, timer_id = heap[0]
            row = self._find(timer_id)
            if row is not None and _due(row) == due:
                await self._fire(row, now)
                del self._table[timer_id.encode()]
            heapq.heappop(heap)

    def _find(self, timer_id: str) -> Row | None:
        value = self._table.get(timer_id.encode())
        return Row(**orjson.loads(value)) if value else None


def _due(row: Row) -> float:
    return datetime.fromisoformat(row.due).timestamp()
