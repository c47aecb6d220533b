"""Hospitals with neither HL7 nor FHIR: files in a folder, rows of a view, until somebody can read them."""

import os
import re
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from deploy.demo.director import Director
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.formats.tables.definitions import Table
from shared.contracts.base import changed
from tests.conftest import SHANGHAI
from tests.flows.test_feeds import shows
from tests.flows.test_hospital import timeline_types
from tests.support.systems import Patient

FAILED = (
    "a file was moved to `failed`: its SHA-256 is not what the file beside it says: it was cut or changed on its way"
)
COLUMNS = {"number": "no", "visit": "visit", "admitted": "came", "discharged": "left", "department": "dept"}


async def publish(system: System, table: Table) -> None:
    await write(system.settings, compare([table], await published(system.settings.kafka)), "an interface engineer")


async def test_a_file_in_the_folder_is_read_once_and_its_bad_rows_come_back(system: System, director: Director) -> None:
    who, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    await publish(system, Table(id="stays", version=1, rows="visits", columns=COLUMNS | {"name": "姓名"}))
    folder = inbox(system, "stays")
    good = f"{who.mrn},V{who.mrn},{now - timedelta(days=2):%Y-%m-%d %H:%M},{now:%Y-%m-%d %H:%M},CARD,王秀英"
    text = f"no,visit,came,left,dept,姓名\n{good}\n,V2,,,CARD,无号\n{who.mrn},V3,whenever,,CARD,王秀英\n"
    lay(folder / "march.csv", text.encode("gb18030"))
    row = await shows(director, "stays", kind="table", read=1)
    words = r"2 rows of a file are wrong: see `(done/[0-9a-f]{12}\.errors\.csv)`"
    told_where = re.fullmatch(words, row["trouble"])
    assert told_where
    shown = await timeline_types(director, who)
    assert (shown.count("patient_discharged"), "enrolled_in_plan" in shown) == (1, True)
    assert [path.name for path in folder.iterdir() if path.suffix == ".csv"] == []
    assert [path.suffix for path in sorted((folder / "done").iterdir())] == [".csv", ".sealed"]
    errors = (folder / told_where[1]).read_text("utf-8-sig").splitlines()
    assert errors[1].startswith("3,number (column 'no'): is empty")
    assert errors[2].startswith("4,admitted (column 'came'): is no time")
    lay(folder / "again.csv", text.encode("gb18030"))  # as after a crash between its rows and its sealing
    await shows(director, "stays", kind="table", read=2)
    assert (await timeline_types(director, who)).count("patient_discharged") == 1
    (folder / "broken.xlsx").write_bytes(b"no workbook")
    (folder / "broken.xlsx.sha256").write_text("00\n")
    await shows(director, "stays", kind="table", trouble=FAILED)
    assert [path.suffix for path in sorted((folder / "failed").iterdir())] == [".csv", ".sealed"]


def inbox(system: System, table: str) -> Path:
    """The folder of a table, for its owner alone."""
    assert system.settings.drop_dir
    folder = system.settings.drop_dir / table
    for place in (folder.parent, folder):
        place.mkdir(mode=0o700, exist_ok=True)
    return folder


def lay(file: Path, content: bytes) -> None:
    """A file that nobody has written to for a minute."""
    new = file.with_suffix(".new")
    new.write_bytes(content)
    os.utime(new, (new.stat().st_mtime - 60,) * 2)
    new.rename(file)


def add(file: Path, *rows: tuple[Any, ...]) -> None:
    with sqlite3.connect(file) as database:
        database.execute("create table if not exists stay (no, visit, came, left, dept, seq integer)")
        database.executemany("insert into stay values (?, ?, ?, ?, ?, ?)", rows)
        database.execute("create view if not exists v_stay as select * from stay")
    database.close()


async def test_a_view_is_read_up_to_its_watermark_and_on(system: System, director: Director, tmp_path: Path) -> None:
    who, other, now = Patient.new(), Patient.new(), director.clock().astimezone(SHANGHAI)
    came, left, file = f"{now - timedelta(days=1):%Y-%m-%d %H:%M}", f"{now:%Y-%m-%d %H:%M}", tmp_path / "his.sqlite"
    add(file, (who.mrn, f"V{who.mrn}", came, None, "CARD", 1), ("", "V9", came, None, "CARD", 1))
    where = {"url": f"sqlite:///{file}", "view": "v_stay", "watermark": "seq", "every_seconds": 1}
    table = Table.model_validate({"id": "view", "version": 1, "rows": "visits", "columns": COLUMNS, **where})
    await publish(system, table)
    first = await shows(director, "view", kind="table", read=2)
    assert "number (column 'no')" in first["trouble"]
    assert first["position"] == {"watermark": 1, "as": "number", "from": 1}
    assert "patient_admitted" in await timeline_types(director, who)
    same_mark = (other.mrn, f"V{other.mrn}", came, None, "CARD", 1)
    add(file, same_mark, (who.mrn, f"V{who.mrn}", came, left, "CARD", 2))
    await shows(director, "view", kind="table", read=4)
    assert "patient_discharged" in await timeline_types(director, who)
    assert "patient_admitted" in await timeline_types(director, other)
    file.unlink()
    await publish(system, changed(table, version=2, view="v_gone"))
    where_it_was = {"watermark": 2, "as": "number", "from": 1}
    gone = await shows(director, "view", kind="table", position=where_it_was, read=4)
    assert gone["since"] == "2"
    await publish(system, changed(table, version=3, status="retired"))
