"""A drop folder as the puller reads it, with real keys and child processes; resources and notes are recorded."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.pulling.tables.folder import read_folder
from shared.contracts.base import Part, changed
from shared.definitions import Definitions
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from tests.support.fhir import NOW, SETTINGS, SITE

COLUMNS = {"number": "no", "name": "name"}
GOOD = "no,name\n100234,王秀英\n100235,李明\n"


class DropFolder:
    """The folder of the table `t`; `kept` are the resources that were stored, `notes` what was noted."""

    def __init__(self, directory: Path, **limits: Any) -> None:
        self.drop, self.folder = directory / "drop", directory / "drop" / "t"
        self.ring = KeyRing(LocalKeyStore(directory / "keys.sqlite"), b"m" * 32, ttl=0)
        self.settings = changed(SETTINGS, drop_dir=self.drop, drop=Drop(**limits))
        snapshot = SimpleNamespace(snapshot=Definitions.of(SITE))
        self.deps: Any = SimpleNamespace(
            settings=self.settings, ring=self.ring, definitions=snapshot, clock=lambda: NOW
        )
        self.kept, self.notes, self.name, self.last_trouble = list[Any](), list[dict[str, Any]](), "table/t", ""

    def put(self, name: str, data: bytes | str = GOOD) -> Path:
        """Write a file that is old enough to be read."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for place in (self.drop, self.folder):
            place.chmod(0o700)
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return settle(path)

    async def look(self, **more: Any) -> None:
        """Poll the folder once, as the puller does."""
        definition = {"rows": "patients", "columns": COLUMNS, **more}
        table = Table.model_validate({"id": "t", "version": 1, **definition})
        itself: Any = self
        await read_folder(self.deps, itself, table, itself)

    async def keep(self, resources: Any, sender: str, historical: bool) -> None:
        """Record the resources; has the signature of `FhirIntake.keep`."""
        self.kept += resources

    async def report(self, trouble: str) -> None:
        """As `Progress` has it."""
        self.notes.append({"position": {}, "trouble": trouble})

    async def note(self, position: Part, **more: Any) -> None:
        """As `Progress` has it."""
        self.notes.append({"position": position.model_dump(), **more})

    def lying(self) -> list[str]:
        """Every path in the folder, except those below `.careloop`."""
        files = (path for path in self.folder.rglob("*") if not path.is_dir() or path.is_symlink())
        names = (str(path.relative_to(self.folder)) for path in files)
        return sorted(name for name in names if not name.startswith(".careloop"))


def settle(path: Path) -> Path:
    """Set the modification time of a file into the past."""
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path
