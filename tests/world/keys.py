"""A key store in memory, for worlds: what `LocalKeyStore` promises, without a file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from shared.keystore import NUMBER, Exchange, Residue, Term, Tie, Wrapped


class MemoryKeys:
    """Wrapped data keys by id; None marks a destroyed one."""

    def __init__(self) -> None:
        self._keys: dict[str, Wrapped | None] = {}
        self._ties: set[Tie] = set()
        self._terms: dict[str, Term] = {}

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """See `KeyStore`."""
        return {id: self._keys[id] for id in ids if id in self._keys}

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """See `KeyStore`."""
        self._keys = {**keys, **self._keys}

    async def destroy(self, ids: Iterable[str]) -> int:
        """See `KeyStore`."""
        wanted = list(ids)
        count = sum(self._keys.get(id) is not None for id in wanted)
        self._keys.update(dict.fromkeys(wanted))
        self._ties = {tie for tie in self._ties if tie.key not in wanted}
        self._terms = {key: term for key, term in self._terms.items() if key not in wanted}
        return count

    async def tie(self, ties: Iterable[Tie], terms: Iterable[Term] = ()) -> None:
        """See `KeyStore`."""
        self._ties |= set(ties)
        self._terms = {term.key: term for term in terms} | self._terms

    async def untie(self, ties: Iterable[Tie]) -> None:
        """See `KeyStore`."""
        self._ties -= set(ties)

    async def ties_of(self, keys: Iterable[str]) -> set[Tie]:
        """See `KeyStore`."""
        wanted = set(keys)
        return {tie for tie in self._ties if tie.key in wanted}

    async def extend(self, untils: Mapping[str, int], begin: bool = False) -> None:
        """See `KeyStore`."""
        for id, until in untils.items():
            key = self._keys.get(id)
            if key and (key.until is None if begin else key.until is not None and key.until < until):
                self._keys[id] = key._replace(until=until)

    async def hold(self, ids: Iterable[str]) -> None:
        """See `KeyStore`."""
        self._keys |= {id: key._replace(until=None) for id in ids if (key := self._keys.get(id))}

    async def tied(self, identities: Iterable[str]) -> set[str]:
        """See `KeyStore`."""
        wanted = set(identities)
        return {tie.key for tie in self._ties if tie.identity in wanted}

    async def stranded(self) -> set[str]:
        """See `KeyStore`."""
        return {tie.key for tie in self._ties if self._keys.get(tie.identity, "never") is None}

    async def ended(self, now: int) -> list[Term]:
        """See `KeyStore`."""
        return [term for term in self._free() if term.until <= now]

    async def residue(self) -> list[Residue]:
        """See `KeyStore`."""
        kinds: dict[str, list[Term]] = {}
        for term in self._free():
            kinds.setdefault(term.kind, []).append(term)
        return [Residue(kind, len(terms), max(t.until for t in terms)) for kind, terms in sorted(kinds.items())]

    def _free(self) -> list[Term]:
        tied = {tie.key for tie in self._ties}
        numbers = [Term(id, NUMBER, key.until) for id, key in self._keys.items() if key and key.until is not None]
        return [*(term for term in self._terms.values() if term.key not in tied), *numbers]

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """See `KeyStore`."""
        old = [(id, key) for id, key in sorted(self._keys.items()) if id > after and key and key.kid != kid]
        return old[:most]

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """See `KeyStore`."""
        standing = {
            id: new._replace(until=key.until)
            for id, old, new in exchanges
            if (key := self._keys[id]) and key.key == old.key
        }
        self._keys |= standing
        return len(standing)

    async def counts(self) -> dict[str | None, int]:
        """See `KeyStore`."""
        return {None: 0, **Counter(key.kid if key else None for key in self._keys.values())}

    def close(self) -> None:
        """Do nothing: no file is open."""
