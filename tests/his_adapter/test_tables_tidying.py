"""Given a drop folder of long ago, when it is tidied, then nothing lies in clear, and nothing for ever."""

import io
import os
import stat
from pathlib import Path

import pytest

from services.his_adapter.pulling.tables.sealed import new_key, seal
from services.his_adapter.pulling.tables.tidying import DAY, clear, tidy
from services.his_adapter.pulling.tables.unsealing import Unsealable, key_of, known_of, unseal
from tests.support.drop import GOOD, DropFolder
from tests.support.fhir import KEY, NOW

OLD_ERRORS = b"\xef\xbb\xbfrow,problem\r\n3,number (column 'no'): is empty\r\n"


@pytest.fixture
def drop(tmp_path: Path) -> DropFolder:
    return DropFolder(tmp_path)


def age(path: Path, days: float) -> None:
    at = path.stat().st_mtime - days * DAY
    os.utime(path, (at, at))


async def test_what_earlier_versions_left_in_clear_is_sealed(drop: DropFolder) -> None:
    done_folder, failed = drop.folder / "done", drop.folder / "failed"
    for place in (done_folder, failed):
        place.mkdir(parents=True)
        place.chmod(0o755)
    (done_folder / "王秀英.csv").write_text(GOOD)
    (done_folder / "王秀英.csv.errors.csv").write_bytes(OLD_ERRORS)
    (done_folder / "王秀英.csv.sha256").write_text("00")
    (done_folder / "wards.errors.csv").write_text(GOOD)
    (failed / "broken.xlsx").write_bytes(b"no workbook")
    await tidy(drop.deps)
    assert [name.partition("/")[0] for name in drop.lying()] == ["done"] * 3 + ["failed"]
    assert (clear(done_folder), clear(failed)) == ([], [])
    sealed = sorted(done_folder.glob("*.sealed"))
    assert {(await known_of(drop.ring, each))["name"] for each in sealed} == {"王秀英.csv", "wards.errors.csv"}
    [errors] = done_folder.glob("*.errors.csv")
    assert errors.name.partition(".")[0] in {each.name.partition(".")[0] for each in sealed}
    assert {stat.S_IMODE(each.stat().st_mode) for each in (errors, *sealed)} == {0o600}
    assert stat.S_IMODE(done_folder.stat().st_mode) == 0o700
    assert [(each.kind, each.count) for each in await drop.ring.residue()] == [("dropped-file", 3)], (
        "whose is not known"
    )
    before = drop.lying()
    await tidy(drop.deps)
    assert drop.lying() == before, "what is sealed is not sealed again"


async def test_after_its_term_a_sealed_file_goes_with_its_key(drop: DropFolder, tmp_path: Path) -> None:
    drop.put("march.csv", GOOD + ",\n,x\n")
    await drop.look()
    errors, sealed = (drop.folder / name for name in drop.lying())
    copy = tmp_path / "backup.sealed"
    copy.write_bytes(sealed.read_bytes())
    for path in (errors, sealed):
        age(path, 29)
    await tidy(drop.deps)
    assert len(drop.lying()) == 2
    for path in (errors, sealed):
        age(path, 2)
    await tidy(drop.deps)
    assert drop.lying() == []
    with pytest.raises(Unsealable, match="its key is destroyed"):
        await known_of(drop.ring, copy)


async def test_what_a_process_that_died_left_goes_too(drop: DropFolder) -> None:
    drop.put("march.csv")
    await drop.look()
    part, marker = drop.folder / "done" / "dropped-file-x.part", drop.folder / ".careloop" / "abc.begun"
    for path in (part, marker):
        path.write_bytes(b".")
    await tidy(drop.deps)
    assert part.exists()
    for path in (part, marker):
        age(path, 2)
    await tidy(drop.deps)
    assert (part.exists(), marker.exists()) == (False, False)


async def test_a_folder_that_cannot_be_tidied_stops_no_other(drop: DropFolder) -> None:
    (drop.drop / "a").mkdir(parents=True)
    (drop.drop / "a" / ".careloop").symlink_to("/nowhere")
    (drop.folder / "done").mkdir(parents=True)
    (drop.folder / "done" / "march.csv").write_text(GOOD)
    await tidy(drop.deps)
    assert clear(drop.folder / "done") == []


@pytest.mark.parametrize("how", ["cut", "swapped", "altered", "no file of ours"])
async def test_a_sealed_file_that_is_not_whole_does_not_open(drop: DropFolder, how: str) -> None:
    drop.put("march.csv")
    path = await seal(drop.ring, KEY, io.BytesIO(b"x" * 2_500_000), "march.csv", drop.folder / "done", new_key(), NOW)
    head, name, one, two, *rest = path.read_bytes().splitlines(keepends=True)
    lines = {
        "cut": [head, name, one, two],
        "swapped": [head, name, two, one, *rest],
        "altered": [head, name, b"A" * 8 + one[8:], two, *rest],
        "no file of ours": [b"{}\n", name, one, two, *rest],
    }
    path.write_bytes(b"".join(lines[how]))
    with pytest.raises(Unsealable):
        list(await unseal(drop.ring, path))
    assert key_of(path) if how != "no file of ours" else True
