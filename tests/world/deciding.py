"""Runs a decider in a world: with the runtime's own `Partition`, transactions, checkpoints and recovery."""

from typing import TYPE_CHECKING, Any

from shared.bus.topics import topic_name
from shared.decider import Decider
from shared.decider.partition import Partition
from shared.envelope import Envelope
from tests.world import checkpoints
from tests.world.log import Place, Record
from tests.world.worker import Steps, Worker

if TYPE_CHECKING:
    from tests.world.machine import World


class DeciderWorker(Worker):
    """Works on all partitions of one decider. Without transactions, writing and committing are two steps."""

    def __init__(self, world: "World", decider: Decider[Any]) -> None:
        self.commands, self.events = (topic_name(decider.name, kind) for kind in ("commands", "events"))
        super().__init__(world, f"{decider.name}.decider", {self.commands: (object,)})
        self.decider = decider
        self._memory: dict[int, Partition[Any]] = {}
        self._saved: dict[int, checkpoints.Checkpoint] = {}

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Decide the batch; on Kafka events and the command offset are written in one step."""
        memory = self.memory(place.partition)
        world, written = self.world, list[Envelope[Any]]()
        for record in batch:
            command = world.log.decided(record)
            answer = memory.handle(command, record.offset, world.definitions, world.now)
            world.outcomes[command.id] = answer.outcome
            if answer.error:
                world.letters.append((self.name, answer.error))
            if answer.outcome.status == "rejected":
                world.rejections.append((self.decider.name, answer.outcome.slug, answer.outcome.detail))
            written += answer.events
        world.publish(Place(self.events, place.partition), written)
        if not world.transactions:
            yield
        memory.command_offset = max(memory.command_offset, batch[-1].offset)
        self.commit(batch)

    def memory(self, number: int) -> Partition[Any]:
        """The partition in memory; it is recovered if a crash lost it."""
        if number not in self._memory:
            self._memory[number] = self._recovered(number)
        return self._memory[number]

    def state(self, key: str) -> Any:
        """The state of an aggregate; the initial state if it has no events."""
        place = self.world.log.place_of(self.events, key)
        aggregate = self.memory(place.partition).aggregates.get(key)
        return aggregate.state if aggregate else self.decider.initial()

    def states(self) -> dict[str, Any]:
        """State and sequence of every aggregate."""
        places = self.world.log.places(self.events)
        memories = [self.memory(place.partition) for place in places if self.world.log.end(place)]
        origins: dict[str, Any] = {f"origins of {at}": memory.highs for at, memory in enumerate(memories)}
        return origins | {
            key: (one.state, one.sequence)
            for memory in memories
            for key, one in memory.aggregates.items()
            if one.sequence
        }

    def checkpoint(self) -> None:
        """Write a checkpoint of every partition in memory, unless a batch is under way or there are no transactions."""
        if self._under_way is None and self.world.transactions:
            for number, memory in self._memory.items():
                end = self.world.log.end(Place(self.events, number))
                before = self._saved.get(number)
                self._saved[number] = checkpoints.take(memory, end, self.decider, before)

    def crash(self) -> None:
        """Lose the batch and all partitions in memory."""
        super().crash()
        self._memory.clear()

    def _recovered(self, number: int) -> Partition[Any]:
        place = Place(self.events, number)
        saved = self._saved.get(number)
        memory, start = checkpoints.restored(self.decider, number, saved)
        for record in self.world.log.records[place][start:]:
            memory.replay(record.envelope, record.offset)
        commands = Place(self.commands, number)
        waiting = self.waiting.get(commands)
        committed = waiting[0].offset if waiting else self.world.log.end(commands)
        handled = max(committed, memory.command_offset + 1)
        for record in self.world.log.records[commands][saved.commands + 1 if saved else 0 : handled]:
            memory.first_time(record.envelope.origin)
        return memory
