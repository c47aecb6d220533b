"""Timers in a Faust table: set and cancelled by events, fired by ticks, deleted after their command is durable."""

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
    """One timer, with the causes that its command will carry."""

    key: str
    timer_id: str
    version: int
    due: str
    command: str
    correlation: str
    causation: str
    traceparent: str

    def dump(self) -> bytes:
        """The bytes in the table."""
        return orjson.dumps({name: getattr(self, name) for name in self.__slots__})


Fire = Callable[[Row, datetime], Awaitable[None]]


class Timers:
    """The timers of the partitions of this worker. `table` is keyed by timer id."""

    def __init__(self, table: Any, fire: Fire) -> None:
        self._table, self._fire = table, fire
        self._heaps: dict[int, list[tuple[float, str]]] = {}

    def rebuild(self, partitions: set[int]) -> None:
        """After a recovery: build one heap per owned partition."""
        self._heaps = {number: [(_due(row), row.timer_id) for row in self._rows(number)] for number in partitions}
        for heap in self._heaps.values():
            heapq.heapify(heap)

    def _rows(self, partition: int) -> Iterator[Row]:
        store = self._table.data
        database = store._dbs.get(partition)
        for _, value in store._visible_items(database) if database is not None else ():
            yield Row(**orjson.loads(store._decode_value(value)))

    def next_due(self) -> datetime | None:
        """The time of the next timer, whatever its version; None without timers."""
        tops = [heap[0][0] for heap in self._heaps.values() if heap]
        return datetime.fromtimestamp(min(tops)).astimezone() if tops else None

    def count(self) -> int:
        """The number of waiting timers (replaced versions included until they are due)."""
        return sum(len(heap) for heap in self._heaps.values())

    def apply(self, event: Envelope[Any], partition: int, traceparent: str) -> None:
        """Set or cancel a timer, unless a higher version is known.

        The same version is written again, as a row on this disk may be missing from the changelog.
        """
        message = event.data
        row = self._find(message.timer_id)
        if row is not None and row.version > message.version:
            return
        if isinstance(message, TimerCancelled):
            if row is not None:
                del self._table[message.timer_id.encode()]
        elif isinstance(message, TimerSet):
            new_row = Row(
                key=message.key,
                timer_id=message.timer_id,
                version=message.version,
                due=message.due.isoformat(),
                command=message.command,
                correlation=event.correlation_id,
                causation=event.id,
                traceparent=traceparent,
            )
            self._table[message.timer_id.encode()] = new_row.dump()
            if row is None or row.version < message.version:
                heapq.heappush(self._heaps.setdefault(partition, []), (_due(new_row), new_row.timer_id))

    async def tick(self, partition: int, now: datetime) -> None:
        """Fire what is due: the command is durable before the row is deleted, so a crash repeats but never loses it."""
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
