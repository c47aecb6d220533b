"""Encryption of personal fields: one AES-256-GCM ciphertext per message with the data key of its identity.

Data keys are wrapped with the master key (`shared/masters.py`) and kept in the key store. Destroying a key erases its
person from every topic at once: decryption then yields None for every personal field.
"""

import base64
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from shared import ciphers
from shared.ciphers import DataKey
from shared.keystore import NUMBER, KeyStore, Residue, Term, Tie, Wrapped
from shared.masters import Masters
from shared.settings import Keys

TERM = timedelta(days=Keys.model_fields["unowned_days"].default)
"""How long keys without a known owner are kept where no setting says otherwise."""
Since = datetime | None
NOBODY: Mapping[str, Since] = MappingProxyType({})
_MANY = 20_000


class LostKey(Exception):
    """A ciphertext whose key the store never had: lost, not erased. Continuing would show the person as erased."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the key store never had key {key}, under which this log sealed something: "
            "restore the key store that belongs to this log"
        )


@dataclass(frozen=True, slots=True)
class LoadedKeys:
    """The keys for one piece of work, as they were when it loaded them.

    Immutable: what others load, evict or destroy meanwhile does not change it.
    """

    _ciphers: Mapping[str, DataKey | None]
    _current: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: "LoadedKeys") -> "LoadedKeys":
        return LoadedKeys({**self._ciphers, **other._ciphers}, {**self._current, **other._current})

    def __contains__(self, key: object) -> bool:
        return key in self._ciphers

    def knows(self, key: str) -> bool:
        """Whether a key exists and was not destroyed."""
        return self._ciphers.get(key) is not None

    def usable(self) -> list[str]:
        """The keys that can decrypt."""
        return [key for key, cipher in self._ciphers.items() if cipher]

    def of(self, identity: str) -> str:
        """The id of the key to encrypt with: the current key version if one was loaded, else the identity's own."""
        return self._current.get(identity, identity)

    def seal(self, key: str, clear: bytes, context: str) -> str | None:
        """The ciphertext in base64; None if the key was destroyed. `context` is authenticated, not encrypted."""
        cipher = self._ciphers[key]
        if cipher is None:
            return None
        return base64.b64encode(cipher.seal(clear, context.encode())).decode()

    def open(self, key: str, ciphertext: str, context: str) -> bytes | None:
        """The cleartext; None if the key was destroyed.

        Raises ValueError for a ciphertext that was altered, `LostKey` if the key never existed.
        """
        if key not in self._ciphers:
            raise LostKey(key)
        cipher = self._ciphers[key]
        if cipher is None:
            return None
        try:
            return cipher.open(base64.b64decode(ciphertext), context.encode())
        except ValueError as error:
            raise ValueError("`data.sealed` does not open with its key: the record was altered") from error


def identity_of(key: str) -> str:
    """The identity of a key, without its version."""
    return _parted(key)[0]


def version_of(key: str) -> int:
    """The version of a key: 0 for `k`, 1 for `k~1` and so on."""
    return _parted(key)[1]


def _next_version(key: str) -> str:
    return f"{identity_of(key)}~{version_of(key) + 1}"


def _parted(key: str) -> tuple[str, int]:
    identity, tilde, version = key.rpartition("~")
    return (identity, int(version)) if tilde and version.isdecimal() else (key, 0)


