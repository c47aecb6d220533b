"""How long to wait between attempts, as definitions say it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

DAY = 24 * 60 * 60
BackOff = Annotated[tuple[Annotated[int, Field(ge=1, le=DAY)], ...], Field(min_length=1, max_length=20)]
"""Seconds after the first, second … attempt; the last goes on."""


def wait_after(attempt: int, back_off: Sequence[int]) -> timedelta:
    """How long to wait after an attempt (counted from 1)."""
    return timedelta(seconds=back_off[min(attempt, len(back_off)) - 1])
