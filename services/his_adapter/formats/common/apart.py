"""Work on what somebody sent, off the event loop where it may take long: others are answered meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
INLINE_BYTES = 64 * 1024
"""Up to here a thread would cost more than the work (some 50 µs to pass it over and back)."""


async def apart(size: int, work: Callable[[], T]) -> T:
    """What `work` over `size` bytes gives; raises what it raises."""
    return await asyncio.to_thread(work) if size > INLINE_BYTES else work()
