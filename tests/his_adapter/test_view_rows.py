"""Given rows of a view that commit late, come again or cannot be stored, then each is told, and told once."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from services.his_adapter.formats.fhir.resource import Resource
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.pulling import progress
from services.his_adapter.pulling.tables import database as database_module
from services.his_adapter.pulling.tables.database import read_view
from shared.definitions import Definitions
from tests.support.fhir import NOW, SETTINGS

DEPS: Any = SimpleNamespace(
    settings=SETTINGS,
    definitions=SimpleNamespace(snapshot=Definitions()),
    clock=lambda: NOW,
)


class Intake:
    """What was stored, as Kafka and the read model would know it; `away` writes meet no broker first."""

    def __init__(self, away: int = 0) -> None:
        self.away, self.kept = away, list[Resource]()

    async def keep(self, resources: list[Resource], sender: str, historical: bool) -> None:
        if self.away:
            self.away -= 1
            raise KafkaConnectionError
        self.kept += resources

    async def taken(self, resources: list[Resource], sender: str) -> list[bool]:
        return [each in self.kept for each in resources]

    @property
    def visits(self) -> list[str]:
        return [resource["identifier"][0]["value"] for resource in self.kept]


class Progress(progress.Progress):
    """How far a source was read, in memory: `at` as it stands on the topic."""

    def __init__(self, at: dict[str, Any] | None = None) -> None:
        super().__init__(DEPS, "table/t")
        self.at, self.read = at or {}, 0

    async def _stored(self) -> dict[str, Any]:
        return self.at

    async def _note(self, position: dict[str, Any], read: int = 0, **more: Any) -> None:
        self.at, self.read, self.next_look = position, self.read + read, 0.0


class View:
    """A view in a database file, and the reader of it."""

    def __init__(self, file: Path, **more: Any) -> None:
        self._file, self.intake, self.progress = file, Intake(), Progress()
        definition = {"id": "t", "version": 1, "rows": "visits", "columns": {"number": "no", "visit": "visit"}}
        where = {"url": f"sqlite:///{file}", "view": "v", "watermark": "mark"}
        self.table = Table.model_validate({**definition, **where, **more})
        self._do("create table v (no, visit, mark)")

    def _do(self, sql: str, *rows: tuple[Any, ...]) -> None:
        with sqlite3.connect(self._file) as database:
            database.executemany(sql, rows) if rows else database.execute(sql)
        database.close()

    def add(self, *marks: Any) -> None:
        """Insert a visit for each watermark, named after it."""
        self._do("insert into v values ('1', ?, ?)", *((f"V{mark}", mark) for mark in marks))

    async def look(self) -> list[str]:
        """Read the view once; returns the visits that were stored."""
        before, intake = len(self.intake.visits), self.intake
        self.progress.next_look = 0.0
        await read_view(DEPS, intake, self.table, self.progress)  # type: ignore[arg-type]
        return self.intake.visits[before:]

    def restart(self) -> None:
        """Another process goes on where this one noted that it was."""
        self.progress = Progress(self.progress.at)


MARKS = {
    "number": (1, 2, 3, 4),
    "decimal": (1.5, 2.5, 3.5, 4.5),
    "text": ("a1", "a2", "a3", "a4"),
    "time as text": ("2026-03-09 08:00", "2026-03-09 08:01", "2026-03-09 08:02", "2026-03-09 08:03"),
}


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS)
async def test_a_row_that_commits_after_one_with_a_higher_watermark_is_read(tmp_path: Path, marks: Any) -> None:
    first, late, newest, next_one = marks
    view = View(tmp_path / "v.sqlite")
    view.add(first, newest)
    assert await view.look() == [f"V{first}", f"V{newest}"]
    view.add(late)
    assert await view.look() == [f"V{late}"]
    assert await view.look() == []
    view.add(next_one)
    assert await view.look() == [f"V{next_one}"]
    assert view.progress.read == 4


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS)
async def test_after_a_restart_late_rows_are_read_and_known_ones_are_not_told_again(tmp_path: Path, marks: Any) -> None:
    first, late, newest, next_one = marks
    view = View(tmp_path / "v.sqlite")
    view.add(first, newest)
    await view.look()
    view.restart()
    view.add(late)
    assert await view.look() == [f"V{late}"]
    view.restart()
    assert await view.look() == []
    view.add(next_one)
    assert await view.look() == [f"V{next_one}"]
    assert view.progress.at["watermark"] == (next_one if isinstance(next_one, int) else str(next_one))


async def test_a_late_row_is_looked_for_as_many_rows_back_as_the_definition_says(tmp_path: Path) -> None:
    view = View(tmp_path / "v.sqlite", overlap_rows=3)
    view.add(*range(10, 100, 10))
    assert len(await view.look()) == 9
    view.add(55, 65, 85)
    assert await view.look() == ["V65", "V85"], "90 and the three rows read before it, with what came among them since"
    view.add(*range(71, 80), 100)
    assert await view.look() == [*(f"V{mark}" for mark in range(71, 80)), "V100"], "however many came late"
    assert list(view.progress.seen.values()) == [80, 85, 90, 100], "what is remembered is what can be read again"


async def test_rows_that_share_a_watermark_are_read_once_each(tmp_path: Path) -> None:
    view = View(tmp_path / "v.sqlite", overlap_rows=1)
    view._do("insert into v values ('1', ?, 7)", *((f"V{count}",) for count in range(20)))
    assert len(await view.look()) == 20
    assert await view.look() == []


async def test_a_row_read_again_is_the_same_message_and_a_changed_one_is_another(tmp_path: Path) -> None:
    view = View(tmp_path / "v.sqlite")
    view.add(1)
    await view.look()
    view.restart()
    view.intake = Intake()
    await view.look()
    first, [again] = view.intake.kept[0], view.intake.kept
    assert (first, bool(first["meta"]["versionId"])) == (again, True)
    view._do("update v set mark = 2")
    await view.look()
    assert view.intake.kept[-1]["meta"] != again["meta"]


async def test_a_row_that_says_nothing_is_counted_and_read_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[bytes] = []

    async def refuse(deps: Any, raw: bytes, *_: Any) -> None:
        refused.append(raw)

    monkeypatch.setattr(database_module, "refuse", refuse)
    view = View(tmp_path / "v.sqlite")
    view._do("insert into v values ('', 'V1', 1)")
    view.add(2)
    assert await view.look() == ["V2"]
    assert await view.look() == []
    assert (len(refused), view.progress.read) == (1, 2)


async def test_rows_that_could_not_be_stored_are_read_again(tmp_path: Path) -> None:
    view = View(tmp_path / "v.sqlite")
    view.add(1, 2)
    view.intake.away = 1
    with pytest.raises(KafkaConnectionError):
        await view.look()
    assert view.progress.at == {}
    assert await view.look() == ["V1", "V2"]
    assert view.progress.at == {"watermark": 2, "as": "number", "from": 1}
