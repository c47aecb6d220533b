"""The folders of the drop folder and their rights, whatever the umask: `<drop>/<table id>/` and ours within it.

What lies in `done`, `failed` and `.careloop` is ours alone (0700, files 0600). The folder itself is too, unless another
user of its group puts the files in (`CARELOOP_DROP__GROUP_WRITABLE`): then it is 1770, so that they cannot move ours.
"""

import itertools
import os
import stat
from pathlib import Path

from services.his_adapter.formats.common.progress import Trouble
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.sheets import SHEETS
from services.his_adapter.formats.tables.texts import TEXTS
from shared.durable import create

OURS = ".careloop"
DONE, FAILED = "done", "failed"
PRIVATE, SHARED = 0o700, 0o1770


def inbox(drop: Path, table: str, limits: Drop) -> Path:
    """A table's folder, made where there is none. Raises `OSError`, `Trouble`."""
    mode = SHARED if limits.group_writable else PRIVATE
    for folder in (drop, drop / table):
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=PRIVATE)
            folder.chmod(mode)
    return drop / table


def ours(folder: Path, name: str) -> Path:
    """A folder within a table's that nobody else may enter. Raises `OSError`, `Trouble`."""
    place = folder / name
    try:
        place.mkdir(mode=PRIVATE)
    except FileExistsError:
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise Trouble(f"`{name}` in the drop folder is no folder: move it away") from None
    if stat.S_IMODE(place.lstat().st_mode) != PRIVATE:
        place.chmod(PRIVATE)
    return place


def clock(folder: Path) -> float:
    """What time it is where the folder lies: it may be another machine's."""
    now = ours(folder, OURS) / "now"
    now.unlink(missing_ok=True)
    with create(now) as file:
        return os.fstat(file.fileno()).st_mtime


def plain(entry: "os.DirEntry[str]") -> bool:
    """Whether it is a file itself: no link, pipe or folder."""
    return entry.is_file(follow_symlinks=False)


def is_table(name: str) -> bool:
    """Whether a file's name says that it holds a table."""
    return Path(name).suffix.lower() in (*SHEETS, *TEXTS)


def free(path: Path) -> Path:
    """That name, or with a number where a file of an earlier day has it."""
    names = (path.with_name(f"{path.stem}.{count}{path.suffix}") if count else path for count in itertools.count())
    return next(name for name in names if not os.path.lexists(name))
