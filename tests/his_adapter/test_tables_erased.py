"""Given a file of many patients in the drop folder, when one is erased, then it opens for nobody."""

from pathlib import Path
from typing import Any

import pytest

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.whose.others import of_cells
from services.his_adapter.pulling.tables.unsealing import Unsealable, known_of
from tests.support.drop import COLUMNS, DropFolder
from tests.support.fhir import KEY, SITE

TABLE = Table.model_validate({"id": "t", "version": 1, "rows": "patients", "columns": COLUMNS})


@pytest.fixture
def drop(tmp_path: Path) -> DropFolder:
    return DropFolder(tmp_path)


async def erase(drop: DropFolder, number: str) -> None:
    """As the eraser does: every key that the number has had."""
    [identity] = of_cells(KEY, SITE, TABLE, {"no": number})
    await drop.ring.destroy(await drop.ring.versions([identity]))


async def opens(drop: DropFolder, name: str) -> bool:
    try:
        return bool(await known_of(drop.ring, drop.folder / name))
    except Unsealable:
        return False


@pytest.mark.parametrize("number", ["100234", "100235"])
async def test_a_sealed_file_goes_with_the_first_of_its_patients(drop: DropFolder, number: str) -> None:
    drop.put("march.csv")
    await drop.look()
    [sealed] = drop.lying()
    await erase(drop, "7")
    assert await opens(drop, sealed)
    assert [each.kind for each in await drop.ring.residue()] == ["number"]
    await erase(drop, number)
    assert not await opens(drop, sealed)


async def test_a_patient_of_a_row_that_is_wrong_takes_the_file_along(drop: DropFolder) -> None:
    drop.put("march.csv", "no,name,born\n100234,王秀英,no-time-at-all\n")
    await drop.look(columns={**COLUMNS, "birth_date": "born"})
    [sealed] = [name for name in drop.lying() if name.endswith(".sealed")]
    await erase(drop, "100234")
    assert (drop.kept, await opens(drop, sealed)) == ([], False)


async def test_a_file_that_nobody_could_read_is_nobodys_until_its_term_is_over(drop: DropFolder) -> None:
    drop.put("march.csv", b"\xff\x81\xff")
    await drop.look()
    assert [(each.kind, each.count) for each in await drop.ring.residue()] == [("dropped-file", 1)]


async def test_a_file_whose_patient_is_erased_while_it_is_read_is_read_again(drop: DropFolder) -> None:
    keep, path = drop.keep, drop.put("march.csv")

    async def erased_meanwhile(*args: Any) -> None:
        await keep(*args)
        await erase(drop, "100234")

    drop.keep = erased_meanwhile  # type: ignore[method-assign]
    await drop.look()
    assert (drop.lying(), path.exists()) == (["march.csv"], True)
    drop.keep = keep  # type: ignore[method-assign]
    await drop.look()
    [sealed] = drop.lying()
    assert sealed.startswith("done/")
    assert await opens(drop, sealed)


async def test_what_is_deleted_after_reading_leaves_no_ties(drop: DropFolder) -> None:
    drop.put("march.csv")
    await drop.look(after_reading="delete")
    assert [each.kind for each in await drop.ring.residue()] == ["number"]
    await erase(drop, "100234")
    assert await drop.ring.stranded() == 0
