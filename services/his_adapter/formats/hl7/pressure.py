"""How much may be on its way in at once: who exceeds it is not read on, and TCP lets the sender wait."""

import asyncio


class InFlight:
    """Bytes that were read and not answered yet, by connection, the one that has waited longest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[object, int] = {}
        self._freed = asyncio.Event()

    async def room(self, connection: object) -> None:
        """Return once a connection may read on.

        The one that has held bytes for longest always may: otherwise many halves of frames would wait for each other.
        """
        while sum(self._held.values()) >= self._most and next(iter(self._held)) is not connection:
            await self._freed.wait()

    def hold(self, connection: object, count: int) -> None:
        """A connection now holds so many bytes."""
        freed = count < self._held.get(connection, 0)
        if count:
            self._held[connection] = count
        else:
            self._held.pop(connection, None)
        if freed:
            self._freed.set()
            self._freed = asyncio.Event()
