"""Asks once more what only reads, if the connection ended before there was an answer (RFC 9110, 9.2.2).

A server closes a kept connection whenever it likes, also at the moment in which the next request is on its way.
"""

import logging

import httpx

log = logging.getLogger(__name__)
READS = frozenset({"GET", "HEAD"})
ENDED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError)
TRIES = 3
"""Each try may meet another kept connection that has ended, as all have after a restart."""


class AskingAgain(httpx.AsyncBaseTransport):
    """A transport over another one. What changes something, and a request with a body, is sent once."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises what the last try raises."""
        reads = request.method in READS and not {"content-length", "transfer-encoding"} & request.headers.keys()
        for left in reversed(range(TRIES if reads else 1)):
            try:
                return await self._transport.handle_async_request(request)
            except ENDED as error:
                if not left:
                    raise
                log.info("%s: a connection ended before its answer (%s): asked again", request.url.host, error)
        raise AssertionError("the last try returns or raises")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
