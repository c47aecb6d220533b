"""Given files in the drop folder, when they are read, then nothing of them lies about in clear, whatever they are."""

import errno
import os
import stat
from pathlib import Path

import pytest

from services.his_adapter.pulling.tables import arrivals, rights
from services.his_adapter.pulling.tables import folder as folders
from services.his_adapter.pulling.tables.reader_deaths import ReaderDeaths
from services.his_adapter.pulling.tables.unsealing import known_of, unseal
from tests.support.drop import GOOD, DropFolder, settle

NAME = "王秀英 100234.csv"


@pytest.fixture
def drop(tmp_path: Path) -> DropFolder:
    return DropFolder(tmp_path)


async def test_what_was_read_lies_there_sealed_under_a_name_that_tells_nothing(drop: DropFolder) -> None:
    drop.put(NAME)
    (drop.folder / f"{NAME}.sha256").write_text("no matter: it is written down as it came")
    (drop.folder / f"{NAME}.sha256").unlink()
    await drop.look()
    [sealed] = drop.lying()
    assert sealed.startswith("done/")
    everything = b"".join(path.read_bytes() for path in drop.folder.rglob("*") if path.is_file())
    for secret in ("王秀英", "100234"):
        assert secret.encode() not in everything
        assert not any(secret in str(path) for path in drop.folder.rglob("*"))
    description = await known_of(drop.ring, drop.folder / sealed)
    assert description["name"] == NAME
    assert b"".join(await unseal(drop.ring, drop.folder / sealed)).decode() == GOOD
    assert len(drop.kept) == 2


async def test_what_is_to_be_deleted_after_reading_is(drop: DropFolder) -> None:
    drop.put("march.csv")
    await drop.look(after_reading="delete")
    assert (drop.lying(), len(drop.kept)) == ([], 2)


async def test_what_is_wrong_with_rows_is_written_down_without_a_value(drop: DropFolder) -> None:
    drop.put(NAME, "no,name,sex,born\n,王秀英,m,\n7,李明,secret-word,no-time-at-all\n")
    columns = {"number": "no", "name": "name", "sex": "sex", "birth_date": "born"}
    await drop.look(columns=columns)
    [errors] = [name for name in drop.lying() if "errors" in name]
    text = (drop.folder / errors).read_text("utf-8-sig")
    assert drop.notes[-1]["trouble"] == f"2 rows of a file are wrong: see `{errors}`"
    assert [line[:2] for line in text.splitlines()] == ["ro", "2,", "3,"]
    assert not any(word in text for word in ("王", "李", "secret-word", "no-time"))


