"""The folders of the drop folder and their permissions, independent of the umask.

`<drop>/<table id>/` receives files; `done`, `failed` and `.careloop` in it are private (0700, files 0600). A table's
folder is private too, unless another user of its group delivers the files (`CARELOOP_DROP__GROUP_WRITABLE`): then it is
1770, so that this user cannot move our folders.
"""

import itertools
import os
import stat
from pathlib import Path

from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.sheets import SHEETS
from services.his_adapter.formats.tables.texts import TEXTS
from services.his_adapter.pulling.progress import Trouble
from shared.durable import create

OURS = ".careloop"
DONE, FAILED = "done", "failed"
PRIVATE_MODE, GROUP_WRITABLE_MODE = 0o700, 0o1770


def inbox(drop: Path, table: str, limits: Drop) -> Path:
    """Return a table's folder; create it if it is missing. Raises `OSError`, `Trouble`."""
    mode = GROUP_WRITABLE_MODE if limits.group_writable else PRIVATE_MODE
    for folder in (drop, drop / table):
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=PRIVATE_MODE)
            folder.chmod(mode)
    return drop / table


def ours(folder: Path, name: str) -> Path:
    """Return a private folder within a table's folder; create it if it is missing. Raises `OSError`, `Trouble`."""
    place = folder / name
    try:
        place.mkdir(mode=PRIVATE_MODE)
    except FileExistsError:
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise Trouble(f"`{name}` in the drop folder is no folder: move it away") from None
    if stat.S_IMODE(place.lstat().st_mode) != PRIVATE_MODE:
        place.chmod(PRIVATE_MODE)
    return place


def clock(folder: Path) -> float:
    """Return the time of the file system, which may be another machine's, in seconds since 1970."""
    now = ours(folder, OURS) / "now"
    now.unlink(missing_ok=True)
    with create(now) as file:
        return os.fstat(file.fileno()).st_mtime


def plain(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry is a regular file, not a link, pipe or folder."""
    return entry.is_file(follow_symlinks=False)


def is_table(name: str) -> bool:
    """Whether a file name has the suffix of a table."""
    return Path(name).suffix.lower() in (*SHEETS, *TEXTS)


def free(path: Path) -> Path:
    """Return the path, with a number added if it already exists."""
    names = (path.with_name(f"{path.stem}.{count}{path.suffix}") if count else path for count in itertools.count())
    return next(name for name in names if not os.path.lexists(name))
