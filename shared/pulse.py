"""Whether a loop still turns. It beats as it goes, also while it waits on purpose; silence means that it is stuck."""

import time
from contextvars import ContextVar

STALL_SECONDS = 180.0
_mine: "ContextVar[Pulse | None]" = ContextVar("pulse", default=None)


class Pulse:
    """Of one loop. It is counted from its first beat until `rest`."""

    def __init__(self) -> None:
        self._last: float | None = None

    def own(self) -> None:
        """From now on `beat` in this task, and in those it starts, means this one."""
        _mine.set(self)

    def beat(self) -> None:
        """It turns."""
        self._last = time.monotonic()

    def rest(self) -> None:
        """It has ended, as it should."""
        self._last = None

    @property
    def silent(self) -> float:
        """Seconds since its last beat."""
        return time.monotonic() - self._last if self._last is not None else 0.0


def beat() -> None:
    """What handlers call where they wait on purpose, or finish a part of a long batch."""
    if (pulse := _mine.get()) is not None:
        pulse.beat()
