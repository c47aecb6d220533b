"""Audit events that Kafka could not accept yet: one encrypted file each, on disk before the answer is sent."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

from shared.durable import create, put
from shared.sealing import KeyRing, LoadedKeys

log = logging.getLogger(__name__)
MAX_SPOOLED_FILES = 100_000
"""Maximum number of files: an hour of a busy desk without Kafka. Beyond that no data of persons is shown."""
_SUFFIX = ".sealed"


class Full(OSError):
    """The spool holds the maximum number of events."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} holds {MAX_SPOOLED_FILES} access events that Kafka has not taken")


class Spool:
    """One directory, shared by the processes of a service; `ring` has the key named `key`.

    Neither is used before it is needed, as most roles answer no requests.
    """

    def __init__(self, folder: Path, key: str, ring: KeyRing) -> None:
        self._folder, self._key, self._ring = folder, key, ring
        self._keys: LoadedKeys | None = None
        self._count = 0

    async def open(self) -> LoadedKeys:
        """The key, after creating it and the directory. Raises OSError."""
        if self._keys is None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._keys = await self._ring.load([self._key], create=True)
            self._count = len(list(self._waiting()))
        return self._keys

    async def add(self, id: str, value: bytes) -> None:
        """Keep an event; it is on disk on return. Raises OSError."""
        keys = await self.open()
        if self._count >= MAX_SPOOLED_FILES:
            raise Full(self._folder)
        ciphertext = keys.seal(self._key, value, id)
        if ciphertext is None:
            raise OSError(f"the key {self._key} was destroyed")
        await asyncio.to_thread(self._write, id, ciphertext.encode())
        self._count += 1

    async def oldest(self, most: int = 500) -> list[tuple[str, bytes]]:
        """Ids and bytes of the oldest events; a file that was altered is renamed to `.altered`."""
        if not self._folder.is_dir():
            return []
        return await asyncio.to_thread(self._read, await self.open(), most)

    def _read(self, keys: LoadedKeys, most: int) -> list[tuple[str, bytes]]:
        waiting = sorted(self._waiting(), key=_written)[:most]
        return [opened for path in waiting if (opened := self._opened(keys, path))]

    def _opened(self, keys: LoadedKeys, path: Path) -> tuple[str, bytes] | None:
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
        """Remove an event that Kafka has."""
        (self._folder / f"{id}{_SUFFIX}").unlink(missing_ok=True)
        self._count = max(0, self._count - 1)

    def _waiting(self) -> Iterator[Path]:
        return self._folder.glob(f"*{_SUFFIX}")

    def _write(self, id: str, ciphertext: bytes) -> None:
        begun = self._folder / f"{id}.begun"
        with create(begun) as file:
            file.write(ciphertext)
            put(file, begun, self._folder / f"{id}{_SUFFIX}")


def _written(path: Path) -> int:
    """When a file was written; 0 if another process of the service has removed it."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
