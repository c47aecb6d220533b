"""Runs one partition of a decider: decode, decide, write, commit."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from shared.bus.clients import producer, start, stop
from shared.bus.topics import topic_name
from shared.bus.writing import Out, fits, send_groups
from shared.clock import Clock
from shared.codec import Codec, Refusal
from shared.deadletter import dead_letter
from shared.decider.model import Decider
from shared.decider.partition import Decision, Partition
from shared.decider.recovery import recover
from shared.decider.rhythm import Rhythm
from shared.decider.saving import MAX_RECORDS, Saving
from shared.definitions import Definitions
from shared.origin import origin_in
from shared.outcomes import write as write_outcome
from shared.sealing import KeyRing
from shared.settings import Settings
from shared.telemetry import batch_span, carried_trace

log = logging.getLogger(__name__)
Written = tuple[Any, Decision, list[Out]]
"""A command's record, its answer, and its events as records."""


class DeciderPartition:
    """A `PartitionHandler`. With transactions all writes and the command offset are one transaction."""

    def __init__(
        self,
        decider: Decider[Any],
        tp: TopicPartition,
        settings: Settings,
        codec: Codec,
        ring: KeyRing,
        clock: Clock,
        definitions: Callable[[], Definitions],
        group: str,
    ) -> None:
        self._decider, self._tp, self._kafka = decider, tp, settings.kafka
        self._codec, self._ring, self._clock, self._definitions = codec, ring, clock, definitions
        self._group, self._rhythm = group, Rhythm()
        self._transactional_id = f"{settings.environment}.{decider.name}.decider.{tp.topic}-{tp.partition}"
        self._producer: AIOKafkaProducer = None
        self._memory: Partition[Any] | None = None
        self._saving: Saving | None = None
        self._events = topic_name(decider.name, "events")

    async def open(self, committed: int) -> int:
        """Fence the former owner, then recover. The position comes from our events if Kafka has forgotten it."""
        self._producer = producer(self._kafka, self._transactional_id)
        await start(self._producer)
        self._memory = await recover(
            self._decider, self._tp.partition, self._kafka, self._codec, self._ring, self._group
        )
        if self._kafka.transactions and len(self._memory.dirty) > MAX_RECORDS:  # a new state version, or a lost mark
            self._saving = self._begin()
            while self._saving:
                async with self._producer.transaction():
                    await self._checkpoint()
        return max(committed, self._memory.command_offset + 1) if self._kafka.transactions else committed

    async def close(self) -> None:
        """Stop writing."""
        if self._producer is not None:
            await stop(self._producer)

    async def work(self, records: Sequence[Any]) -> None:
        """Decide a batch and write everything that follows from it."""
        memory = self._memory
        assert memory is not None
        decoded = await self._codec.decode(records, ask=True)
        with batch_span("process", self._tp.topic, self._tp.partition, records, self._group) as span:
            now, definitions = self._clock(), self._definitions()
            too_large = frozenset[int]()
            while True:
                highs = dict(memory.highs)
                answers, refused = self._decide(list(zip(records, decoded, strict=True)), too_large, definitions, now)
                written = await self._encoded(answers, span)
                large = {record.offset for record, _, group in written if not fits(group)}
                if not large:
                    break
                memory.undo([answer for _, answer in answers], highs)
                too_large |= large
            letters = [await self._letter(record, refusal) for record, refusal in refused]
            memory.command_offset = max(memory.command_offset, records[-1].offset)
            await self._write([answer for _, answer in answers], written, letters, records)

    def _decide(
        self, commands: list[tuple[Any, Any]], too_large: frozenset[int], definitions: Definitions, now: datetime
    ) -> tuple[list[tuple[Any, Decision]], list[tuple[Any, Refusal]]]:
        """The answer for each command, and refusals for dead letters; those `too_large`, by offset, fail."""
        memory, answers, refused = self._memory, list[tuple[Any, Decision]](), list[tuple[Any, Refusal]]()
        assert memory is not None
        for record, command in commands:
            if isinstance(command, Refusal):
                if memory.first_time(origin_in(record.value)):
                    refused.append((record, command))
                continue
            answer = memory.handle(command, record.offset, definitions, now, record.offset in too_large)
            if answer.error:
                refused.append((record, Refusal(answer.outcome.slug, answer.error)))
            answers.append((record, answer))
        return answers, refused

    async def _encoded(self, answers: list[tuple[Any, Decision]], span: str) -> list[Written]:
        """The events of each command as records."""
        with_events = [(record, answer) for record, answer in answers if answer.events]
        values = iter(await self._codec.encode([event for _, answer in with_events for event in answer.events]))
        return [
            (record, answer, [Out(e.key, next(values), carried_trace(record.headers, span)) for e in answer.events])
            for record, answer in with_events
        ]

    async def _letter(self, record: Any, refusal: Refusal) -> Out:
        return await dead_letter(record, refusal, self._group, self._ring, self._clock())

    async def _write(
        self, answers: list[Decision], written: list[Written], letters: list[Out], records: Sequence[Any]
    ) -> None:
        if not self._kafka.transactions:
            await self._append(answers, written, letters)
            return
        async with self._producer.transaction():
            await self._append(answers, written, letters)
            events = sum(len(group) for _, _, group in written)
            if self._rhythm.due(max(events, len(records))) and self._saving is None:
                self._saving = self._begin()
            if self._saving:
                await self._checkpoint()
            await self._producer.send_offsets_to_transaction({self._tp: records[-1].offset + 1}, self._group)

    async def _append(self, answers: list[Decision], written: list[Written], letters: list[Out]) -> None:
        """Write events, outcomes and dead letters."""
        memory, partition = self._memory, self._tp.partition
        assert memory is not None
        groups = [group for _, _, group in written]
        firsts = await send_groups(self._producer, self._events, partition, groups)
        positions = {
            id(answer): {f"{self._events}-{partition}": first + len(answer.events)}
            for (_, answer, _), first in zip(written, firsts, strict=True)
        }
        await self._append_outcomes(answers, positions)
        if letters:
            letters_topic = topic_name(self._decider.name, "dlq")
            await send_groups(self._producer, letters_topic, partition, [[letter] for letter in letters])
        if firsts:
            memory.next_event = firsts[-1] + len(groups[-1])

    async def _append_outcomes(self, answers: list[Decision], positions: dict[int, dict[str, int]]) -> None:
        memory, outs = self._memory, []
        assert memory is not None
        for answer in answers:
            outcome = answer.outcome
            if id(answer) in positions:
                outcome.position = positions[id(answer)]
            dumped = outcome.dump()
            memory.sent(outcome, dumped)  # a repeat gets the same position
            outs.append(Out(outcome.aggregate, write_outcome(outcome, dumped, self._decider.name)))
        topic = topic_name(self._decider.name, "outcomes")
        await send_groups(self._producer, topic, self._tp.partition, [[out] for out in outs])

    def _begin(self) -> Saving:
        assert self._memory is not None
        return Saving(self._decider, self._memory, self._tp.partition)

    async def _checkpoint(self) -> None:
        assert self._saving is not None
        outs = await self._saving.records(self._ring)
        if not all(fits([out]) for out in outs):
            log.warning("%s: no checkpoint: an aggregate fits no record, so recovery replays its events", self._group)
            self._saving.give_up()
            self._saving = None
            return
        topic = topic_name(self._decider.name, "state")
        await send_groups(self._producer, topic, self._tp.partition, [[out] for out in outs])
        if self._saving.done:
            self._saving = None
