"""What faust-streaming 0.15.3 needs changed before it may read topics that transactions wrote.

Each was measured: without the first Faust sees aborted events, without the second it commits one
transaction per interval, without the third a failed event is committed on the way down and lost.
"""

from functools import cache
from typing import Any, cast

import faust.transport.consumer as consumers
import faust.transport.drivers.aiokafka as driver


@cache
def apply() -> None:
    """Change Faust's consumer once per process."""
    create = driver.AIOKafkaConsumerThread._create_worker_consumer
    add_gap, commit = consumers.Consumer._add_gap, consumers.Consumer._commit_offsets

    def read_committed(self: Any, transport: Any) -> Any:
        made = create(self, transport)
        made._isolation_level = "read_committed"
        return made

    async def gap_without_its_end(self: Any, tp: Any, start: int, end: int) -> None:
        await add_gap(self, tp, start, end - 1)

    async def commit_unless_poisoned(self: Any, offsets: Any, start_new_transaction: bool = True) -> Any:
        if getattr(self.app, "poisoned", False) or self.app.crashed:
            return False
        return await commit(self, offsets, start_new_transaction)

    thread, consumer = cast(Any, driver.AIOKafkaConsumerThread), cast(Any, consumers.Consumer)
    thread._create_worker_consumer = read_committed
    consumer._add_gap = gap_without_its_end
    consumer._commit_offsets = commit_unless_poisoned
