"""What every process that serves HTTP has: uvicorn in its own loop, and rare garbage collections."""

import asyncio
import contextlib
import gc
from typing import Any

import uvicorn

from shared.host.connections import Connection
from shared.settings import Settings


class Server:
    """uvicorn inside our loop, without its own signal handlers."""

    def __init__(self, app: Any, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
            host=settings.http_host,
            port=settings.http_port,
            ssl_certfile=settings.http.cert_file,
            ssl_keyfile=settings.http.key_file,
            log_level="warning",
            log_config=None,  # log like everything else
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            limit_concurrency=settings.http.max_connections,
        )
        self._server = uvicorn.Server(config)
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[assignment, method-assign]  # signals are ours

    async def serve(self) -> None:
        """Listen until cancelled."""
        task = asyncio.create_task(self._server.serve())
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            self._server.should_exit = True
            await task
            raise


def collect_rarely() -> None:
    """Imported modules and a decider's memory live long: make full garbage collections, which scan them, rare."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
