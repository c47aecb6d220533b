"""A key store in memory, for worlds: what `LocalKeyStore` promises, without a file."""

from collections.abc import Iterable


class MemoryKeys:
    """Wrapped data keys by id; None marks a destroyed one."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes | None] = {}

    async def get(self, ids: Iterable[str]) -> dict[str, bytes | None]:
        """See `KeyStore`."""
        return {id: self._keys[id] for id in ids if id in self._keys}

    async def add(self, keys: dict[str, bytes]) -> None:
        """See `KeyStore`."""
        self._keys = {**keys, **self._keys}

    async def destroy(self, ids: Iterable[str]) -> int:
        """See `KeyStore`."""
        wanted = list(ids)
        known = sum(self._keys.get(id) is not None for id in wanted)
        self._keys.update(dict.fromkeys(wanted))
        return known

    def close(self) -> None:
        """Nothing is open."""
