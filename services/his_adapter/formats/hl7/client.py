"""MLLP client: one message at a time per connection; the answer is matched by MSA-2."""

import asyncio
import logging
import ssl
from contextlib import suppress

from services.his_adapter.formats.hl7.message import Broken, Hl7Message
from services.his_adapter.formats.hl7.mllp import END, START, Framer, FrameTooLarge
from services.his_adapter.formats.hl7.sizing import read
from services.his_adapter.formats.hl7.text import decode
from services.his_adapter.formats.settings import Mllp

log = logging.getLogger(__name__)


class NotAnswered(Exception):
    """No answer arrived; `reason` is a slug. The other side may or may not have processed the message."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class MllpClient:
    """One connection to `address` (`mllp://host:port`, `mllps` with TLS), opened when needed and kept.

    An answer to another message (a late one, after its request timed out) is skipped. After `seconds` without an
    answer the connection is closed, and callers that were queued behind that request fail at once with `silent`.
    """

    def __init__(self, address: str, seconds: float, settings: Mllp) -> None:
        scheme, _, at = address.partition("://")
        self._host, _, port = at.rpartition(":")
        self._port, self._tls = int(port), scheme == "mllps"
        self._seconds, self._settings = seconds, settings
        self._lock = asyncio.Lock()
        self._silent = 0.0
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter, Framer] | None = None

    async def ask(self, raw: bytes, control_id: str, otherwise: str = "gb18030") -> Hl7Message:
        """Send a message and return its answer. `otherwise` is the charset if MSH-18 is empty. Raises `NotAnswered`."""
        queued_at = asyncio.get_running_loop().time()
        async with self._lock:
            if queued_at < self._silent:
                raise NotAnswered("silent", f"{self._host}:{self._port} left the message before this unanswered")
            try:
                return await asyncio.wait_for(self._ask(raw, control_id, otherwise), self._seconds)
            except (TimeoutError, OSError, EOFError, FrameTooLarge) as error:
                self.close()
                raise self._not_answered(error) from error
            except BaseException:
                self.close()
                raise

    def _not_answered(self, error: Exception) -> NotAnswered:
        where = f"{self._host}:{self._port}"
        if isinstance(error, TimeoutError):
            self._silent = asyncio.get_running_loop().time()
            return NotAnswered("no-answer", f"{where} did not answer within {self._seconds:g} s")
        reason = "unreachable" if isinstance(error, OSError) else "broken-off"
        return NotAnswered(reason, f"{where}: {type(error).__name__}")

    async def _ask(self, raw: bytes, control_id: str, otherwise: str) -> Hl7Message:
        reader, writer, framer = await self._connected()
        writer.write(START + raw + END)
        await writer.drain()
        while True:
            data = await reader.read(1 << 16)
            if not data:
                raise EOFError("closed")
            for frame in framer.feed(data):
                if answer := _answer(frame, control_id, otherwise):
                    return answer
            framer.check()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, Framer]:
        if self._open and not self._open[0].at_eof():
            return self._open
        self.close()
        context = client_tls(self._settings) if self._tls else None
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
        self._open = (reader, writer, Framer(self._settings.max_frame_bytes))
        return self._open

    def close(self) -> None:
        """Close the connection; the next message opens a new one."""
        if self._open:
            with suppress(OSError, RuntimeError):
                self._open[1].close()
            self._open = None


def _answer(frame: bytes, control_id: str, otherwise: str) -> Hl7Message | None:
    try:
        message = read(decode(frame, otherwise))
    except Broken as error:
        log.warning("an answer cannot be read: %s", error.detail)
        return None
    if message.get("MSA-2") == control_id:
        return message
    log.warning("an answer to another message is passed over")
    return None


def client_tls(settings: Mllp) -> ssl.SSLContext:
    """TLS context of a client: verifies the server certificate and presents our own if one is configured."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=settings.ca_file)
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context
