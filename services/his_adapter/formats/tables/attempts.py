"""How often the reading of a file was begun and never came to an end: then it killed its reader, or somebody else did.

A child that dies is noticed by the puller. This is for the puller itself: a marker, on the disk before the file is
read, that only a process which lives takes away again.
"""

from pathlib import Path

from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.places import OURS, ours
from shared.durable import create, put

MOST = 2
"""So many readers may die over a file."""


class Attempts:
    """Those at one file of a table's folder; `name` is a digest of what the file is."""

    def __init__(self, folder: Path, name: str) -> None:
        self._marker = ours(folder, OURS) / f"{name}.begun"

    def begin(self) -> None:
        """From now on it counts. Raises `BadFile` where too many readers died already."""
        before = len(self._marker.read_bytes()) if self._marker.exists() else 0
        if before >= MOST:
            raise BadFile(f"its reader died {before} times while it read it")
        fresh = self._marker.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        with create(fresh) as file:
            file.write(b"." * (before + 1))
            put(file, fresh, self._marker)

    def end(self) -> None:
        """The reader lives, whatever came of the file."""
        self._marker.unlink(missing_ok=True)
