"""One partition of a decider at work: decode, decide, write, commit."""

from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from shared.bus.clients import producer
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.clock import Clock
from shared.codec import Codec, Refusal
from shared.deadletter import dead_letter
from shared.decider.model import Decider
from shared.decider.partition import Answer, Partition
from shared.decider.recovery import recover
from shared.decider.rhythm import Rhythm
from shared.decider.saving import MOST, Saving
from shared.definitions import Definitions
from shared.origin import origin_in
from shared.outcomes import write as write_outcome
from shared.sealing import KeyRing
from shared.settings import Settings
from shared.telemetry import batch_span, carried_trace


class DeciderPartition:
    """A `PartitionHandler`. On Kafka all writes and the command offset are one transaction."""

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
        self._transactional_id = f"{settings.environment}.{decider.service}.decider.{tp.topic}-{tp.partition}"
        self._producer: AIOKafkaProducer = None
        self._memory: Partition[Any] | None = None
        self._saving: Saving | None = None
        self._events = topic_name(decider.service, "events")

    async def open(self, committed: int) -> int:
        """Fence the former owner, then recover. Its own events say how far it is, should Kafka have forgotten."""
        self._producer = producer(self._kafka, self._transactional_id)
        await self._producer.start()
        self._memory = await recover(
            self._decider, self._tp.partition, self._kafka, self._codec, self._ring, self._group
        )
        if self._kafka.transactions and len(self._memory.dirty) > MOST:  # a new state version, or a mark that vanished
            self._saving = self._begin()
            while self._saving:
                async with self._producer.transaction():
                    await self._checkpoint()
        return max(committed, self._memory.command_offset + 1) if self._kafka.transactions else committed

    async def close(self) -> None:
        """Stop writing."""
        if self._producer is not None:
            await self._producer.stop()

    async def work(self, records: Sequence[Any]) -> None:
        """Decide a batch and write all that follows from it."""
        memory = self._memory
        assert memory is not None
        decoded = await self._codec.decode(records)
        with batch_span("process", self._tp.topic, self._tp.partition, records, self._group) as span:
            answers: list[tuple[Any, Answer]] = []
            letters: list[Out] = []
            now, definitions = self._clock(), self._definitions()
            for record, command in zip(records, decoded, strict=True):
                if isinstance(command, Refusal):
                    if memory.first_time(origin_in(record.value)):
                        letters.append(await self._letter(record, command))
                    continue
                answer = memory.handle(command, record.offset, definitions, now)
                if answer.error:
                    letters.append(await self._letter(record, Refusal("rule-failed", answer.error)))
                answers.append((record, answer))
            memory.command_offset = max(memory.command_offset, records[-1].offset)
            await self._write(answers, letters, records, span)

    async def _letter(self, record: Any, refusal: Refusal) -> Out:
        return await dead_letter(record, refusal, self._group, self._ring, self._clock())

    async def _write(
        self, answers: list[tuple[Any, Answer]], letters: list[Out], records: Sequence[Any], span: str
    ) -> None:
        if not self._kafka.transactions:
            await self._append(answers, letters, span)
            return
        async with self._producer.transaction():
            written = await self._append(answers, letters, span)
            if self._rhythm.due(max(written, len(records))) and self._saving is None:
                self._saving = self._begin()
            if self._saving:
                await self._checkpoint()
            await self._producer.send_offsets_to_transaction({self._tp: records[-1].offset + 1}, self._group)

    async def _append(self, answers: list[tuple[Any, Answer]], letters: list[Out], span: str) -> int:
        """Write what was decided; returns how many events."""
        memory, partition = self._memory, self._tp.partition
        assert memory is not None
        with_events = [(record, answer) for record, answer in answers if answer.events]
        flat = await self._codec.encode([event for _, answer in with_events for event in answer.events])
        values = iter(flat)
        groups = [
            [Out(e.key, next(values), carried_trace(record.headers, span)) for e in answer.events]
            for record, answer in with_events
        ]
        firsts = await send_groups(self._producer, self._events, partition, groups)
        positions = {
            id(answer): {f"{self._events}-{partition}": first + len(answer.events)}
            for (_, answer), first in zip(with_events, firsts, strict=True)
        }
        await self._append_outcomes([answer for _, answer in answers], positions)
        if letters:
            letters_topic = topic_name(self._decider.service, "dlq")
            await send_groups(self._producer, letters_topic, partition, [[letter] for letter in letters])
        if firsts:
            memory.next_event = firsts[-1] + len(groups[-1])
        return len(flat)

    async def _append_outcomes(self, answers: list[Answer], positions: dict[int, dict[str, int]]) -> None:
        memory, outs = self._memory, []
        assert memory is not None
        for answer in answers:
            outcome = answer.outcome
            if id(answer) in positions:
                outcome.position = positions[id(answer)]
            dumped = outcome.dump()
            memory.sent(outcome, dumped)  # a resend is told the same place
            outs.append(Out(outcome.aggregate, write_outcome(outcome, dumped, self._decider.service)))
        topic = topic_name(self._decider.service, "outcomes")
        await send_groups(self._producer, topic, self._tp.partition, [[out] for out in outs])

    def _begin(self) -> Saving:
        assert self._memory is not None
        return Saving(self._decider, self._memory, self._tp.partition)

    async def _checkpoint(self) -> None:
        assert self._saving is not None
        outs = await self._saving.records(self._ring)
        topic = topic_name(self._decider.service, "state")
        await send_groups(self._producer, topic, self._tp.partition, [[out] for out in outs])
        if self._saving.done:
            self._saving = None
