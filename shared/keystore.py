"""Storage of data keys: the one store that is not rebuilt from the log, as it must be able to forget.

A destroyed key leaves a tombstone, so an id never gets a second key. Besides keys it stores ties (an erasure that
destroys one key destroys another with it) and terms (until when a key without known owner is kept). The term of a
number that no record has is stored with its key.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from shared import keytables as sql
from shared.keytables import NUMBER as NUMBER


class Wrapped(NamedTuple):
    """A stored data key. `kid`: the master key that wrapped it; "" if an earlier release did.

    `until` (seconds since 1970): end of the term of a number that no record has; None if a record has it.
    """

    key: bytes
    kid: str = ""
    until: int | None = None


Exchange = tuple[str, Wrapped, Wrapped]
"""An id, the wrapped key that was read, and the one that shall replace it."""


class Tie(NamedTuple):
    """`key` is destroyed with the key of `identity`."""

    identity: str
    key: str


class Term(NamedTuple):
    """`key` is destroyed at `until` (seconds since 1970), unless it is tied to an identity by then.

    `kind`: what it encrypts, for counting.
    """

    key: str
    kind: str
    until: int


@dataclass(frozen=True, slots=True)
class Residue:
    """Number of keys of a kind that have a term and no tie; the last of them ends at `until`."""

    kind: str
    count: int
    until: int


class KeyStore(Protocol):
    """Wrapped data keys by id."""

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """The wrapped keys that exist; None marks a destroyed one."""

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """Store wrapped keys, except for ids that have one."""

    async def destroy(self, ids: Iterable[str]) -> int:
        """Destroy keys with their ties and terms; returns how many existed."""

    async def tie(self, ties: Iterable[Tie], terms: Iterable[Term] = ()) -> None:
        """Store ties and terms; existing ones stay: a key keeps its first term."""

    async def untie(self, ties: Iterable[Tie]) -> None:
        """Remove ties."""

    async def tied(self, identities: Iterable[str]) -> set[str]:
        """The keys that are tied to any of these identities."""

    async def ties_of(self, keys: Iterable[str]) -> set[Tie]:
        """All ties of these keys."""

    async def extend(self, untils: Mapping[str, int], begin: bool = False) -> None:
        """Extend terms of numbers, never shorten them; with `begin` only keys without a term get one."""

    async def hold(self, ids: Iterable[str]) -> None:
        """Remove the terms of these numbers: a record has them."""

    async def stranded(self) -> set[str]:
        """Keys that are tied to an identity whose key is destroyed."""

    async def ended(self, now: int) -> list[Term]:
        """Terms that ended by `now`: of keys without ties, and of numbers."""

    async def residue(self) -> list[Residue]:
        """Keys with a term and without ties, and numbers that no record has, by kind."""

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """Existing keys that another master key than `kid` wrapped: the first `most` with ids after `after`."""

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """Replace keys that are still as they were read; returns how many were replaced."""

    async def counts(self) -> dict[str | None, int]:
        """Number of keys by the kid of their master key; under None the destroyed ones."""

    def close(self) -> None:
        """Close connections."""


class LocalKeyStore:
    """One SQLite file, shared by the processes of one machine."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db, self._committed, self._counting = (
            sqlite3.connect(file, timeout=10, isolation_level=None, check_same_thread=False) for _ in range(3)
        )
        self._lock, self._turn, self._count = asyncio.Lock(), threading.Lock(), threading.Lock()
        self._adding: dict[str, dict[Any, tuple[Any, ...]]] = {}
        self._asked_for = self._done = 0
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA secure_delete=ON")
        for table in sql.TABLES:
            self._db.execute(table)
        if self._missing():
            self._grow()
        self._db.execute(sql.UNHELD)

    def _missing(self) -> list[str]:
        has = {name for _, name, *_ in self._db.execute("PRAGMA table_info(keys)")}
        return [name for name in sql.LATER if name not in has]

    def _grow(self) -> None:
        """Add missing columns to a file of an earlier release, which can still use it. Two processes may do so."""
        self._db.execute("BEGIN IMMEDIATE")
        for name in self._missing():
            self._db.execute(f"ALTER TABLE keys ADD COLUMN {name} {sql.LATER[name]}")
        self._db.execute("COMMIT")

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """See `KeyStore`. Uses a connection that sees committed rows only: keys must be durable before use."""
        rows = self._asked("SELECT id, wrapped, kid, until FROM keys WHERE id", ids)
        return {id: None if key is None else Wrapped(key, kid or "", until) for id, key, kid, until in rows}

    def _asked(self, query: str, ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a query that ends with the column whose values are `ids`."""
        wanted = list(ids)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            yield from self._committed.execute(f"{query} IN ({','.join('?' * len(part))})", part).fetchall()

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """See `KeyStore`. Concurrent calls share one write, as each waits for the disk."""
        await self._together({sql.KEEP[0]: {id: (id, *wrapped) for id, wrapped in keys.items()}})

    async def _together(self, rows: dict[str, dict[Any, tuple[Any, ...]]]) -> None:
        """Insert rows by statement together with those of concurrent calls; of equal keys the first row stays."""
        self._adding = {statement: rows.get(statement, {}) | self._adding.get(statement, {}) for statement in sql.KEEP}
        self._asked_for = mine = self._asked_for + 1
        async with self._lock:
            if mine <= self._done:  # written with an earlier batch
                return
            upto, batch, self._adding = self._asked_for, self._adding, {}
            try:
                await self._write(*((statement, list(named.values())) for statement, named in batch.items() if named))
                self._done = upto
            except BaseException:  # the next caller that gets the lock writes them
                self._adding = {each: batch.get(each, {}) | self._adding.get(each, {}) for each in sql.KEEP}
                raise

    async def destroy(self, ids: Iterable[str]) -> int:
        """See `KeyStore`. The write-ahead log is truncated, so that the old page does not survive in it."""
        rows = [(key,) for key in ids]
        if not rows:
            return 0
        forget = ("UPDATE keys SET wrapped = NULL, until = NULL WHERE id = ? AND wrapped IS NOT NULL", rows)
        tombstones = ("INSERT OR IGNORE INTO keys (id, wrapped) VALUES (?, NULL)", rows)
        more = ("DELETE FROM ties WHERE key = ?", rows), ("DELETE FROM terms WHERE key = ?", rows)
        async with self._lock:
            destroyed = await self._write(forget, tombstones, *more)
            await asyncio.to_thread(self._truncate)
        return destroyed

    async def tie(self, ties: Iterable[Tie], terms: Iterable[Term] = ()) -> None:
        """See `KeyStore`."""
        await self._together(
            {sql.KEEP[1]: {each: each for each in ties}, sql.KEEP[2]: {each.key: each for each in terms}}
        )

    async def untie(self, ties: Iterable[Tie]) -> None:
        """See `KeyStore`."""
        await self._change("DELETE FROM ties WHERE identity = ? AND key = ?", [*ties])

    async def tied(self, identities: Iterable[str]) -> set[str]:
        """See `KeyStore`."""
        return {key for (key,) in self._asked("SELECT key FROM ties WHERE identity", identities)}

    async def ties_of(self, keys: Iterable[str]) -> set[Tie]:
        """See `KeyStore`."""
        return {Tie(*row) for row in self._asked("SELECT identity, key FROM ties WHERE key", keys)}

    async def extend(self, untils: Mapping[str, int], begin: bool = False) -> None:
        """See `KeyStore`."""
        await self._change(sql.BEGIN if begin else sql.EXTEND, [(until, id) for id, until in untils.items()])

    async def hold(self, ids: Iterable[str]) -> None:
        """See `KeyStore`."""
        await self._change(sql.HOLD, [(id,) for id in ids])

    async def stranded(self) -> set[str]:
        """See `KeyStore`."""
        return {key for (key,) in await asyncio.to_thread(self._counted, sql.STRANDED)}

    async def ended(self, now: int) -> list[Term]:
        """See `KeyStore`."""
        return [Term(*row) for row in await asyncio.to_thread(self._counted, sql.ENDED, now)]

    async def residue(self) -> list[Residue]:
        """See `KeyStore`."""
        return [Residue(*row) for row in await asyncio.to_thread(self._counted, sql.COUNTED)]

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """See `KeyStore`."""
        rows = await asyncio.to_thread(self._counted, sql.OUTDATED, after, kid, most)
        return [(id, Wrapped(key, stored or "")) for id, key, stored in rows]

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """See `KeyStore`. The write-ahead log is truncated too."""
        rows = [(new.key, new.kid, id, old.key) for id, old, new in exchanges]
        if not rows:
            return 0
        async with self._lock:
            exchanged = await self._write(("UPDATE keys SET wrapped = ?, kid = ? WHERE id = ? AND wrapped = ?", rows))
            await asyncio.to_thread(self._truncate)
        return exchanged

    async def counts(self) -> dict[str | None, int]:
        """See `KeyStore`."""
        return dict(await asyncio.to_thread(self._counted, sql.WRAPPED_BY))

    def _counted(self, query: str, *values: str | int) -> list[Any]:
        """Run a query that scans all keys, on a connection of its own."""
        with self._count:
            return self._counting.execute(query, values).fetchall()

    async def _change(self, statement: str, rows: list[Any]) -> None:
        if rows:
            async with self._lock:
                await self._write((statement, rows))

    async def _write(self, *writes: tuple[str, list[Any]]) -> int:
        return await asyncio.to_thread(self._commit, *writes) if writes else 0

    def _commit(self, *writes: tuple[str, list[Any]]) -> int:
        """Run one transaction; returns the number of rows that the first statement changed."""
        with self._turn:  # the thread of a cancelled caller may still run
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
        """Close the file; the last process to do so leaves no `-wal` file."""
        self._counting.close()
        self._committed.close()
        self._db.close()
