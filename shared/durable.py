"""Files that only we may read, whole and on the disk under their name, or not there."""

import os
from pathlib import Path
from typing import BinaryIO


def create(path: Path) -> BinaryIO:
    """A new file that only we may read, whatever the umask. Raises `FileExistsError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


def put(file: BinaryIO, begun: Path, target: Path) -> None:
    """What was written as `begun` becomes `target` (beside it), on the disk: a crash leaves all of it or nothing."""
    file.flush()
    os.fsync(file.fileno())
    os.replace(begun, target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
