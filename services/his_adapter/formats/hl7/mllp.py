"""MLLP server (HL7 Transport Specification): the frames of a connection are answered strictly in order."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_address

from services.his_adapter.formats.hl7.pressure import InFlight
from services.his_adapter.formats.settings import Mllp

log = logging.getLogger(__name__)
BACKLOG = 512
START, STOP, END = b"\x0b", b"\x1c", b"\x1c\x0d"
Answer = Callable[..., Awaitable[bytes]]
"""Called with the bytes of a frame; if `mllp.senders` is set also with `senders`, the systems it may send for."""
Refuse = Callable[[bytes, str], Awaitable[bytes]]
KEPT_BYTES = 4096
_CUT = "the frame was begun anew (0x0B) before it ended (0x1C): a piece of a message"


class FrameTooLarge(Exception):
    """A frame exceeds the limit. It is refused and the connection is closed, because its end cannot be found."""


class Framer:
    """Splits a byte stream into frames, independent of the chunks it arrives in.

    A frame starts with 0x0B and ends with 0x1C; the 0x0D that should follow is optional, since some senders omit it.
    `noise` collects bytes outside of frames, `cut` the frames that were interrupted by another 0x0B.
    """

    def __init__(self, limit: int) -> None:
        self._buffer, self._inside, self._limit = bytearray(), False, limit
        self.noise = bytearray()
        self.cut: list[bytes] = []

    @property
    def begun(self) -> bytes:
        """First bytes (at most `KEPT_BYTES`) of the unfinished frame."""
        return bytes(self._buffer[:KEPT_BYTES])

    @property
    def waiting(self) -> int:
        """Number of bytes buffered for the unfinished frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames completed by `data`. Call `check` after they are answered."""
        frames, start_of_rest, searched = list[bytes](), 0, len(self._buffer)
        self._buffer += data
        while not self._inside or (end := self._buffer.find(STOP, searched)) >= 0:
            if self._inside:
                *cut, frame = bytes(self._buffer[start_of_rest:end]).split(START)
                self.cut += filter(bytes.strip, cut)
                frames.append(frame)
                start_of_rest = end + 1
            elif (start := self._buffer.find(START, start_of_rest)) >= 0:
                self._outside(self._buffer[start_of_rest:start])
                start_of_rest = start + 1
            else:
                self._outside(self._buffer[start_of_rest:])
                start_of_rest = len(self._buffer)
                break
            self._inside, searched = not self._inside, start_of_rest
        restart = self._buffer.rfind(START, searched) if self._inside else -1
        if restart >= 0:
            self.cut += filter(bytes.strip, bytes(self._buffer[start_of_rest:restart]).split(START))
            start_of_rest = restart + 1
        del self._buffer[:start_of_rest]
        return frames

    def check(self) -> None:
        """Raise `FrameTooLarge` if the unfinished frame exceeds the limit."""
        if len(self._buffer) > self._limit:
            raise FrameTooLarge(f"a frame exceeds {self._limit} bytes: raise CARELOOP_MLLP__MAX_FRAME_BYTES")

    def _outside(self, piece: bytearray) -> None:
        self.noise += piece if piece.strip() else b""
        del self.noise[KEPT_BYTES:]


class MllpServer:
    """Answers each frame with `answer(raw)`; if that raises, the connection is closed without an answer.

    `refuse(raw, reason)` stores bytes that are not a frame and returns the negative acknowledgement.
    """

    def __init__(self, settings: Mllp, answer: Answer, refuse: Refuse) -> None:
        self._settings, self._answer, self._refuse = settings, answer, refuse
        self._open: set[asyncio.StreamWriter] = set()
        self._seats, self._in_flight = (
            asyncio.Semaphore(settings.max_connections),
            InFlight(settings.max_bytes_in_flight),
        )

    async def run(self) -> None:
        """Listen until cancelled."""
        address = (self._settings.host, self._settings.port)
        server = await asyncio.start_server(self._serve, *address, ssl=tls(self._settings), backlog=BACKLOG)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for writer in list(self._open):
                writer.close()

    def _is_allowed(self, peer: str) -> bool:
        address = ip_address(peer.partition("%")[0])
        return not self._settings.peers or any(address in network for network in self._settings.peers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._is_allowed(peer := writer.get_extra_info("peername")[0]):
                if self._seats.locked():
                    log.warning("MLLP connection from %s waits: raise CARELOOP_MLLP__MAX_CONNECTIONS", peer)
                async with self._seats:
                    await self._talk(reader, writer, Framer(self._settings.max_frame_bytes))
            else:
                log.warning("MLLP connection from %s refused: no network of CARELOOP_MLLP__PEERS holds it", peer)
        except (TimeoutError, ConnectionError) as error:
            log.info("MLLP connection closed: %s", type(error).__name__)
        except Exception:
            log.exception("MLLP message could not be stored: closing without an answer, so that it is sent again")
        finally:
            self._open.discard(writer)
            self._in_flight.hold(writer, 0)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, framer: Framer) -> None:
        framed, noise_refused, answer = False, False, self._bound_answer(writer)
        while data := await self._read(reader, writer):
            self._in_flight.hold(writer, framer.waiting + len(data))
            frames = framer.feed(data)
            while framer.cut:  # the sender began it anew and expects no answer to the first part
                await self._refuse(framer.cut.pop(0), _CUT)
            for frame in frames:
                framed = True
                await self._send(writer, await answer(frame))
            if framer.noise and not noise_refused:
                noise_refused = True
                refusal = await self._refuse(bytes(framer.noise), "bytes outside of an MLLP frame (0x0B … 0x1C 0x0D)")
                if not framed:  # a client that sends frames expects one answer per frame
                    await self._send(writer, refusal)
            try:
                framer.check()
            except FrameTooLarge as error:
                log.warning("MLLP frame refused: %s", error)
                await self._send(writer, await self._refuse(framer.begun, str(error)))
                return
            self._in_flight.hold(writer, framer.waiting)

    def _bound_answer(self, writer: asyncio.StreamWriter) -> Answer:
        """Return `answer` bound to the senders that `mllp.senders` lists for the client certificate's common name."""
        senders = self._settings.senders
        if not senders:
            return self._answer
        subject = (writer.get_extra_info("peercert") or {}).get("subject", ())
        names = [value for part in subject for key, value in part if key == "commonName"]
        return partial(self._answer, senders=frozenset().union(*(senders.get(name, ()) for name in names)))

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """Return the next bytes of a client, b"" at its end. Waits while the clients together hold too many bytes."""
        await self._in_flight.room(writer)
        return await asyncio.wait_for(reader.read(1 << 16), self._settings.idle_seconds)

    async def _send(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        writer.write(START + answer + END)
        await asyncio.wait_for(writer.drain(), self._settings.idle_seconds)  # drops a client that does not read


def tls(settings: Mllp) -> ssl.SSLContext | None:
    """Server context, TLS 1.2 or newer; asks for client certificates if a CA is set. None without a certificate."""
    if settings.cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.cert_file, settings.key_file)
    if settings.ca_file:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(settings.ca_file)
    return context
