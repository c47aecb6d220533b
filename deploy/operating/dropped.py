"""The drop folder: its encrypted files for `careloop his`, its permissions for `doctor`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.his_adapter.pulling.tables.places import DONE, FAILED
from services.his_adapter.pulling.tables.rights import warnings
from services.his_adapter.pulling.tables.sealed import SUFFIX
from services.his_adapter.pulling.tables.tidying import clear, tables
from services.his_adapter.pulling.tables.unsealing import Unsealable, known_of
from services.his_adapter.settings import HisSettings
from shared.sealing import KeyRing, LostKey


class NoSuchFile(Exception):
    """No encrypted file has this id; the text says how to find the right one."""


def sealed_files(settings: HisSettings) -> Iterator[Path]:
    """Yield every encrypted file, table by table."""
    for folder in tables(settings.drop_dir):
        for where in (DONE, FAILED):
            yield from sorted((folder / where).glob(f"*{SUFFIX}"))


def id_of(path: Path) -> str:
    """Return the id of a file: `<table>/<folder>/<name>`, such as `stays/done/3f2a90c1d4e5`."""
    return f"{path.parent.parent.name}/{path.parent.name}/{path.name.removesuffix(SUFFIX)}"


def pick(settings: HisSettings, id: str) -> Path:
    """Return the one file whose id, or the last part of it, is `id`. Raises `NoSuchFile` for none or several."""
    matches = [path for path in sealed_files(settings) if id in (id_of(path), id_of(path).rpartition("/")[2])]
    if len(matches) != 1:
        count = "several sealed files are" if matches else "no sealed file is"
        raise NoSuchFile(f"{count} {id!r}: see `careloop his files`")
    return matches[0]


async def listed(settings: HisSettings, ring: KeyRing) -> list[dict[str, Any]]:
    """Return each encrypted file: id, original name, when it was encrypted and until when it is kept (ISO 8601).

    `reason` says why a file was refused, or why its details cannot be decrypted.
    """
    rows = []
    for path in sealed_files(settings):
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        try:
            details = await known_of(ring, path)
        except (Unsealable, LostKey) as error:
            details = {"name": "", "reason": str(error)}
        until = at + timedelta(days=settings.drop.keep_days)
        fields = {"name": details.get("name", ""), "reason": details.get("reason", "")}
        rows.append({"id": id_of(path), **fields, "sealed": at.isoformat(), "until": until.isoformat()})
    return rows


def faults(settings: HisSettings) -> list[str]:
    """Return one sentence for each fault: wrong permissions, files that are not encrypted."""
    sentences = list[str]()
    for folder in tables(settings.drop_dir):
        sentences += warnings(folder.parent, folder.name, settings.drop)
        if plain := sum(len(clear(folder / where)) for where in (DONE, FAILED)):
            sentences.append(f"{plain} files in {folder} lie in clear: the next start of the puller seals them")
    return list(dict.fromkeys(sentences))
