"""Given the records of a human, which numbers are theirs."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.his_adapter.facts.belonging import has_number
from shared import mongo
from shared.projector.views import Views
from tests.support.parts import Database


class NothingUnread:
    """A log that the read models have read to its end."""

    async def of(self, at: dict[Any, int]) -> int:
        return 0


@pytest.mark.wiring
async def test_a_number_is_theirs_where_any_of_their_records_has_it(tmp_path: Path) -> None:
    database = Database(tmp_path)
    try:
        await database.start()
        async with mongo.connected(database.url) as client:
            rows = [{"_id": "p", "numbers": ["a"]}, {"_id": "q", "numbers": ["b", "c"]}, {"_id": "r", "numbers": ["d"]}]
            await client["careloop_his_adapter"]["people"].insert_many(rows)
            views, settings = (
                Views(client["careloop_his_adapter"]),
                SimpleNamespace(kafka=SimpleNamespace(partitions=2)),
            )
            deps: Any = SimpleNamespace(database=views, lag=NothingUnread(), settings=settings)
            assert await has_number(deps, ["p", "q"], "c")
            assert not await has_number(deps, ["p", "q"], "d"), "it is somebody else's"
            assert not await has_number(deps, ["p", "q"], "e"), "it is nobody's"
    finally:
        database.kill()
