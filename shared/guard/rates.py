"""Rate limit per client and route, so that one client cannot slow down the others.

Each process counts for itself: with three processes of a role a client has three times the limit.
"""

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from shared.problems import Problem

MANY_PER_MINUTE = 120_000
"""For what a machine sends for many people: hospital messages, touchpoints, receipts."""
MAX_CLIENTS = 20_000
"""Maximum number of counts. Beyond it all counts restart, as a search for old ones would slow down each request."""


class RateCounts:
    """The counts of one process. `per_minute`: the default of routes; `rules` override all.

    A rule names its route: `{"POST /v1/cases": 600}`.
    """

    def __init__(self, per_minute: int, rules: dict[str, int] | None = None) -> None:
        self._per_minute, self._rules = per_minute, rules or {}
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def spend(self, route: str, client: str, per_minute: int | None) -> None:
        """Count one request. Raises a 429 problem if the client has called this route too often."""
        limit = RateLimitItemPerMinute(self._rules.get(route) or per_minute or self._per_minute)
        if len(self._storage.storage) > MAX_CLIENTS:
            await self._storage.reset()
        if not await self._limiter.hit(limit, route, client):
            window = await self._limiter.get_window_stats(limit, route, client)
            seconds = max(1, math.ceil(window.reset_time - time.time()))
            what = f"more than {limit.amount} requests a minute to {route}: ask again in {seconds} s, or less often"
            raise Problem(429, "too-many-requests", what, {"retry-after": str(seconds)})
