"""MLLP (HL7 Transport Specification): frames on bytes, one connection strictly in order."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_address

from services.his_adapter.formats.hl7.pressure import InFlight
from services.his_adapter.settings import Mllp

log = logging.getLogger(__name__)
BACKLOG = 512
START, STOP, END = b"\x0b", b"\x1c", b"\x1c\x0d"
Answer = Callable[..., Awaitable[bytes]]
"""Of a frame's bytes; where `mllp.senders` is set also `senders`, whom the client speaks for."""
Refuse = Callable[[bytes, str], Awaitable[bytes]]
KEPT_BYTES = 4096
_CUT = "the frame was begun anew (0x0B) before it ended (0x1C): a piece of a message"


class FrameTooLarge(Exception):
    """A frame exceeds the limit: refused, and the connection is closed, since its end can no longer be found."""


class Framer:
    """Cuts a byte stream into frames, whatever the reads were. `noise` is what stood outside of any frame.

    A frame ends with 0x1C: the 0x0D that should follow is left out by some senders and waited for by none. 0x0B begins
    a new one wherever it stands: what was begun before it and did not end is `cut`.
    """

    def __init__(self, limit: int) -> None:
        self._buffer, self._inside, self._limit = bytearray(), False, limit
        self.noise = bytearray()
        self.cut: list[bytes] = []

    @property
    def begun(self) -> bytes:
        """The beginning of the frame that has not ended yet."""
        return bytes(self._buffer[:KEPT_BYTES])

    @property
    def waiting(self) -> int:
        """How many bytes wait for the end of their frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The frames completed by `data`; what is left must pass `check` once they are answered."""
        frames, place, searched = list[bytes](), 0, len(self._buffer)
        self._buffer += data
        while not self._inside or (end := self._buffer.find(STOP, searched)) >= 0:
            if self._inside:
                *cut, frame = bytes(self._buffer[place:end]).split(START)
                self.cut += filter(bytes.strip, cut)
                frames.append(frame)
                place = end + 1
            elif (start := self._buffer.find(START, place)) >= 0:
                self._outside(self._buffer[place:start])
                place = start + 1
            else:
                self._outside(self._buffer[place:])
                place = len(self._buffer)
                break
            self._inside, searched = not self._inside, place
        anew = self._buffer.rfind(START, searched) if self._inside else -1
        if anew >= 0:
            self.cut += filter(bytes.strip, bytes(self._buffer[place:anew]).split(START))
            place = anew + 1
        del self._buffer[:place]
        return frames

    def check(self) -> None:
        """Raises `FrameTooLarge` where the frame that has not ended yet is over the limit."""
        if len(self._buffer) > self._limit:
            raise FrameTooLarge(f"a frame exceeds {self._limit} bytes: raise CARELOOP_MLLP__MAX_FRAME_BYTES")

    def _outside(self, piece: bytearray) -> None:
        self.noise += piece if piece.strip() else b""
        del self.noise[KEPT_BYTES:]


class MllpServer:
    """Answers each frame with `answer(raw)`; an answer that raises closes the connection unanswered.

    `refuse(raw, reason)` keeps bytes that are no frame and gives the answer to them.
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
        at = (self._settings.host, self._settings.port)
        server = await asyncio.start_server(self._serve, *at, ssl=tls(self._settings), backlog=BACKLOG)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for writer in list(self._open):
                writer.close()

    def _welcome(self, peer: str) -> bool:
        address = ip_address(peer.partition("%")[0])
        return not self._settings.peers or any(address in network for network in self._settings.peers)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self._welcome(peer := writer.get_extra_info("peername")[0]):
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
        framed, told, answer = False, False, self._speaking(writer)
        while data := await self._read(reader, writer):
            self._in_flight.hold(writer, framer.waiting + len(data))
            frames = framer.feed(data)
            while framer.cut:  # its sender gave up on it and waits for no answer
                await self._refuse(framer.cut.pop(0), _CUT)
            for frame in frames:
                framed = True
                await self._say(writer, await answer(frame))
            if framer.noise and not told:
                told = True
                refusal = await self._refuse(bytes(framer.noise), "bytes outside of an MLLP frame (0x0B … 0x1C 0x0D)")
                if not framed:  # a sender that frames waits for its own answers
                    await self._say(writer, refusal)
            try:
                framer.check()
            except FrameTooLarge as error:
                log.warning("MLLP frame refused: %s", error)
                await self._say(writer, await self._refuse(framer.begun, str(error)))
                return
            self._in_flight.hold(writer, framer.waiting)

    def _speaking(self, writer: asyncio.StreamWriter) -> Answer:
        """The answer to a client's frames, which may speak for whom its certificate's common name is listed for."""
        senders = self._settings.senders
        if not senders:
            return self._answer
        subject = (writer.get_extra_info("peercert") or {}).get("subject", ())
        names = [value for part in subject for key, value in part if key == "commonName"]
        return partial(self._answer, senders=frozenset().union(*(senders.get(name, ()) for name in names)))

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """What a client sends next; b"" where it is done. Other clients' bytes may have to be answered first."""
        await self._in_flight.room(writer)
        return await asyncio.wait_for(reader.read(1 << 16), self._settings.idle_seconds)

    async def _say(self, writer: asyncio.StreamWriter, answer: bytes) -> None:
        writer.write(START + answer + END)
        await asyncio.wait_for(writer.drain(), self._settings.idle_seconds)  # a client that does not read is let go


def tls(settings: Mllp) -> ssl.SSLContext | None:
    """TLS 1.2 or newer, with a client certificate where a CA is named; None where no certificate is configured."""
    if settings.cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.cert_file, settings.key_file)
    if settings.ca_file:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(settings.ca_file)
    return context
