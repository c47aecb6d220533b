"""Open, copy and hash a file of the drop folder; only the copy is parsed, so that it cannot change meanwhile.

Other users may write to the folder: links are not followed, and only regular files are opened.
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
FileState = tuple[int, int, int, int]


class NoFile(OSError):
    """The path is not a regular file that we may read, or no longer exists."""


def opened(path: Path) -> BinaryIO:
    """Open a regular file. Raises `NoFile` for a link, pipe or folder, or if it is missing or not readable."""
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


def state(file: BinaryIO) -> FileState:
    """Return device, inode, size and modification time (ns) of a file."""
    return _state(os.fstat(file.fileno()))


def _state(status: os.stat_result) -> FileState:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def unchanged(path: Path, file: BinaryIO, before: FileState) -> bool:
    """Whether the path still names this file and the file was not modified since `before`."""
    try:
        return before == state(file) == _state(path.lstat())
    except FileNotFoundError:
        return False


def copied(file: BinaryIO, limits: Drop) -> tuple[BinaryIO, str]:
    """Copy a file to an anonymous temporary file; return the copy, at its start, and its SHA-256. Raises `BadFile`.

    The caller closes the copy, which deletes it.
    """
    digest, size = hashlib.sha256(), 0
    copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 closed by the caller
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
