"""A coordinator that is still loading has not forgotten a group's offsets: it is asked again."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import GroupAuthorizationFailedError
from aiokafka.protocol.commit import OffsetFetchResponse_v1, OffsetFetchResponse_v3

from shared.bus import clients

TP = TopicPartition("t", 0)
STORED = [("t", [(0, 17, "", 0)])]
LOADING, NOT_AVAILABLE, NOT_COORDINATOR, FORBIDDEN = 14, 15, 16, 30


class Broker:
    """Answers OffsetFetch with one answer after the other."""

    def __init__(self, *answers: Any) -> None:
        self._answers: Iterator[Any] = iter(answers)

    async def send(self, node: int, request: Any, **group: Any) -> Any:
        return next(self._answers)


def asking(*answers: Any) -> tuple[Any, list[str]]:
    """A coordinator of group `g` that meets these answers, and what was done about its address."""
    assert clients.MEBI  # whoever builds clients has made them careful
    coordinator: Any = GroupCoordinator.__new__(GroupCoordinator)
    lookups: list[str] = []

    async def known() -> None:
        if coordinator.coordinator_id is None:
            lookups.append("looked up")
            coordinator.coordinator_id = 1

    def dead() -> None:
        coordinator.coordinator_id = None

    vars(coordinator).update(coordinator_id=1, group_id="g", _client=Broker(*answers), _retry_backoff_ms=0)
    vars(coordinator).update(ensure_coordinator_known=known, coordinator_dead=dead)
    return coordinator, lookups


def failed(code: int) -> OffsetFetchResponse_v3:
    """An answer that fails as a whole, as brokers give it since KIP-88: no partition is listed."""
    return OffsetFetchResponse_v3(0, [], code)


@pytest.mark.parametrize(("code", "looked_up"), [(LOADING, 0), (NOT_AVAILABLE, 1), (NOT_COORDINATOR, 1)])
async def test_a_coordinator_that_cannot_say_yet_is_asked_until_it_says(code: int, looked_up: int) -> None:
    coordinator, lookups = asking(failed(code), OffsetFetchResponse_v3(0, STORED, 0))
    offsets = await coordinator.fetch_committed_offsets([TP])
    assert (offsets[TP].offset, len(lookups)) == (17, looked_up)


async def test_a_group_that_may_not_be_read_is_no_group_without_offsets() -> None:
    coordinator, _ = asking(failed(FORBIDDEN))
    with pytest.raises(GroupAuthorizationFailedError, match="group g"):
        await coordinator.fetch_committed_offsets([TP])


async def test_a_group_without_offsets_has_none_and_an_older_broker_is_read_as_before() -> None:
    coordinator, _ = asking(OffsetFetchResponse_v3(0, [("t", [(0, -1, "", 0)])], 0), OffsetFetchResponse_v1(STORED))
    assert await coordinator.fetch_committed_offsets([TP]) == {}
    assert (await coordinator.fetch_committed_offsets([TP]))[TP].offset == 17
