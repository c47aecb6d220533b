"""Where data keys live. The one store that is not rebuilt from the log, because it must be able to forget.

A destroyed key leaves a tombstone, so the same id never gets a second key.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol


class Wrapped(NamedTuple):
    """A data key as it is stored; `kid` names the master that wrapped it, "" where an earlier release did."""

    key: bytes
    kid: str = ""


Exchange = tuple[str, Wrapped, Wrapped]
"""An id, what was read under it, what shall stand there."""


class KeyStore(Protocol):
    """Wrapped data keys by id."""

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """The wrapped keys that exist; None marks a destroyed one."""

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """Keep these wrapped keys unless their ids are taken."""

    async def destroy(self, ids: Iterable[str]) -> int:
        """Forget these keys for ever; returns how many were there to forget."""

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """Living keys that another master than `kid` wrapped: the first `most` of those whose ids follow `after`."""

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """Put a key in place of what was read where that still stands; how many were exchanged."""

    async def counts(self) -> dict[str | None, int]:
        """How many keys each master wrapped, by kid; under None the destroyed ones."""

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
        self._adding: dict[str, Wrapped] = {}
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA secure_delete=ON")
        self._db.execute("CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, wrapped BLOB, kid TEXT)")
        if not self._has_kids():
            self._add_kids()

    def _has_kids(self) -> bool:
        return any(name == "kid" for _, name, *_ in self._db.execute("PRAGMA table_info(keys)"))

    def _add_kids(self) -> None:
        """A file of an earlier release, which may go on using it: it names its columns. Two may get here at once."""
        self._db.execute("BEGIN IMMEDIATE")
        if not self._has_kids():
            self._db.execute("ALTER TABLE keys ADD COLUMN kid TEXT")
        self._db.execute("COMMIT")

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """See `KeyStore`. A connection of its own sees only what is durable: nothing may be sealed under less."""
        wanted, keys = list(ids), dict[str, Wrapped | None]()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            query = f"SELECT id, wrapped, kid FROM keys WHERE id IN ({','.join('?' * len(part))})"  # noqa: S608 only marks
            rows = self._committed.execute(query, part).fetchall()
            keys |= {id: None if key is None else Wrapped(key, kid or "") for id, key, kid in rows}
        return keys

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """See `KeyStore`. What others add meanwhile shares one write: each waits for the disk."""
        self._adding = {**keys, **self._adding}
        async with self._lock:
            batch, self._adding = self._adding, {}
            try:
                rows = [(id, *wrapped) for id, wrapped in batch.items()]
                await self._write(("INSERT OR IGNORE INTO keys (id, wrapped, kid) VALUES (?, ?, ?)", rows))
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

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """See `KeyStore`."""
        where = "id > ? AND wrapped IS NOT NULL AND kid IS NOT ?"
        query = f"SELECT id, wrapped, kid FROM keys WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608 only marks
        rows = self._committed.execute(query, (after, kid, most)).fetchall()
        return [(id, Wrapped(key, stored or "")) for id, key, stored in rows]

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """See `KeyStore`. What the former master wrapped does not survive in the write-ahead log either."""
        rows = [(*new, id, old.key) for id, old, new in exchanges]
        async with self._lock:
            exchanged = await self._write(("UPDATE keys SET wrapped = ?, kid = ? WHERE id = ? AND wrapped = ?", rows))
            await asyncio.to_thread(self._truncate)
        return exchanged

    async def counts(self) -> dict[str | None, int]:
        """See `KeyStore`."""
        living = "SELECT ifnull(kid, ''), count(*) FROM keys WHERE wrapped IS NOT NULL GROUP BY 1"
        destroyed = "SELECT NULL, count(*) FROM keys WHERE wrapped IS NULL"
        return dict(self._committed.execute(f"{living} UNION ALL {destroyed}"))

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
