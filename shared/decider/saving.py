"""A checkpoint in progress: a slice in the transaction of each batch, and the mark with the last slice.

Until then the previous mark counts, beside aggregates that are newer than it: a replay skips events that they contain.
An aggregate that changes meanwhile is written in its current state, or again by the next checkpoint.
"""

import asyncio
from typing import Any

from shared.bus.writing import Out
from shared.decider import checkpoint
from shared.decider.checkpoint import SLICE
from shared.decider.mark import Mark, mark_record
from shared.decider.model import Decider
from shared.decider.partition import Partition
from shared.sealing import KeyRing

MAX_RECORDS, MAX_BYTES = 2_000, 8 << 20
"""Records, and bytes, after which a transaction takes no further slice."""


class Saving:
    """The dirty aggregates and the position of the partition at its creation."""

    def __init__(self, decider: Decider[Any], memory: Partition[Any], number: int) -> None:
        self._memory, self._number = memory, number
        self._keys = sorted(memory.dirty, reverse=True) if decider.state else []
        self._begun_with = frozenset(self._keys)
        memory.dirty = set()
        self._mark = Mark(memory.next_event, memory.command_offset, decider.state_version, dict(memory.highs))

    @property
    def done(self) -> bool:
        """Whether everything was written, the mark included."""
        return not self._keys

    def give_up(self) -> None:
        """Mark its aggregates as dirty again: without the mark nothing of it counts."""
        self._memory.dirty |= self._begun_with

    async def records(self, ring: KeyRing) -> list[Out]:
        """The records for the next transaction; the mark is the last one."""
        outs, size = list[Out](), 0
        while self._keys and len(outs) < MAX_RECORDS and size < MAX_BYTES:
            keys = [self._keys.pop() for _ in range(min(SLICE, len(self._keys)))]
            slice = await checkpoint.records(self._memory, keys, ring)
            outs, size = outs + slice, size + sum(len(out.value or b"") for out in slice)
            await asyncio.sleep(0)
        return outs if self._keys else [*outs, mark_record(self._mark, self._number)]
