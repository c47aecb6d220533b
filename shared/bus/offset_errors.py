"""Raises the error of a whole answer to OffsetFetch: aiokafka reads only the errors of single partitions.

Since version 2 of the request (KIP-88) a coordinator that is still loading, or is no coordinator any more, says so once
for the whole answer and lists no partition. aiokafka takes that for a group without offsets: it would begin at the end
of its topics and lose what lies between, or at the beginning and do everything again. With this patch it asks again.
"""

from functools import cache
from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorForGroupError,
    for_code,
)
from aiokafka.protocol.commit import OffsetFetchRequest

MOVED = (NotCoordinatorForGroupError, GroupCoordinatorNotAvailableError)
"""Errors after which the coordinator is looked up again."""


@cache
def apply() -> None:
    """Patch aiokafka's group coordinator, once per process."""
    send = GroupCoordinator._send_req

    async def checked(self: Any, request: Any) -> Any:
        """Raise the error of an answer to OffsetFetch; retriable ones are retried by the caller."""
        answer = await send(self, request)
        if isinstance(request, OffsetFetchRequest) and (code := getattr(answer, "error_code", 0)):
            error: type[KafkaError] = for_code(code)
            if issubclass(error, MOVED):
                self.coordinator_dead()
            raise error(f"offsets of group {self.group_id}")
        return answer

    GroupCoordinator._send_req = checked
