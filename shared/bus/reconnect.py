"""A growing pause before reconnecting to a broker that refused the connection: aiokafka has none.

Its loops retry every few milliseconds. Twenty such processes keep a small machine so busy that the broker cannot start
(seen in the chaos tests). Kafka's own clients wait from 50 ms up to 1 s.
"""

import asyncio
import random
import time
from functools import cache
from typing import Any

from aiokafka.client import AIOKafkaClient

FIRST_SECONDS, LAST_SECONDS = 0.05, 1.0


@cache
def apply() -> None:
    """Patch aiokafka's client, once per process."""
    connect = AIOKafkaClient._get_conn

    async def patiently(self: Any, node_id: Any, **more: Any) -> Any:
        pauses: dict[Any, tuple[float, float]] = self.__dict__.setdefault("_careloop_pauses", {})
        until, pause = pauses.get(node_id, (0.0, FIRST_SECONDS))
        if (wait := until - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        connection = await connect(self, node_id, **more)
        if connection is None:
            spread = pause * random.uniform(0.8, 1.2)  # noqa: S311 so that not all reconnect at once
            pauses[node_id] = (time.monotonic() + spread, min(pause * 2, LAST_SECONDS))
        else:
            pauses.pop(node_id, None)
        return connection

    AIOKafkaClient._get_conn = patiently
