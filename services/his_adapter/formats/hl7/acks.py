"""How long sources wait for their acknowledgement: as OpenTelemetry metrics, and the last ones of this process."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import quantiles

from shared.metrics import histogram

KEPT = 1000
SOURCES = 1000
"""Senders remembered at most: a name is whatever a message says."""
_DURATION = histogram("careloop.his.acknowledgement.duration", "From a whole message to its acknowledgement")


class AckTimes:
    """The last acknowledgements of this process, by source (`taken`, `refused`, or `none` where Kafka was away)."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    @contextmanager
    def timed(self) -> Iterator[dict[str, str]]:
        """Time one; fill in `source` and `code` as they become known."""
        began, told = time.perf_counter(), {"source": "unknown", "code": "none"}
        try:
            yield told
        finally:
            seconds = time.perf_counter() - began
            _DURATION.record(seconds, told)
            if told["source"] in self._seconds or len(self._seconds) < SOURCES:
                self._seconds[told["source"]].append(seconds)

    def shown(self, source: str) -> Mapping[str, float] | None:
        """{"p50", "p99"} in milliseconds and how many; None where this process answered none."""
        known = self._seconds.get(source)
        if not known:
            return None
        cuts = quantiles(known, n=100, method="inclusive") if len(known) > 1 else [*known] * 99
        return {"p50": round(cuts[49] * 1000, 2), "p99": round(cuts[98] * 1000, 2), "count": len(known)}


ACKS = AckTimes()
