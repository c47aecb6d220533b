"""Given files that were read and sealed, when somebody must look at one, then the command line opens it."""

import asyncio
import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import his
from deploy.operating.dropped import faults
from tests.support.drop import GOOD, DropFolder


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropFolder:
    folder = DropFolder(tmp_path)
    words = {
        "KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "KEYS__MASTER": (b"m" * 32).hex(),
        "KEYS__SITE": "22" * 32,
        "KEYS__FILE": str(tmp_path / "keys.sqlite"),
        "DROP_DIR": str(folder.drop),
        "DATA_DIR": str(tmp_path),
    }
    for name, value in words.items():
        monkeypatch.setenv(f"CARELOOP_{name}", value)
    return folder


def run(drop: DropFolder, *words: str) -> Any:
    app = typer.Typer()
    his.register(app)
    result = CliRunner().invoke(app, ["his", *words, "--data-dir", str(drop.drop / "none"), "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


def test_a_sealed_file_is_listed_by_its_name_opened_and_forgotten(drop: DropFolder, tmp_path: Path) -> None:
    drop.put("王秀英.csv")
    asyncio.run(drop.look())
    drop.put("broken.xlsx", b"no workbook")
    asyncio.run(drop.look())
    listed = run(drop, "files")
    assert [(row["id"].rpartition("/")[0], row["name"]) for row in listed] == [
        ("t/done", "王秀英.csv"),
        ("t/failed", "broken.xlsx"),
    ]
    out = tmp_path / "out.csv"
    assert run(drop, "open", listed[0]["id"], "--out", str(out)) == {"file": str(out), "bytes": len(GOOD.encode())}
    assert (out.read_text(), stat.S_IMODE(out.stat().st_mode)) == (GOOD, 0o600)
    run(drop, "forget", listed[0]["id"].rpartition("/")[2], "--yes")
    assert [row["name"] for row in run(drop, "files")] == ["broken.xlsx"]
    with pytest.raises(Exception, match="no sealed file is 't/done/none': see `careloop his files`"):
        run(drop, "open", "t/done/none", "--out", str(out))


def test_a_sealed_file_that_cannot_be_recorded_is_neither_listed_nor_written(drop: DropFolder, tmp_path: Path) -> None:
    drop.put("王秀英.csv")
    asyncio.run(drop.look())
    [listed] = run(drop, "files")
    assert len(list((tmp_path / "audit" / "command-line").glob("*.sealed"))) == 1
    shutil.rmtree(tmp_path / "audit")
    (tmp_path / "audit").write_text("no folder")
    out = tmp_path / "out.csv"
    for words in (["files"], ["open", listed["id"], "--out", str(out)]):
        with pytest.raises(Exception, match="nothing is shown of anybody"):
            run(drop, *words)
    assert not out.exists()


def test_doctor_names_rights_that_are_too_wide_and_what_lies_in_clear(drop: DropFolder) -> None:
    settings: Any = drop.settings
    drop.put("march.csv")
    assert faults(settings) == []
    drop.drop.chmod(0o755)
    (drop.folder / "done").mkdir(mode=0o700)
    (drop.folder / "done" / "old.csv").write_text(GOOD)
    rights, clear = faults(settings)
    assert rights == f"others may enter or write to {drop.drop} (755): `chmod 700 {drop.drop}`"
    assert clear == f"1 files in {drop.folder} lie in clear: the next start of the puller seals them"
