"""Waits between attempts, as definitions declare them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

DAY = 24 * 60 * 60
BackOff = Annotated[tuple[Annotated[int, Field(ge=1, le=DAY)], ...], Field(min_length=1, max_length=20)]
"""Seconds after the first, second … attempt; the last one repeats."""
POLLING: BackOff = (2, 4, 8, 16, 32, 64, 128, 256, 512, 600)
"""Default of sources that are polled, after a poll that failed."""


def wait_after(attempt: int, back_off: Sequence[int]) -> timedelta:
    """The wait after an attempt (counted from 1)."""
    return timedelta(seconds=back_off[min(attempt, len(back_off)) - 1])
