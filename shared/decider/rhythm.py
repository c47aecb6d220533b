"""When a checkpoint is written."""

import time


class Rhythm:
    """Every 5 s or 20,000 records (commands or events), whichever comes first."""

    def __init__(self, seconds: float = 5.0, records: int = 20_000) -> None:
        self._seconds, self._limit = seconds, records
        self._since, self._records = time.monotonic(), 0

    def due(self, records: int) -> bool:
        """Count `records` more; True if a checkpoint is due, which restarts the count."""
        self._records += records
        if self._records == 0 or (self._records < self._limit and time.monotonic() - self._since < self._seconds):
            return False
        self._since, self._records = time.monotonic(), 0
        return True
