"""What lies in the drop folder: the sealed files for whoever must look at one, its rights for `doctor`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.settings import AllSettings
from services.his_adapter.formats.tables.places import DONE, FAILED
from services.his_adapter.formats.tables.rights import warnings
from services.his_adapter.formats.tables.sealed import SUFFIX
from services.his_adapter.formats.tables.tidying import clear, tables
from services.his_adapter.formats.tables.unsealing import Unsealable, known_of
from shared.sealing import KeyRing, LostKey


class NoSuchFile(Exception):
    """The text says how to find the right id."""


def sealed_files(settings: AllSettings) -> Iterator[Path]:
    """Every sealed file, by table."""
    for folder in tables(settings.drop_dir):
        for where in (DONE, FAILED):
            yield from sorted((folder / where).glob(f"*{SUFFIX}"))


def id_of(path: Path) -> str:
    """`stays/done/3f2a90c1d4e5`."""
    return f"{path.parent.parent.name}/{path.parent.name}/{path.name.removesuffix(SUFFIX)}"


def pick(settings: AllSettings, id: str) -> Path:
    """The sealed file with this id, or whose last part it is. Raises `NoSuchFile`."""
    found = [path for path in sealed_files(settings) if id in (id_of(path), id_of(path).rpartition("/")[2])]
    if len(found) != 1:
        count = "several sealed files are" if found else "no sealed file is"
        raise NoSuchFile(f"{count} {id!r}: see `careloop his files`")
    return found[0]


async def listed(settings: AllSettings, ring: KeyRing) -> list[dict[str, Any]]:
    """Each sealed file: its id, its name as it came, when it was sealed and until when it is kept."""
    rows = []
    for path in sealed_files(settings):
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        try:
            known = await known_of(ring, path)
        except (Unsealable, LostKey) as error:
            known = {"name": "", "reason": str(error)}
        until = at + timedelta(days=settings.drop.keep_days)
        told = {"name": known.get("name", ""), "reason": known.get("reason", "")}
        rows.append({"id": id_of(path), **told, "sealed": at.isoformat(), "until": until.isoformat()})
    return rows


def faults(settings: AllSettings) -> list[str]:
    """What is wrong with the drop folder as it lies there."""
    told = list[str]()
    for folder in tables(settings.drop_dir):
        told += warnings(folder.parent, folder.name, settings.drop)
        if left := sum(len(clear(folder / where)) for where in (DONE, FAILED)):
            told.append(f"{left} files in {folder} lie in clear: the next start of the puller seals them")
    return list(dict.fromkeys(told))
