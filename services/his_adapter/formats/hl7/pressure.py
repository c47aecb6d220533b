"""Back-pressure: limit the unanswered bytes of all connections by not reading on, so that TCP blocks the senders."""

import asyncio


class InFlight:
    """Bytes that were read and not answered yet, by connection, the oldest connection first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[object, int] = {}
        self._freed = asyncio.Event()

    async def room(self, connection: object) -> None:
        """Return once a connection may read on.

        The connection that has held bytes longest may always read: otherwise many incomplete frames could fill the
        limit and block each other for ever.
        """
        while sum(self._held.values()) >= self._most and next(iter(self._held)) is not connection:
            await self._freed.wait()

    def hold(self, connection: object, count: int) -> None:
        """Record that a connection now holds `count` unanswered bytes."""
        freed = count < self._held.get(connection, 0)
        if count:
            self._held[connection] = count
        else:
            self._held.pop(connection, None)
        if freed:
            self._freed.set()
            self._freed = asyncio.Event()
