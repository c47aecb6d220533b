"""A count says whether all rows were looked at: else it is the least that the caller may read."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from shared.access import Reader
from shared.caller import Caller

NURSE = Caller("li", roles=frozenset({"nurse"}), has_roles=True)


class Rows:
    """A read model of rows of which every third is of somebody whom the nurse may read; `asked`: the conditions."""

    def __init__(self, rows: int) -> None:
        self.documents, self.asked = self, list[dict[str, Any]]()
        self._rows = [{"person_id": "mine" if n % 3 == 0 else "other"} for n in range(rows)]

    def find(self, where: dict[str, Any], fields: Any) -> Any:
        self.asked.append(where)
        return self

    async def limit(self, most: int) -> AsyncIterator[dict[str, Any]]:
        for row in self._rows[:most]:
            yield row


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    async def verdicts(self: Reader, persons: Any) -> dict[str, str]:
        return {person: "full" if person == "mine" else "none" for person in persons}

    monkeypatch.setattr(Reader, "verdicts", verdicts)
    deps: Any = SimpleNamespace()
    return Reader(deps, NURSE)


@pytest.mark.parametrize(("rows", "readable", "cut"), [(0, 0, False), (5, 2, False), (6, 2, False), (7, 2, True)])
async def test_a_count_is_exact_unless_there_are_more_rows_than_were_looked_at(
    reader: Reader, rows: int, readable: int, cut: bool
) -> None:
    model: Any = Rows(rows)
    counts = await reader.counts(model, {}, ["open"], 6)
    assert counts == {"open": readable, "cut": ["open"] if cut else [], "at_most": 6}


async def test_only_the_statuses_that_are_asked_for_are_counted(reader: Reader) -> None:
    model: Any = Rows(7)
    counts = await reader.counts(model, {"alarm": True}, ["answered"], 6)
    assert counts == {"answered": 2, "cut": ["answered"], "at_most": 6}
    assert model.asked == [{"alarm": True, "status": "answered"}]
