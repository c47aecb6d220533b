"""Waiting for what can be seen: the one place where tests sleep and look again."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
PAUSE = 0.02


async def eventually(look: Callable[[], T | Awaitable[T]], wanted: Callable[[T], Any] = bool, seconds: float = 30) -> T:
    """Call `look` (it may be a coroutine function) until its result satisfies `wanted`, by default is true; returns it.

    An exception of `look` ends the waiting: so a test says what must not happen meanwhile. Raises `AssertionError`
    with the last result after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        looked = look()
        value: Any = await looked if inspect.isawaitable(looked) else looked
        if wanted(value):
            return value
        assert time.monotonic() < deadline, f"did not come within {seconds:g} s; seen last: {value!r}"
        await asyncio.sleep(PAUSE)
