"""Files with access for the owner only, that are on disk as a whole or not at all."""

import os
from pathlib import Path
from typing import BinaryIO


def create(path: Path) -> BinaryIO:
    """A new file with access for the owner only, whatever the umask. Raises `FileExistsError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


def put(file: BinaryIO, begun: Path, target: Path) -> None:
    """Rename `begun` to `target` in the same directory and sync both: a crash leaves all of it or nothing."""
    file.flush()
    os.fsync(file.fileno())
    os.replace(begun, target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
