"""Closes idle HTTP connections, as their number is limited (`http.max_connections`) and uvicorn keeps them."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 30.0
"""How long a client may take to send the head of its next request; for the body see `shared/guard/limit.py`."""


class Connection(H11Protocol):
    """A connection that is closed if it is silent, sends its head too slowly, or continues a refused body."""

    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start to wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """Start to wait for the next head."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
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