class KeyRing:
    """A cache of data keys. Reads trust it for `ttl` seconds: an erasure is noticed within that time.

    Writes ask the store each time, once per batch. So work that begins after a key was destroyed, by whatever process,
    never encrypts with it; work that was in progress counts as before the erasure and is erased with it.
    """

    def __init__(
        self,
        store: KeyStore,
        master: bytes,
        ttl: float = 5.0,
        *,
        former: Sequence[bytes] = (),
        term: timedelta = TERM,
    ) -> None:
        self._store, self.masters, self._ttl, self._term = store, Masters(master, former), ttl, term
        self._cached: dict[str, tuple[float, DataKey | None]] = {}

    async def load(
        self, ids: Iterable[str], create: bool = False, ask: bool = False, numbers: Mapping[str, Since] = NOBODY
    ) -> LoadedKeys:
        """The keys of `ids`. `create`: for writing; the store is asked, and keys that never existed are created.

        `ask`: ask the store too, for deciders. `numbers`: see `usable`.
        """
        wanted, now = set(ids), time.monotonic()
        keys = {key: self._cached[key][1] for key in wanted if self._trusts(key, now, create or ask)}
        unknown = wanted - keys.keys()
        if unknown:
            stored = await self._store.get(unknown)
            if create and (missing := unknown - stored.keys()):
                await self._store.add({key: self._fresh(numbers.get(key)) for key in missing})
                stored |= await self._store.get(missing)
            if dated := {key: has.until for key in numbers if (has := stored.get(key)) and has.until is not None}:
                await self._date(dated, numbers)
            keys |= self._keep(stored, now)
        return LoadedKeys(keys)

    def _fresh(self, since: Since) -> Wrapped:
        return self.masters.wrap(ciphers.fresh())._replace(until=None if since is None else self._until(since))

    def _until(self, since: datetime) -> int:
        return int((since + self._term).timestamp())

    async def _date(self, dated: Mapping[str, int], numbers: Mapping[str, Since]) -> None:
        """Update the terms of keys: none if a record has the number, extended if more than half is over."""
        held, half = [key for key in dated if numbers[key] is None], int(self._term.total_seconds()) // 2
        untils = {key: self._until(since) for key in dated if (since := numbers[key])}
        if extensions := {key: until for key, until in untils.items() if dated[key] + half < until}:
            await self._store.extend(extensions)
        if held:
            await self._store.hold(held)

    async def current(self, ids: Iterable[str], numbers: Mapping[str, Since] = NOBODY) -> LoadedKeys:
        """For writing about identities that may come back: the key `k`, or `k~1`, `k~2` … after erasures.

        `numbers`: numbers that possibly no record has, each with the time of what is written; their keys last for at
        least half a term more. None: a record has the number from now on. A key without a term belongs to a number that
        a record has, and stays so.
        """
        keys, versions, waiting, version = LoadedKeys({}), dict[str, str](), {id: id for id in ids}, 0
        while waiting:
            dates = {key: numbers[id] for id, key in waiting.items() if id in numbers}
            keys |= await self.load(waiting.values(), create=True, numbers=dates)
            versions |= {id: key for id, key in waiting.items() if keys.knows(key)}
            version += 1
            waiting = {id: f"{id}~{version}" for id in waiting if id not in versions}
        return keys | LoadedKeys({}, versions)

    def _trusts(self, key: str, now: float, writing: bool) -> bool:
        """Whether the store need not be asked: a destroyed key stays destroyed, others are trusted for `ttl`."""
        at, cipher = self._cached.get(key, (now, None))
        return key in self._cached and (cipher is None or (not writing and now - at <= self._ttl))

    def _keep(self, stored: Mapping[str, Wrapped | None], now: float) -> dict[str, DataKey | None]:
        keys = {key: self._cipher(key, wrapped) for key, wrapped in stored.items()}
        if len(self._cached) > _MANY:
            self._cached = {key: cached for key, cached in self._cached.items() if now - cached[0] <= self._ttl}
        self._cached |= {key: (now, cipher) for key, cipher in keys.items()}
        return keys

    def _cipher(self, key: str, wrapped: Wrapped | None) -> DataKey | None:
        """An id never gets a second key, so a cached cipher is the stored one unless the key was destroyed."""
        if wrapped is None:
            return None
        return self._cached[key][1] if key in self._cached else DataKey(self.masters.unwrap(wrapped))

    async def outgrown(self, id: str) -> bool:
        """Whether a key was wrapped with a longer master key than the current one."""
        wrapped = (await self._store.get([id])).get(id)
        return wrapped is not None and self.masters.outgrown(wrapped)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    async def still(self, keys: LoadedKeys) -> bool:
        """Whether none of these keys was destroyed since they were loaded."""
        usable = keys.usable()
        current = await self.load(usable, ask=True)
        return all(map(current.knows, usable))

    def term(self, key: str, kind: str, since: datetime) -> Term:
        """The term of a key without a known owner."""
        return Term(key, kind, self._until(since))

    async def tie(self, ties: Iterable[Tie], terms: Iterable[Term] = ()) -> None:
        """Store ties and terms."""
        ties, terms = list(ties), list(terms)
        if ties or terms:
            await self._store.tie(ties, terms)

    async def destroy(self, ids: Iterable[str]) -> int:
        """Destroy keys and all that are tied to them; returns how many existed."""
        wanted, destroyed, count = set(ids), set[str](), 0
        while wanted:
            count += await self._store.destroy(wanted)
            self._cached |= {key: (time.monotonic(), None) for key in wanted}
            destroyed |= wanted
            wanted = await self._store.tied(wanted) - destroyed
        return count

    async def tidy(self, ended: Sequence[Term]) -> int:
        """Destroy keys tied to destroyed ones, and those whose terms `ended`; returns how many existed."""
        await self._hand_over({term.key for term in ended if term.kind == NUMBER})
        return await self.destroy(await self._store.stranded() | {term.key for term in ended})

    async def _hand_over(self, numbers: set[str]) -> None:
        """Keys that other identities hold too survive the end of a number's term: tie them to its next key version."""
        ties = await self._store.ties_of(await self._store.tied(numbers))
        others = await self._store.get({tie.identity for tie in ties} - numbers)
        theirs = {tie.key for tie in ties if others.get(tie.identity)}
        moving = [tie for tie in ties if tie.identity in numbers and tie.key in theirs]
        await self.tie([Tie(_next_version(tie.identity), tie.key) for tie in moving])
        await self._store.untie(moving)

    async def begin(self, numbers: Iterable[str], since: datetime) -> int:
        """Give keys of numbers without a record terms if they have none (older logs); returns how many."""
        stored = await self._store.get(await self.versions(numbers))
        without = [key for key, wrapped in stored.items() if wrapped and wrapped.until is None]
        await self._store.extend(dict.fromkeys(without, self._until(since)), begin=True)
        return len(without)

    async def ended(self, now: datetime) -> list[Term]:
        """The terms that ended by `now`."""
        return await self._store.ended(int(now.timestamp()))

    async def stranded(self) -> int:
        """How many keys still decrypt data of somebody whose own key is destroyed."""
        return len(await self._store.stranded())

    async def residue(self) -> list[Residue]:
        """Keys that no erasure reaches, by kind, and until when they are kept."""
        return await self._store.residue()

    async def versions(self, ids: Iterable[str]) -> dict[str, bool]:
        """Every key version of these identities, and whether it still decrypts. The store is asked each time."""
        versions: dict[str, bool] = {}
        asked, version = list(ids), 0
        while asked:
            stored = await self._store.get(asked)
            versions |= {key: wrapped is not None for key, wrapped in stored.items()}
            version += 1
            asked = [f"{identity_of(key)}~{version}" for key in stored]
        return versions
