"""Count how often the process that reads a file died while reading it.

The puller notices when the parsing child process dies. These markers cover the puller itself: a marker is written
before a file is read and removed afterwards, so it only remains if the process died.
"""

from pathlib import Path

from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.pulling.tables.places import OURS, ours
from shared.durable import create, put


class ReaderDeaths:
    """The marker of one file in a table's folder; `name` is a digest of its name, size and modification time.

    The file is refused after `most` readers died.
    """

    def __init__(self, folder: Path, name: str, most: int) -> None:
        self._most = most
        self._marker = ours(folder, OURS) / f"{name}.begun"

    def begin(self) -> None:
        """Write the marker for one more reading. Raises `BadFile` if `most` readers died already."""
        before = len(self._marker.read_bytes()) if self._marker.exists() else 0
        if before >= self._most:
            raise BadFile(f"its reader died {before} times while it read it")
        fresh = self._marker.with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        with create(fresh) as file:
            file.write(b"." * (before + 1))
            put(file, fresh, self._marker)

    def end(self) -> None:
        """Remove the marker: the process survived the file."""
        self._marker.unlink(missing_ok=True)
