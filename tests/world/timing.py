"""Fires the timers of a world: the processor's own `Timers`, a table that survives crashes, clock ticks."""

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from shared.actor import system
from shared.bus.topics import topic_name
from shared.contracts.base import model_of
from shared.contracts.timers import FireTimer, TimerCancelled, TimerSet
from shared.ids import derive
from shared.policy import CommandSender
from shared.processor.timers import Row, Timers
from tests.world.checkpoints import run
from tests.world.log import Place, Record
from tests.world.worker import Steps, Worker

if TYPE_CHECKING:
    from tests.world.machine import World


class CrashedWhileFiring(Exception):
    """The processor crashed while it fired a timer."""


class TimerTable(dict[bytes, bytes]):
    """The part of a Faust table's interface that `Timers` uses, for one partition."""

    def __init__(self, partition: int) -> None:
        super().__init__()
        self.data = SimpleNamespace(
            _dbs={partition: self}, _visible_items=lambda rows: iter(rows.items()), _decode_value=lambda value: value
        )


class TimerWorker(Worker):
    """Keeps and fires timers of some deciders. Sends the command before it deletes the row: a crash repeats it."""

    def __init__(self, world: "World", name: str, deciders: list[str], sender: CommandSender) -> None:
        super().__init__(world, name, {topic_name(each, "events"): (TimerSet, TimerCancelled) for each in deciders})
        self._sender = sender
        self._tables = {number: TimerTable(number) for number in range(world.log.partitions)}
        self._timers: dict[int, Timers] = {}
        self._rebuild()

    def _rebuild(self) -> None:
        for number, table in self._tables.items():
            self._timers[number] = Timers(table, self._fire)
            self._timers[number].rebuild({number})

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Set and cancel timers; the table is written before the offset is committed."""
        for record in batch:
            self._timers[place.partition].apply(record.envelope, place.partition, "")
        yield
        self.commit(batch)

    def crash(self) -> None:
        """Lose the heap of timers, which is rebuilt from the table."""
        super().crash()
        self._rebuild()

    def due(self) -> Iterator[datetime]:
        """The due time of the next timer of each partition."""
        for timers in self._timers.values():
            if when := timers.next_due():
                yield when

    def tick(self) -> None:
        """Fire the timers that are due; one whose row was not yet deleted at a crash fires again."""
        for number in self._timers:
            while True:
                try:
                    run(self._timers[number].tick(number, self.world.now))
                    break
                except CrashedWhileFiring:
                    self.crash()

    async def _fire(self, row: Row, now: datetime) -> None:
        model: Any = model_of(row.command)
        assert issubclass(model, FireTimer)
        id = derive(row.timer_id, row.version, "fire")
        fields = {"timer_id": row.timer_id, "version": row.version, "due": row.due, model.key_field: row.key}
        command = model.model_validate({"id": id, "at": now, **fields})
        target = model.decided_in()
        envelope = self._sender.envelope(target, command, row.correlation, row.causation, actor=system("timer"))
        place = self.world.log.place_of(topic_name(target, "commands"), envelope.key)
        self._perhaps_crash()
        self.world.log.append(place, [envelope], now)
        self._perhaps_crash()

    def _perhaps_crash(self) -> None:
        if self.world.random.random() < self.world.faults:
            raise CrashedWhileFiring
