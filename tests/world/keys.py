"""A key store in memory, for worlds: what `LocalKeyStore` promises, without a file."""

from collections import Counter
from collections.abc import Iterable, Sequence

from shared.keystore import Exchange, Wrapped


class MemoryKeys:
    """Wrapped data keys by id; None marks a destroyed one."""

    def __init__(self) -> None:
        self._keys: dict[str, Wrapped | None] = {}

    async def get(self, ids: Iterable[str]) -> dict[str, Wrapped | None]:
        """See `KeyStore`."""
        return {id: self._keys[id] for id in ids if id in self._keys}

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """See `KeyStore`."""
        self._keys = {**keys, **self._keys}

    async def destroy(self, ids: Iterable[str]) -> int:
        """See `KeyStore`."""
        wanted = list(ids)
        known = sum(self._keys.get(id) is not None for id in wanted)
        self._keys.update(dict.fromkeys(wanted))
        return known

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """See `KeyStore`."""
        old = [(id, key) for id, key in sorted(self._keys.items()) if id > after and key and key.kid != kid]
        return old[:most]

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """See `KeyStore`."""
        standing = {id: new for id, old, new in exchanges if (key := self._keys[id]) and key.key == old.key}
        self._keys |= standing
        return len(standing)

    async def counts(self) -> dict[str | None, int]:
        """See `KeyStore`."""
        return {None: 0, **Counter(key.kid if key else None for key in self._keys.values())}

    def close(self) -> None:
        """Nothing is open."""
