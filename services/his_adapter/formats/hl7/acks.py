"""Measure the time from a complete message to its acknowledgement: OpenTelemetry histogram and recent percentiles."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import quantiles

from shared.metrics import histogram

MAX_DURATIONS = 1000
"""Durations kept per source."""
SOURCES = 1000
"""Sources kept at most: the source is free text of the message, so their number must be bounded."""
_DURATION = histogram("careloop.his.acknowledgement.duration", "From a whole message to its acknowledgement")


class AckTimes:
    """Durations of the last acknowledgements of this process, in seconds, by source."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MAX_DURATIONS))

    @contextmanager
    def timed(self) -> Iterator[dict[str, str]]:
        """Time one acknowledgement. The caller fills in `source` and `code` of the yielded attributes.

        `code` is `taken`, `refused`, or stays `none` if the message was not answered (Kafka unavailable).
        """
        began, attributes = time.perf_counter(), {"source": "unknown", "code": "none"}
        try:
            yield attributes
        finally:
            seconds = time.perf_counter() - began
            _DURATION.record(seconds, attributes)
            if attributes["source"] in self._seconds or len(self._seconds) < SOURCES:
                self._seconds[attributes["source"]].append(seconds)

    def shown(self, source: str) -> Mapping[str, float] | None:
        """Return `p50` and `p99` in milliseconds and `count`; None if this process answered nothing of this source."""
        durations = self._seconds.get(source)
        if not durations:
            return None
        cuts = quantiles(durations, n=100, method="inclusive") if len(durations) > 1 else [*durations] * 99
        return {"p50": round(cuts[49] * 1000, 2), "p99": round(cuts[98] * 1000, 2), "count": len(durations)}


ACKS = AckTimes()
