"""The shared clock. All processes follow one anchor {virtual, real, speed}, so that a week can take seconds.

Without an anchor file it is the real time. With it, `now = virtual + (real now - real) * speed`; speed 0 freezes it.
The file is replaced atomically and read again when it changes, so that all processes see a change at their next call.
Only bearer tokens and people's sessions use real time.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Anchor:
    """At real time `real` (Unix seconds) the clock showed `virtual` and ran `speed` times as fast."""

    virtual: datetime
    real: float
    speed: float

    def at(self, real: float) -> datetime:
        """What the clock shows at `real`."""
        return self.virtual + timedelta(seconds=(real - self.real) * self.speed)


def real_time() -> datetime:
    """Now, for what is of real time whatever the shared clock shows: bearer tokens and sessions of people."""
    return datetime.now(UTC)


class SharedClock:
    """Callable: `clock()` is the current time, UTC and aware."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._anchor: Anchor | None = None

    def __call__(self) -> datetime:
        """Now, UTC and aware."""
        anchor = self.anchor()
        return anchor.at(time.time()) if anchor else datetime.now(UTC)

    def anchor(self) -> Anchor | None:
        """The current anchor, or None if the clock shows real time."""
        if self._file is None:
            return None
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            raw = json.loads(self._file.read_text())
            self._anchor = Anchor(datetime.fromisoformat(raw["virtual"]), raw["real"], raw["speed"])
            self._stamp = stamp
        return self._anchor

    def set(self, virtual: datetime, speed: float) -> None:
        """Move every process that follows this file to `virtual`, running at `speed` (0 freezes)."""
        if self._file is None:
            raise ValueError("this clock follows no file, so it cannot be moved: set CARELOOP_CLOCK_FILE")
        if virtual.tzinfo is None:
            raise ValueError("the time to move to needs a UTC offset, for example 2026-11-22T09:00:00+08:00")
        anchor = {"virtual": virtual.astimezone(UTC).isoformat(), "real": time.time(), "speed": speed}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        draft.write_text(json.dumps(anchor))
        draft.replace(self._file)
