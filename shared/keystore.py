"""Where data keys live. The one store that is not rebuilt from the log, because it must be able to forget.

A destroyed key leaves a tombstone, so the same id never gets a second key. Beside the keys stand their ties (whose
erasure takes a key with it) and terms (until when a key is kept of which nobody knows whose it is). The key of a number
that no record holds has its term with itself: it is made with it, and read with it.
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
    """A data key as it is stored; `kid` names the master that wrapped it, "" where an earlier release did.

    `until` (seconds since 1970) is when the key of a number goes that no record holds; None where one does.
    """

    key: bytes
    kid: str = ""
    until: int | None = None


Exchange = tuple[str, Wrapped, Wrapped]
"""An id, what was read under it, what shall stand there."""


class Tie(NamedTuple):
    """The `key` goes when the key of `identity` is destroyed."""

    identity: str
    key: str


class Term(NamedTuple):
    """The `key` goes when the time `until` (seconds since 1970) is over, unless it is tied to somebody by then.

    `kind` says what it seals, for counting.
    """

    key: str
    kind: str
    until: int


@dataclass(frozen=True, slots=True)
class Residue:
    """So many keys of a kind have a term and are tied to nobody; the last of them goes at `until`."""

    kind: str
    count: int
    until: int


class KeyStore(Protocol):
    """Wrapped data keys by id."""

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """The wrapped keys that exist; None marks a destroyed one."""

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """Keep these wrapped keys unless their ids are taken."""

    async def destroy(self, ids: Iterable[str]) -> int:
        """Forget these keys for ever, their ties and terms too; returns how many were there to forget."""

    async def tie(self, ties: Iterable[Tie], terms: Iterable[Term] = ()) -> None:
        """Keep these, unless they are kept already: a key keeps its first term."""

    async def untie(self, ties: Iterable[Tie]) -> None:
        """Forget these."""

    async def tied(self, identities: Iterable[str]) -> set[str]:
        """The keys that are tied to any of these."""

    async def ties_of(self, keys: Iterable[str]) -> set[Tie]:
        """All ties of these keys."""

    async def extend(self, untils: Mapping[str, int], begin: bool = False) -> None:
        """Move the ends of numbers' terms on, never back; where they `begin`, only keys without a term get theirs."""

    async def hold(self, ids: Iterable[str]) -> None:
        """Take their terms from these numbers: a record holds them."""

    async def stranded(self) -> set[str]:
        """Keys that are tied to an identity whose key is destroyed."""

    async def ended(self, now: int) -> list[Term]:
        """The terms that were over at `now`: of keys that are tied to nobody, and of numbers."""

    async def residue(self) -> list[Residue]:
        """What has a term and is tied to nobody, and the numbers that no record holds, by kind."""

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
        """A file of an earlier release, which may go on using it: it names its columns. Two may get here at once."""
        self._db.execute("BEGIN IMMEDIATE")
        for name in self._missing():
            self._db.execute(f"ALTER TABLE keys ADD COLUMN {name} {sql.LATER[name]}")
        self._db.execute("COMMIT")

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """See `KeyStore`. A connection of its own sees only what is durable: nothing may be sealed under less."""
        rows = self._asked("SELECT id, wrapped, kid, until FROM keys WHERE id", ids)
        return {id: None if key is None else Wrapped(key, kid or "", until) for id, key, kid, until in rows}

    def _asked(self, query: str, ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a query that ends with the column whose values are `ids`."""
        wanted = list(ids)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            yield from self._committed.execute(f"{query} IN ({','.join('?' * len(part))})", part).fetchall()

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """See `KeyStore`. What others add meanwhile shares one write: each waits for the disk."""
        await self._together({sql.KEEP[0]: {id: (id, *wrapped) for id, wrapped in keys.items()}})

    async def _together(self, rows: dict[str, dict[Any, tuple[Any, ...]]]) -> None:
        """Keep rows by statement, of which the first of a name stays, with those that others add meanwhile."""
        self._adding = {statement: rows.get(statement, {}) | self._adding.get(statement, {}) for statement in sql.KEEP}
        self._asked_for = mine = self._asked_for + 1
        async with self._lock:
            if mine <= self._done:  # with others': what has come since waits for its own turn, and for company
                return
            upto, batch, self._adding = self._asked_for, self._adding, {}
            try:
                await self._write(*((statement, list(named.values())) for statement, named in batch.items() if named))
                self._done = upto
            except BaseException:  # whoever waits for the lock writes them
                self._adding = {each: batch.get(each, {}) | self._adding.get(each, {}) for each in sql.KEEP}
                raise

    async def destroy(self, ids: Iterable[str]) -> int:
        """See `KeyStore`. The log is checkpointed, so that the old page does not survive in it."""
        rows = [(key,) for key in ids]
        if not rows:
            return 0
        forget = ("UPDATE keys SET wrapped = NULL, until = NULL WHERE id = ? AND wrapped IS NOT NULL", rows)
        mark = ("INSERT OR IGNORE INTO keys (id, wrapped) VALUES (?, NULL)", rows)
        more = ("DELETE FROM ties WHERE key = ?", rows), ("DELETE FROM terms WHERE key = ?", rows)
        async with self._lock:
            known = await self._write(forget, mark, *more)
            await asyncio.to_thread(self._truncate)
        return known

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
        """See `KeyStore`. What the former master wrapped does not survive in the write-ahead log either."""
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
        """What takes as long as there are keys, beside all else."""
        with self._count:
            return self._counting.execute(query, values).fetchall()

    async def _change(self, statement: str, rows: list[Any]) -> None:
        if rows:
            async with self._lock:
                await self._write((statement, rows))

    async def _write(self, *writes: tuple[str, list[Any]]) -> int:
        return await asyncio.to_thread(self._commit, *writes) if writes else 0

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
        self._counting.close()
        self._committed.close()
        self._db.close()
