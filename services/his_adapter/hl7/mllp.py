"""MLLP (HL7 Transport Specification): frames on bytes, one connection strictly in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared.settings import Mllp

log = logging.getLogger(__name__)
START, END = b"\x0b", b"\x1c\x0d"
Answer = Callable[[bytes], Awaitable[bytes]]
Refuse = Callable[[bytes, str], Awaitable[bytes]]


KEPT_BYTES = 4096


class FrameTooLarge(Exception):
    """A frame exceeds the limit: refused, and the connection is closed, since its end can no longer be found."""


class Framer:
    """Cuts a byte stream into frames, whatever the reads were. `noise` is what stood outside of any frame."""

    def __init__(self, limit: int) -> None:
        self._buffer, self._limit = bytearray(), limit
        self.noise = bytearray()

    @property
    def begun(self) -> bytes:
        """The beginning of the frame that has not ended yet."""
        return bytes(self._buffer[1:KEPT_BYTES])

    def feed(self, data: bytes) -> list[bytes]:
        """The frames completed by `data`. Raises `FrameTooLarge`."""
        self._buffer += data
        frames = []
        while (start := self._buffer.find(START)) >= 0:
            self.noise += self._buffer[:start]
            end = self._buffer.find(END, start)
            if end < 0:
                del self._buffer[:start]
                break
            frames.append(bytes(self._buffer[start + 1 : end]))
            del self._buffer[: end + len(END)]
        else:
            self.noise += self._buffer
            self._buffer.clear()
        del self.noise[KEPT_BYTES:]
        if len(self._buffer) > self._limit:
            raise FrameTooLarge(f"a frame exceeds {self._limit} bytes: raise CARELOOP_MLLP__MAX_FRAME_BYTES")
        return frames


class MllpServer:
    """Answers each frame with `answer(raw)`; an answer that raises closes the connection unanswered.

    `refuse(raw, reason)` keeps bytes that are no frame and gives the answer to them.
    """

    def __init__(self, settings: Mllp, answer: Answer, refuse: Refuse) -> None:
        self._settings, self._answer, self._refuse = settings, answer, refuse
        self._open: set[asyncio.StreamWriter] = set()

    async def run(self) -> None:
        """Listen until cancelled."""
        server = await asyncio.start_server(self._serve, self._settings.host, self._settings.port)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for writer in list(self._open):
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await self._talk(reader, writer, Framer(self._settings.max_frame_bytes))
        except (TimeoutError, ConnectionError) as error:
            log.info("MLLP connection closed: %s", type(error).__name__)
        except Exception:
            log.exception("MLLP message could not be stored: closing without an answer, so that it is sent again")
        finally:
            self._open.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, framer: Framer) -> None:
        framed = told = False
        while data := await asyncio.wait_for(reader.read(1 << 16), self._settings.idle_seconds):
            try:
                frames = framer.feed(data)
            except FrameTooLarge as error:
                log.warning("MLLP frame refused: %s", error)
                writer.write(START + await self._refuse(framer.begun, str(error)) + END)
                return
            for frame in frames:
                framed = True
                writer.write(START + await self._answer(frame) + END)
                await writer.drain()
            if framer.noise.strip() and not told:
                told = True
                answer = await self._refuse(bytes(framer.noise), "bytes outside of an MLLP frame (0x0B … 0x1C 0x0D)")
                writer.write(b"" if framed else START + answer + END)  # a sender that frames waits for its own
