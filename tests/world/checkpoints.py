"""Checkpoints of a decider, as the bytes that its state topic would hold."""

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shared.decider import Decider, checkpoint
from shared.decider.partition import Partition
from shared.sealing import KeyRing
from tests.world.keys import MemoryKeys

T = TypeVar("T")
_RING = KeyRing(MemoryKeys(), b"k" * 32, ttl=3600.0)


@dataclass
class Checkpoint:
    """The compacted state topic of one partition, and the offsets up to which it is complete."""

    events: int
    commands: int
    origins: dict[str, tuple[int, int]]
    records: dict[str, bytes] = field(default_factory=dict)


def take(memory: Partition[Any], events: int, decider: Decider[Any], before: Checkpoint | None) -> Checkpoint:
    """Write another checkpoint over the one `before`. Clears the partition's set of changed aggregates."""
    outs = run(checkpoint.records(memory, sorted(memory.dirty), _RING)) if decider.state else []
    written = {**(before.records if before else {}), **{out.key: out.value for out in outs}}
    kept = {key: value for key, value in written.items() if value is not None}
    memory.dirty.clear()
    return Checkpoint(events if decider.state else 0, memory.command_offset, dict(memory.highs), kept)


def restored(decider: Decider[Any], number: int, saved: Checkpoint | None) -> tuple[Partition[Any], int]:
    """The partition restored from its checkpoint, and the event offset from which to continue."""
    memory: Partition[Any] = Partition(decider, f"{decider.name}-{number}")
    if saved is None:
        return memory, 0
    if decider.state is not None:
        run(checkpoint.restore(memory, decider.state, dict(saved.records), _RING))
    memory.command_offset, memory.highs = saved.commands, dict(saved.origins)
    return memory, saved.events


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine without an event loop. Raises AssertionError if it awaits anything but `sleep(0)`."""
    while True:
        try:
            awaited = coroutine.send(None)
        except StopIteration as stopped:
            result: T = stopped.value
            return result
        assert awaited is None, "a worker of the world waits for something outside of it"
