"""A checkpoint on its way: a slice with each batch, in its transaction, and the mark with the last.

Until then the mark before it holds, beside aggregates that are further than it says: replaying from it skips what they
have. An aggregate that changes meanwhile is written as it is then, or again by the next checkpoint.
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

MOST, ROOM = 2_000, 8 << 20
"""Records, and bytes, after which a transaction takes no further slice."""


class Saving:
    """What is dirty when it is made, and how far the partition was then."""

    def __init__(self, decider: Decider[Any], memory: Partition[Any], number: int) -> None:
        self._memory, self._number = memory, number
        self._keys = sorted(memory.dirty, reverse=True) if decider.state else []
        memory.dirty = set()
        self._mark = Mark(memory.next_event, memory.command_offset, decider.state_version, dict(memory.highs))

    @property
    def done(self) -> bool:
        """Whether all was written, and so the mark."""
        return not self._keys

    async def records(self, ring: KeyRing) -> list[Out]:
        """What goes into the next transaction; the mark closes the last."""
        outs, size = list[Out](), 0
        while self._keys and len(outs) < MOST and size < ROOM:
            some = [self._keys.pop() for _ in range(min(SLICE, len(self._keys)))]
            slice = await checkpoint.records(self._memory, some, ring)
            outs, size = outs + slice, size + sum(len(out.value or b"") for out in slice)
            await asyncio.sleep(0)
        return outs if self._keys else [*outs, mark_record(self._mark, self._number)]
