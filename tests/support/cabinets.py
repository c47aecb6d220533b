"""A decider with state in parts, and one partition of it with its state topic, to test checkpoints."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from shared.bus.writing import Out
from shared.contracts.base import Command, Event, Part, Personal, changed
from shared.decider import Decider, Parted, checkpoint
from shared.decider.mark import read_mark
from shared.decider.partition import Partition
from shared.decider.saving import Saving
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.sealing import KeyRing
from tests.shared.test_codec import codec, ring  # noqa: F401 fixtures

AT = datetime(2026, 3, 9, tzinfo=UTC)


class Filed(Event):
    wire: ClassVar[str] = "careloop.test.filed.v1"
    key_field: ClassVar[str] = "cabinet"
    cabinet: str
    drawer: str
    sheet: str


class File(Command):
    wire: ClassVar[str] = "careloop.test.file.v1"
    key_field: ClassVar[str] = "cabinet"
    cabinet: str
    drawer: str
    sheet: str


class Drawer(Part):
    sheets: Personal[str] = None


class Cabinet(Parted):
    """A drawer named `x` is renamed `y` once it is full, as buckets are when they split."""

    part: ClassVar[type[Part]] = Drawer
    drawers: Mapping[str, str] = {}
    filed: int = 0

    def parts(self) -> Mapping[str, Any]:
        return self.drawers

    @staticmethod
    def stored(part: Any) -> Part:
        return Drawer(sheets=part)

    def joined(self, parts: Mapping[str, Part]) -> Self:
        return changed(self, drawers={name: part.sheets or "" for name, part in parts.items()})  # type: ignore[attr-defined]

    def model_dump(self, **how: Any) -> dict[str, Any]:
        return super().model_dump(**{**how, "exclude": {"drawers"}})


def evolve(state: Cabinet, event: Filed) -> Cabinet:
    before = [kept for name, kept in state.drawers.items() if name.rstrip("+") == event.drawer]
    others = {name: kept for name, kept in state.drawers.items() if name.rstrip("+") != event.drawer}
    sheets = "".join(before) + event.sheet
    return Cabinet(drawers={**others, event.drawer + "+" * (len(sheets) > 5): sheets}, filed=state.filed + 1)


CABINETS = Decider(
    name="test",
    initial=Cabinet,
    decide=lambda command, state, _: [
        Filed(at=command.at, cabinet=command.cabinet, drawer=command.drawer, sheet=command.sheet)
    ],
    evolve=evolve,
    state=Cabinet,
)


class State:
    """A compacted state topic, the events, and a decider over them that may be killed."""

    def __init__(self, keys: KeyRing, decider: Decider[Any] = CABINETS) -> None:
        self.ring, self.decider = keys, decider
        self.topic: dict[str, bytes] = {}
        self.events: list[Envelope[Any]] = []
        self.memory = Partition[Any](decider, "test-0")
        self.written: list[str] = []

    def file(self, cabinet: str, drawer: str, sheet: str = "s") -> None:
        number = len(self.events)
        wish = File(id=f"c{number}", at=AT, cabinet=cabinet, drawer=drawer, sheet=sheet)
        command = Envelope(wish, wish.id, "/t", AT, AT, wish.id, wish.id)
        self.events += self.memory.handle(command, number, Definitions(), AT).events
        self.memory.next_event = len(self.events)

    def write(self, outs: list[Out]) -> None:
        """Write events and checkpoint records in one transaction."""
        self.written = [out.key for out in outs]
        for out in outs:
            if out.value is None:
                self.topic.pop(out.key, None)
            else:
                self.topic[out.key] = out.value

    async def save(self, slices: int = 1_000) -> Saving:
        saving = Saving(self.decider, self.memory, 0)
        for _ in range(slices):
            self.write(await saving.records(self.ring))
            if saving.done:
                break
        return saving

    async def wake(self, anew: bool = False) -> Partition[Any]:
        """Recover from the state topic and the later events; `anew`: from all events, as after a new state version."""
        records = dict(self.topic)
        mark, memory = records.pop("!checkpoint-0", None), Partition[Any](self.decider, "test-0")
        if mark and not anew:
            await checkpoint.restore(memory, type(self.decider.initial()), records, self.ring)
        start = read_mark(mark).events if mark and not anew else 0
        for offset, event in enumerate(self.events[start:], start):
            memory.replay(event, offset)
        return memory


def states(memory: Partition[Any]) -> dict[str, tuple[Any, int]]:
    return {key: (each.state, each.sequence) for key, each in memory.aggregates.items()}
