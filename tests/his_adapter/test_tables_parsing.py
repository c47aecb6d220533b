"""Given a file that means harm, when it is read, then its reader gives up or dies, and the puller goes on."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.his_adapter.formats.tables import batches, parsing
from tests.support import bombs
from tests.support.drop import DropFolder
from tests.support.eventually import eventually

MEMORY = {"memory_bytes": 600 << 20}


async def reason(drop: DropFolder) -> str:
    """Why the one file there was moved aside; a good one that comes after it is read."""
    drop.put("zz-good.csv")
    await drop.look()
    [failed] = [note["trouble"] for note in drop.notes if note["trouble"]]
    assert [name.partition("/")[0] for name in drop.lying()] == ["done", "failed", "failed"]
    assert len(drop.kept) >= 2
    return str(failed).removeprefix("a file was moved to `failed`: ")


Make = Callable[[Path], Path]


@pytest.mark.parametrize(
    ("make", "limits", "words"),
    [
        (bombs.sparse, MEMORY, r"ended by SIGABRT.*CARELOOP_DROP__MEMORY_BYTES"),
        (lambda path: bombs.bomb(path, 40), {"max_expanded_bytes": 10 << 20}, "MAX_EXPANDED_BYTES"),
        (lambda path: bombs.bomb(path, 40, lies=True), {"max_expanded_bytes": 10 << 20}, "MAX_EXPANDED_BYTES"),
        (lambda path: bombs.bomb(path, 40), {}, "MAX_RATIO"),
        (lambda path: bombs.bomb(path, 40, lies=True), {}, "MAX_RATIO"),
        (lambda path: bombs.crowded(path, 50), {"max_entries": 40}, "MAX_ENTRIES"),
        (bombs.plain, {"max_bytes": 1000}, "MAX_BYTES"),
    ],
)
async def test_a_workbook_that_is_more_than_it_seems_is_moved_aside(
    tmp_path: Path, make: Make, limits: dict[str, Any], words: str
) -> None:
    drop = DropFolder(tmp_path, **limits)
    drop.put("a.xlsx", make(tmp_path / "made.xlsx").read_bytes())
    why = await reason(drop)
    assert re.search(words, why), why


@pytest.mark.parametrize(
    ("text", "limits", "words"),
    [
        ("no\n" + "1\n" * 11, {"max_rows": 10}, "its rows are more than 10 (CARELOOP_DROP__MAX_ROWS)"),
        ("no" + ",x" * 20, {"max_columns": 20}, "its columns are more than 20 (CARELOOP_DROP__MAX_COLUMNS)"),
        ("no\n" + "x" * 101, {"max_cell_characters": 100}, "(CARELOOP_DROP__MAX_CELL_CHARACTERS)"),
        ("a,b,c\n" + ",".join(["x" * 900] * 3), {"max_row_bytes": 1024}, "(CARELOOP_DROP__MAX_ROW_BYTES)"),
        ("no,name\n" * 6_000_000, {"cpu_seconds": 2, "max_rows": 10_000_000}, "(CARELOOP_DROP__CPU_SECONDS)"),
    ],
)
async def test_a_table_that_is_too_much_is_moved_aside_and_tells_nothing(
    tmp_path: Path, text: str, limits: dict[str, Any], words: str
) -> None:
    drop = DropFolder(tmp_path, **limits)
    drop.put("a.csv", text)
    assert words in await reason(drop)
    assert len(drop.kept) == 2


async def test_numbers_of_an_old_workbook_are_held_to_the_same_bounds(tmp_path: Path) -> None:
    drop = DropFolder(tmp_path)
    drop.put("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    assert (await reason(drop)).startswith("the workbook cannot be read")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("killed", "the process that read it ended by SIGKILL"),
        ("waits", "the seconds it takes are more than 1 (CARELOOP_DROP__WALL_SECONDS)"),
        ("endless", "its reader wrote a row without an end"),
        ("objects", "its reader wrote what is no row"),
        ("pickle", "its reader wrote what is no row"),
        ("silent", "the process that read it ended with exit code 0"),
    ],
)
async def test_whatever_the_reader_does_the_file_is_moved_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, words: str
) -> None:
    drop = DropFolder(tmp_path, wall_seconds=1 if how == "waits" else 60, max_row_bytes=100_000)
    drop.put("a.txt", f"no\n{how}")
    monkeypatch.setattr(parsing, "MODULE", "tests.support.bad_child")
    await drop.look()
    assert words in drop.notes[-1]["trouble"]
    assert [name.partition("/")[0] for name in drop.lying()] == ["failed", "failed"]


async def test_the_reader_is_told_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARELOOP_KEYS__MASTER", "11" * 32)
    monkeypatch.setattr(parsing, "MODULE", "tests.support.bad_child")
    drop, path = DropFolder(tmp_path), tmp_path / "a.txt"
    path.write_text("no\nenvironment")
    with path.open("rb") as file:
        [batch] = [batch async for batch in parsing.parsed(file, ".txt", drop.settings.drop)]
    assert batch[-1][1]["no"] == "LC_ALL,PYTHONPATH"


async def test_a_reader_that_nobody_listens_to_any_more_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, path = DropFolder(tmp_path), tmp_path / "a.csv"
    path.write_text("no,name\n" + "1,x\n" * 5000)
    with path.open("rb") as file:
        batches_read = parsing.parsed(file, ".csv", drop.settings.drop)
        assert len(await anext(batches_read)) == batches.BATCH
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        before = children.read_text().split()
        await batches_read.aclose()
    assert before
    await eventually(lambda: set(before) - set(children.read_text().split()))


async def test_a_child_killed_by_somebody_else_costs_the_file_not_the_puller(tmp_path: Path) -> None:
    drop = DropFolder(tmp_path)
    drop.put("a.csv", "no,name\n" + "1,x\n" * 200_000)
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    keep, killed = drop.keep, list[int]()

    async def killing(*args: Any) -> None:
        if not killed:
            killed.append(int(children.read_text().split()[-1]))
            os.kill(killed[0], signal.SIGKILL)
        await keep(*args)

    drop.keep = killing  # type: ignore[method-assign]
    await drop.look()
    assert "ended by SIGKILL" in drop.notes[-1]["trouble"]


async def test_a_file_that_is_read_twice_as_its_reader_dies_is_moved_aside(tmp_path: Path) -> None:
    drop, script = DropFolder(tmp_path), tmp_path / "puller.py"
    drop.put("a.csv")
    script.write_text(
        "import asyncio, os, signal, sys, pathlib\n"
        "from tests.support.drop import DropFolder\n"
        "drop = DropFolder(pathlib.Path(sys.argv[1]))\n"
        "async def keep(*told): os.kill(os.getpid(), signal.SIGKILL)\n"
        "drop.keep = keep\n"
        "asyncio.run(drop.look())\n"
    )
    for _ in range(2):
        assert await ended(script, tmp_path) == -signal.SIGKILL
        assert drop.lying() == ["a.csv"]
    await drop.look()
    assert drop.notes[-1]["trouble"] == "a file was moved to `failed`: its reader died 2 times while it read it"
    drop.put("b.csv")
    await drop.look()
    assert len(drop.kept) == 2, "another file is nobody's fault"


async def test_a_puller_that_is_killed_takes_its_child_along(tmp_path: Path) -> None:
    drop, script = DropFolder(tmp_path), tmp_path / "puller.py"
    drop.put("a.txt", "no\nwaits")
    script.write_text(
        "import asyncio, pathlib, sys\n"
        "from services.his_adapter.formats.tables import batches, parsing\n"
        "from tests.support.drop import DropFolder\n"
        "parsing.MODULE = 'tests.support.bad_child'\n"
        "asyncio.run(DropFolder(pathlib.Path(sys.argv[1])).look())\n"
    )
    puller = await asyncio.create_subprocess_exec(sys.executable, str(script), str(tmp_path), env=parsing.environment())
    children = Path(f"/proc/{puller.pid}/task/{puller.pid}/children")
    [child] = await eventually(lambda: children.read_text().split())
    limits = Path(f"/proc/{child}/limits")
    await eventually(lambda: re.search(r"core file size +0 +0", limits.read_text()))  # so much it has done
    puller.kill()
    await puller.wait()
    await eventually(lambda: not lives(child))


def lives(pid: str) -> bool:
    """Whether a process is there, and is no corpse that nobody buries."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def ended(script: Path, directory: Path) -> int:
    child = await asyncio.create_subprocess_exec(sys.executable, str(script), str(directory), env=parsing.environment())
    return await child.wait()
