"""Where data keys live. The one store that is not rebuilt from the log, because it must be able to forget.

A destroyed key leaves a tombstone, so the same id never gets a second key.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol


class KeyStore(Protocol):
    """Wrapped data keys by id."""

    async def get(self, ids: Iterable[str]) -> dict[str, bytes | None]:
        """The wrapped keys that exist; None marks a destroyed one."""

    async def add(self, keys: dict[str, bytes]) -> None:
        """Keep these wrapped keys unless their ids are taken."""

    async def destroy(self, ids: Iterable[str]) -> int:
        """Forget these keys for ever; returns how many were there to forget."""

    def close(self) -> None:
        """Let go of what is held open."""


class LocalKeyStore:
    """One SQLite file, shared by the processes of one machine."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db, self._committed = (
            sqlite3.connect(file, timeout=10, isolation_level=None, check_same_thread=False) for _ in range(2)
        )
        self._lock, self._turn = asyncio.Lock(), threading.Lock()
        self._adding: dict[str, bytes] = {}
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, wrapped BLOB)")

    async def get(self, ids: Iterable[str]) -> dict[str, bytes | None]:
        """See `KeyStore`. A connection of its own sees only what is durable: nothing may be sealed under less."""
        wanted, found = list(ids), {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            query = f"SELECT id, wrapped FROM keys WHERE id IN ({','.join('?' * len(part))})"  # noqa: S608 only marks
            found.update(dict(self._committed.execute(query, part).fetchall()))
        return found

    async def add(self, keys: dict[str, bytes]) -> None:
        """See `KeyStore`. What others add meanwhile shares one write: each waits for the disk."""
        self._adding = {**keys, **self._adding}
        async with self._lock:
            batch, self._adding = self._adding, {}
            try:
                await self._write(("INSERT OR IGNORE INTO keys (id, wrapped) VALUES (?, ?)", list(batch.items())))
            except BaseException:  # whoever waits for the lock writes them
                self._adding = {**batch, **self._adding}
                raise

    async def destroy(self, ids: Iterable[str]) -> int:
        """See `KeyStore`. The log is checkpointed, so that the old page does not survive in it."""
        rows = [(key,) for key in ids]
        forget = ("UPDATE keys SET wrapped = NULL WHERE id = ? AND wrapped IS NOT NULL", rows)
        mark = ("INSERT OR IGNORE INTO keys (id, wrapped) VALUES (?, NULL)", rows)
        async with self._lock:
            known = await self._write(forget, mark)
            await asyncio.to_thread(self._truncate)
        return known

    async def _write(self, *writes: tuple[str, list[Any]]) -> int:
        return await asyncio.to_thread(self._commit, *writes) if writes[0][1] else 0

    def _commit(self, *writes: tuple[str, list[Any]]) -> int:
        """One transaction; how many rows the first statement changed."""
        with self._turn:  # a caller that was cancelled leaves its thread at work
            self._db.execute("BEGIN IMMEDIATE")
            try:
                changed = [self._db.executemany(statement, rows).rowcount for statement, rows in writes]
                self._db.execute("COMMIT")
                return changed[0]
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _truncate(self) -> None:
        with self._turn:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file: the last process to do so leaves it whole, without a `-wal` beside it."""
        self._committed.close()
        self._db.close()