async def test_what_cannot_be_read_is_sealed_with_the_reason_too(drop: DropFolder) -> None:
    drop.put(NAME, b"\xff\x81\xff")
    await drop.look(after_reading="delete")
    errors, sealed = drop.lying()
    assert (drop.folder / errors).read_text("utf-8-sig").splitlines()[1].startswith("0,the text is neither UTF-8")
    assert (await known_of(drop.ring, drop.folder / sealed))["reason"].startswith("the text is neither")
    assert drop.notes[-1]["trouble"].startswith("a file was moved to `failed`: the text is neither")


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
async def test_rights_are_ours_alone_whatever_the_umask(drop: DropFolder, umask: int) -> None:
    before = os.umask(umask)
    try:
        await drop.look()
    finally:
        os.umask(before)
    drop.put("march.csv", "no,name\n,x\n")
    before = os.umask(umask)
    try:
        await drop.look()
    finally:
        os.umask(before)
    for path in (drop.drop, *drop.drop.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


async def test_a_folder_that_others_may_enter_says_how_it_is_mended_once(drop: DropFolder) -> None:
    drop.put("march.csv")
    drop.folder.chmod(0o755)
    await drop.look()
    await drop.look()
    words = f"others may enter or write to {drop.folder} (755): `chmod 700 {drop.folder}`"
    assert [note["trouble"] for note in drop.notes] == [words, words]
    drop.folder.chmod(0o700)
    await drop.look()
    assert drop.notes[-1]["trouble"] == ""


async def test_another_user_of_the_group_may_put_files_in_where_that_is_wanted(tmp_path: Path) -> None:
    drop = DropFolder(tmp_path, group_writable=True)
    await drop.look()
    assert stat.S_IMODE(drop.folder.stat().st_mode) == 0o1770
    assert (drop.notes, stat.S_IMODE((drop.folder / ".careloop").stat().st_mode)) == ([], 0o700)
    drop.folder.chmod(0o770)
    await drop.look()
    assert "`chmod 1770" in drop.notes[-1]["trouble"]


async def test_links_pipes_and_folders_are_never_opened(drop: DropFolder, tmp_path: Path) -> None:
    secret = settle_text(tmp_path / "secret.csv")
    drop.put("march.csv")
    (drop.folder / "link.csv").symlink_to(secret)
    (drop.folder / "folder.csv").mkdir()
    os.mkfifo(drop.folder / "pipe.csv")  # whoever opens it to read waits for ever
    settle(drop.folder / "pipe.csv")
    (drop.folder / "march.csv.sha256").symlink_to(secret)
    await drop.look()
    assert len(drop.kept) == 2
    assert "3 entries" in drop.notes[0]["trouble"]
    assert secret.exists()
    assert {"link.csv", "pipe.csv"} <= set(drop.lying())


async def test_a_file_that_is_not_for_us_to_read_keeps_no_other_waiting(
    drop: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, open_ = drop.put("a.csv"), os.open

    def as_another_user(path: Path, *more: int) -> int:
        if path == closed:
            raise PermissionError(errno.EACCES, "not for us")
        return open_(path, *more)

    drop.put("b.csv")
    monkeypatch.setattr(arrivals.os, "open", as_another_user)
    monkeypatch.setattr(rights.os, "access", lambda path, mode: path != str(closed))
    await drop.look()
    assert drop.lying()[0] == "a.csv"
    assert len(drop.kept) == 2
    assert "1 files in" in drop.notes[0]["trouble"]


def settle_text(path: Path) -> Path:
    path.write_text("no,name\n9,secret\n")
    return settle(path)


@pytest.mark.parametrize("how", ["written on", "replaced", "made a link"])
async def test_a_file_that_changes_while_it_is_read_stays_and_is_read_again(
    drop: DropFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    path, secret, parsed = drop.put("march.csv"), settle_text(tmp_path / "secret.csv"), folders.parsed

    async def meanwhile(copy: object, *more: object) -> object:
        if how == "written on":
            path.write_text(GOOD + "3,新\n")
        else:
            path.unlink()
            path.symlink_to(secret) if how == "made a link" else settle_text(path)
        async for batch in parsed(copy, *more):
            yield batch

    monkeypatch.setattr(folders, "parsed", meanwhile)
    await drop.look()
    assert drop.lying() == ["march.csv"]
    assert [each["name"][0]["text"] for each in drop.kept] == ["王秀英", "李明"], "what was opened is what is parsed"
    monkeypatch.setattr(folders, "parsed", parsed)
    if how != "made a link":
        settle(path)
        await drop.look()
        assert [name.partition("/")[0] for name in drop.lying()] == ["done"]


async def test_rows_that_cannot_be_kept_leave_the_file_where_it_is(
    drop: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*args: object) -> None:
        raise OSError("the broker is away")

    drop.put("march.csv")
    with monkeypatch.context() as broken:
        broken.setattr(drop, "keep", away)
        for _ in range(4):  # trouble of ours is not the file's: it is never moved aside for that
            with pytest.raises(OSError, match="away"):
                await drop.look()
    assert drop.lying() == ["march.csv"]
    await drop.look()
    assert [name.partition("/")[0] for name in drop.lying()] == ["done"]


class ReaderDied(BaseException):
    """Nothing is cleaned up after it."""


@pytest.mark.parametrize(("definition", "deaths"), [({}, 2), ({"file_attempts": 1}, 1)])
async def test_a_file_is_set_aside_after_as_many_of_its_readers_died_as_its_table_allows(
    drop: DropFolder, monkeypatch: pytest.MonkeyPatch, definition: dict[str, int], deaths: int
) -> None:
    async def dies(*args: object) -> None:
        raise ReaderDied

    drop.put("march.csv")
    with monkeypatch.context() as broken:
        broken.setattr(drop, "keep", dies)
        broken.setattr(ReaderDeaths, "end", lambda deaths: None)
        for _ in range(deaths):
            with pytest.raises(ReaderDied):
                await drop.look(**definition)
    await drop.look(**definition)
    assert drop.notes[-1]["trouble"] == f"a file was moved to `failed`: its reader died {deaths} times while it read it"
