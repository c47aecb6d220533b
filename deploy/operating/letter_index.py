"""Where each dead letter stands in the log, for a process that answers requests: one is read without all the others."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from deploy.operating.dlq import letters
from shared.bus.consuming import LogCut, read_to_end, record_at
from shared.contracts.base import changed
from shared.deadletter import DeadLetter, read
from shared.service import Service
from shared.settings import Settings

MOST = 20_000
"""How many letters the index holds, at about 2 KB each. Beyond that it drops redriven ones first, then the oldest.

While it reads, it holds as many redriven ones, and all that no mark was read of yet.
"""
DETAIL = 500
"""How many characters of a letter's detail the index holds."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """`letter`: without original and headers; `tp`, `offset`: where it stands with them."""

    tp: TopicPartition
    offset: int
    letter: DeadLetter


class LetterIndex:
    """An index of the dead letter topics in memory. Each question first reads what was written since the last one.

    `left_out`: how many letters it dropped. They are not listed; asked for by id, they are searched in the topics.
    """

    def __init__(self, settings: Settings, services: Sequence[Service], most: int = MOST) -> None:
        self._settings, self._services, self._most = settings, services, most
        self._tps = [tp for service in services for tp in service.partitions("dlq", settings.kafka.partitions)]
        self._lock, self._begun, self._done = asyncio.Lock(), 0, 0
        self._empty()

    def _empty(self) -> None:
        self._next: dict[TopicPartition, int] = {}
        self._placed: dict[str, _Placed] = {}
        self._redriven: set[str] = set()
        self._replaced = False
        self.left_out = 0

    async def listed(self) -> list[tuple[TopicPartition, DeadLetter]]:
        """Return all letters that it holds, each with its partition, without originals and headers."""
        await self._catch_up()
        return [(each.tp, each.letter) for each in self._placed.values()]

    async def whole(self, id: str) -> tuple[TopicPartition, DeadLetter] | None:
        """Return a letter with its original, and its partition; None if there is none with this id."""
        for _ in range(2):
            await self._catch_up()
            placed = self._placed.get(id)
            if placed is None:
                return (await letters(self._settings, self._services, only=id)).get(id) if self.left_out else None
            record = await record_at(self._settings.kafka, placed.tp, placed.offset)
            if record is not None and (letter := read(record.value)).id == id:
                return placed.tp, changed(letter, redriven=placed.letter.redriven)
            self._replaced = True  # another log stands in its place
        return None

    async def _catch_up(self) -> None:
        """Read to the ends of the topics at the call. Calls that wait for another one's reading share the next."""
        wanted = self._begun + 1
        async with self._lock:
            if self._done >= wanted:
                return
            self._begun += 1
            try:
                await self._read()
            except LogCut:  # another log stands in its place
                self._empty()
                await self._read()
            self._done = self._begun

    async def _read(self) -> None:
        if self._replaced:
            self._empty()
        async for records in read_to_end(self._settings.kafka, self._tps, dict(self._next)):
            for record in records:
                self._take(record)
            self._drop(self._redriven)
        self._drop(self._placed)  # not before the end: a mark that is read later may make room

    def _take(self, record: Any) -> None:
        tp, letter = TopicPartition(record.topic, record.partition), read(record.value)
        self._next[tp] = record.offset + 1
        previous = self._placed.get(letter.id)
        if letter.redriven:
            if previous:
                marked = changed(previous.letter, redriven=True)
                self._placed[letter.id] = _Placed(previous.tp, previous.offset, marked)
                self._redriven.add(letter.id)
        elif not (previous and previous.letter.redriven):
            slim = changed(letter, original=None, headers={}, detail=letter.detail[:DETAIL])
            self._placed[letter.id] = _Placed(tp, record.offset, slim)

    def _drop(self, ids: Collection[str]) -> None:
        """Drop a tenth at once if these are too many, so that sorting costs little per letter."""
        if len(ids) <= self._most:
            return
        placed = [self._placed[id] for id in ids]
        order = sorted(placed, key=lambda each: (not each.letter.redriven, each.letter.time))
        dropped = order[: len(order) - self._most + self._most // 10]
        self.left_out += len(dropped)
        for each in dropped:
            del self._placed[each.letter.id]
            self._redriven.discard(each.letter.id)
