"""Given how far bills were compared, where comparing goes on, and when it is known."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.his_adapter.payments import progress
from services.his_adapter.payments.progress import positions_are_read
from services.his_adapter.payments.projections import COMPARED
from shared.contracts.base import changed
from shared.contracts.his_raw import FeedAdvanced
from shared.testing import RECORDED, Shows

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
NOTE = FeedAdvanced(at=NINE, feed="payment-provider/wechat", position={"day": "2026-03-07"}, read=3)
NEXT = changed(NOTE, position={"day": "2026-03-08"})


def positions(*notes: tuple[FeedAdvanced, int]) -> dict[str, Any]:
    """Provider → position after notes, each with the minute in which it was recorded."""
    shows = Shows(COMPARED)
    items = [shows.item(note, "raw", RECORDED + timedelta(minutes=minute)) for note, minute in notes]
    return {id: row["position"] for id, row in shows.fold(items).documents.items()}


def test_the_last_compared_day_of_a_platform_is_the_newest_that_was_stored() -> None:
    assert positions((NOTE, 0), (NEXT, 1)) == {"payment-provider/wechat": {"day": "2026-03-08"}}
    assert positions((NEXT, 1), (NOTE, 0)) == {"payment-provider/wechat": {"day": "2026-03-08"}}


def test_positions_of_other_sources_are_not_kept_by_payments() -> None:
    assert positions((changed(NOTE, feed="feed/main"), 0), (changed(NOTE, feed="bulk"), 0)) == {}


class ReadModel:
    """A read model that reads on at each look, and a topic that grows meanwhile."""

    def __init__(self, *reached: int) -> None:
        self._reached, self.looks, self._end = list(reached), 0, 4

    async def positions(self, names: list[str]) -> dict[str, dict[str, int]]:
        self.looks += 1
        return {COMPARED.collection: {"careloop.his-adapter.raw.v1-0": self._reached.pop(0)}}

    async def ends(self, at: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        self._end += 1
        return dict.fromkeys(at, self._end)

    def behind(self, tp: TopicPartition, at: int, end: int) -> int:
        return max(end - at, 0)


async def test_no_bill_is_compared_until_every_position_stored_before_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0)
    model, settings = ReadModel(0, 4, 5, 9), SimpleNamespace(kafka=SimpleNamespace(partitions=1))
    deps: Any = SimpleNamespace(database=model, lag=model, settings=settings)
    await positions_are_read(deps)
    assert model.looks == 3, "what is written while it waits is not waited for"
