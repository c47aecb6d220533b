"""Connections count (`http.max_connections`), so one on which nothing is asked is not kept for ever: uvicorn would."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 30.0
"""How long a client may take until the head of its next request is whole; that of a body is `shared/guard/limit.py`."""


class Connection(H11Protocol):
    """One that is closed where it stays silent, or says its head in drops, or goes on with a body that was refused."""

    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """The first head is waited for."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """The next one is."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        super().connection_lost(exc)
        if self._until:
            self._until.cancel()

    def _wait(self) -> None:
        if self._until:
            self._until.cancel()
        self._until = self.loop.call_later(HEAD_SECONDS, self._end)

    def _end(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
