"""A file of the drop folder as it was at one moment: opened once, copied, hashed; what is parsed is that copy.

Others may write to the folder, so no link is followed and nothing is opened that is no file.
"""

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from services.his_adapter.formats.tables.faults import beyond
from services.his_adapter.formats.tables.limits import Drop

CHUNK = 1 << 20
State = tuple[int, int, int, int]


class NoFile(OSError):
    """What has the name is no file that we may read, or is no more."""


def opened(path: Path) -> BinaryIO:
    """A file, opened as it stands there. Raises `NoFile` for a link, pipe, folder, nothing or what is not for us."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOENT, errno.ENXIO, errno.EACCES):
            raise NoFile(error.errno, "it is no file") from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NoFile(errno.EINVAL, "it is no file")
    return os.fdopen(handle, "rb")


def state(file: BinaryIO) -> State:
    """Which file it is, and whether it was written to since."""
    return _state(os.fstat(file.fileno()))


def _state(known: os.stat_result) -> State:
    return known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns


def unchanged(path: Path, file: BinaryIO, before: State) -> bool:
    """Whether the name still is that file, and the file as it was."""
    try:
        return before == state(file) == _state(path.lstat())
    except FileNotFoundError:
        return False


def copied(file: BinaryIO, limits: Drop) -> tuple[BinaryIO, str]:
    """A copy that has no name and that nobody else can write to, at its beginning, and its SHA-256. Raises `BadFile`.

    It is one of the machine's temporary files, gone with its last user.
    """
    digest, size = hashlib.sha256(), 0
    copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 the caller's
    try:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            if size > limits.max_bytes:
                raise beyond("its bytes are", "max_bytes", limits.max_bytes)
            digest.update(chunk)
            copy.write(chunk)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return copy, digest.hexdigest()
