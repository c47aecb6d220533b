"""Detects loops that are stuck. A loop beats as it runs, also while it waits on purpose; silence means it is stuck."""

import time
from contextvars import ContextVar

STALL_SECONDS = 180.0
_mine: "ContextVar[Pulse | None]" = ContextVar("pulse", default=None)


class Pulse:
    """The pulse of one loop, monitored from its first beat until `rest`."""

    def __init__(self) -> None:
        self._last: float | None = None

    def own(self) -> None:
        """Make `beat` in this task, and in tasks that it starts, refer to this pulse."""
        _mine.set(self)

    def beat(self) -> None:
        """The loop is running."""
        self._last = time.monotonic()

    def rest(self) -> None:
        """The loop has ended normally."""
        self._last = None

    @property
    def silent(self) -> float:
        """Seconds since its last beat."""
        return time.monotonic() - self._last if self._last is not None else 0.0


def beat() -> None:
    """Called by handlers when they wait on purpose or have finished a part of a long batch."""
    if (pulse := _mine.get()) is not None:
        pulse.beat()
