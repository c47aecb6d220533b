"""Parse large messages in a thread, so that the event loop can answer other clients meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
INLINE_BYTES = 64 * 1024
"""Below this size a thread costs more (about 50 µs) than the work itself."""


async def in_thread_if_large(size: int, work: Callable[[], T]) -> T:
    """Return the result of `work`, which processes `size` bytes; runs it in a thread if `size` is large."""
    return await asyncio.to_thread(work) if size > INLINE_BYTES else work()
