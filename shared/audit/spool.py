"""Access events that Kafka could not take yet: a sealed file each, on disk before the answer leaves."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

from shared.durable import create, put
from shared.sealing import KeyRing, Keys

log = logging.getLogger(__name__)
MOST = 100_000
"""Files: an hour of a busy desk without Kafka. Past that nothing more is told of people."""
_SUFFIX = ".sealed"


class Full(OSError):
    """There are as many as there may be."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds {MOST} access events that Kafka has not taken")


class Spool:
    """One folder, shared by the processes of a service; `ring` gives the key named `key`.

    Neither is touched before it is needed: most roles answer nobody.
    """

    def __init__(self, folder: Path, key: str, ring: KeyRing) -> None:
        self._folder, self._key, self._ring = folder, key, ring
        self._keys: Keys | None = None
        self._count = 0

    async def open(self) -> Keys:
        """The key, when it and the folder are there. Raises OSError."""
        if self._keys is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._keys = await self._ring.load([self._key], create=True)
            self._count = len(list(self._waiting()))
        return self._keys

    async def add(self, id: str, value: bytes) -> None:
        """Keep an event; on disk when this returns. Raises OSError."""
        keys = await self.open()
        if self._count >= MOST:
            raise Full(self._folder)
        box = keys.seal(self._key, value, id)
        if box is None:
            raise OSError(f"the key {self._key} was destroyed")
        await asyncio.to_thread(self._write, id, box.encode())
        self._count += 1

    async def oldest(self, most: int = 500) -> list[tuple[str, bytes]]:
        """The id and the bytes of those that wait longest; a file that was altered is set aside as `.altered`."""
        if not self._folder.is_dir():
            return []
        return await asyncio.to_thread(self._read, await self.open(), most)

    def _read(self, keys: Keys, most: int) -> list[tuple[str, bytes]]:
        waiting = sorted(self._waiting(), key=_written)[:most]
        return [opened for path in waiting if (opened := self._opened(keys, path))]

    def _opened(self, keys: Keys, path: Path) -> tuple[str, bytes] | None:
        id = path.name.removesuffix(_SUFFIX)
        try:
            value = keys.open(self._key, path.read_text(), id)
        except FileNotFoundError:  # another process of the service was faster
            return None
        except PermissionError:
            log.warning("%s is another user's: it waits for them", path)
            return None
        except ValueError:
            log.error("%s does not open: it was altered", path)
            path.rename(path.with_suffix(".altered"))
            return None
        return (id, value) if value is not None else None

    def taken(self, id: str) -> None:
        """Kafka has it."""
        (self._folder / f"{id}{_SUFFIX}").unlink(missing_ok=True)
        self._count = max(0, self._count - 1)

    def _waiting(self) -> Iterator[Path]:
        return self._folder.glob(f"*{_SUFFIX}")

    def _write(self, id: str, box: bytes) -> None:
        begun = self._folder / f"{id}.begun"
        with create(begun) as file:
            file.write(box)
            put(file, begun, self._folder / f"{id}{_SUFFIX}")


def _written(path: Path) -> int:
    """When a file was written; 0 where another process of the service was faster."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
