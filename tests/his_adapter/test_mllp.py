"""The MLLP server over real sockets: who may connect, many at once, the slow and the silent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.authority import Authority
from deploy.local.embedded import free_port, until_open
from services.his_adapter.formats.hl7.mllp import END, START, STOP, Framer, MllpServer
from services.his_adapter.formats.hl7.pressure import InFlight
from services.his_adapter.formats.settings import Mllp
from tests.support.eventually import eventually


async def echo(raw: bytes) -> bytes:
    await asyncio.sleep(0)
    return b"ACK " + raw[:8]


async def refuse(raw: bytes, reason: str) -> bytes:
    return b"NAK " + reason.encode()


class CountingFramer(Framer):
    """Counts what the server has read, over all connections."""

    bytes_read = 0

    def feed(self, data: bytes) -> list[bytes]:
        CountingFramer.bytes_read += len(data)
        return super().feed(data)


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.his_adapter.formats.hl7.mllp.Framer", CountingFramer)


@asynccontextmanager
async def serving(answer: Any = echo, refuse: Any = refuse, **settings: Any) -> AsyncIterator[int]:
    port = free_port()
    task = asyncio.create_task(MllpServer(Mllp(port=port, **settings), answer, refuse).run())
    await until_open(port, "MLLP")
    try:
        yield port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answers_to(port: int, *pieces: bytes) -> bytes:
    """What is answered to these bytes, each piece read before the next is sent, until the server has said it all."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, piece in enumerate(pieces, 1):
        bytes_then = CountingFramer.bytes_read + len(piece)
        writer.write(piece)
        if number < len(pieces):
            await eventually(lambda bytes_then=bytes_then: CountingFramer.bytes_read >= bytes_then)
    writer.write_eof()
    answer = b""
    with suppress(ConnectionError):  # who is refused may find that out in either way
        answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer


async def said_over_tls(port: int, frame: bytes, context: ssl.SSLContext) -> bytes:
    """The one answer to a frame; b"" where the connection ends instead."""
    try:  # TLS 1.3 refuses after the handshake
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(frame)
        answer = await asyncio.wait_for(reader.readuntil(END), 20)
    except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
        return b""
    writer.close()
    return answer


def framed(*answers: bytes) -> bytes:
    return b"".join(START + b"ACK " + answer + END for answer in answers)


async def test_partial_and_several_frames_are_answered_in_their_order() -> None:
    async with serving() as port:
        assert await answers_to(
            port, START + b"on", b"e" + END + START + b"two" + STOP, b"\r\n" + START + b"three" + STOP
        ) == (framed(b"one", b"two", b"three"))


async def test_two_hundred_connections_are_served_at_once() -> None:
    all_here = asyncio.Barrier(200)

    async def together(raw: bytes) -> bytes:
        await all_here.wait()
        return b"ACK " + raw

    async with serving(together) as port:
        answers = await asyncio.gather(*(answers_to(port, START + str(n).encode() + END) for n in range(200)))
    assert answers == [framed(str(number).encode()) for number in range(200)]


async def test_a_silent_client_is_let_go() -> None:
    async with serving(idle_seconds=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 3) == b""
        writer.close()


async def test_a_client_that_does_not_read_holds_up_nobody_else() -> None:
    answered = list[bytes]()

    async def long(raw: bytes) -> bytes:
        answered.append(raw)
        return b"ACK " + raw * 100_000

    async with serving(long, idle_seconds=60) as port:
        _, deaf = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        deaf.write((START + b"x" * 100 + END) * 20)
        await eventually(lambda: answered)
        assert (await answers_to(port, START + b"me" + END)).startswith(START + b"ACK me")
        assert len(answered) < 20, "the deaf one has not been answered to the end, nor let go"
        deaf.close()


async def test_a_frame_beyond_the_limit_is_refused_and_the_connection_closed() -> None:
    async with serving(max_frame_bytes=1000) as port:
        assert b"NAK a frame exceeds 1000 bytes" in await answers_to(port, START + b"x" * 2000)


async def test_what_came_before_a_frame_beyond_the_limit_is_answered_first() -> None:
    async with serving(max_frame_bytes=1000) as port:
        answers = (await answers_to(port, START + b"one" + END + START + b"x" * 2000)).split(END)
    assert [answer[1:8] for answer in answers[:2]] == [b"ACK one", b"NAK a f"]


async def test_only_clients_of_our_authority_may_speak_where_one_is_named(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    server = ours.issue("server")
    files = {"cert_file": server.cert, "key_file": server.key, "ca_file": ours.file}

    def client(authority: Authority | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=ours.file)
        if authority:
            pair = authority.issue("client")
            context.load_cert_chain(pair.cert, pair.key)
        return context

    async with serving(**files) as port:
        assert await said_over_tls(port, START + b"hello" + END, client(ours)) == framed(b"hello")
        for stranger in (client(None), client(theirs)):
            assert await said_over_tls(port, START + b"hello" + END, stranger) == b""
        assert await answers_to(port, START + b"plain" + END) == b""


async def test_only_named_networks_may_connect_where_some_are_named() -> None:
    async with serving(peers=["10.0.0.0/8"]) as port:
        assert await answers_to(port) == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 3) == b""
        writer.close()
    async with serving(peers=["127.0.0.0/8"]) as port:
        assert await answers_to(port, START + b"hello" + END) == framed(b"hello")


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"cert_file": "a.pem"}, "CARELOOP_MLLP__KEY_FILE"),
        ({"ca_file": "a.pem"}, "CARELOOP_MLLP__CERT_FILE"),
    ],
)
def test_half_of_a_protection_is_refused_with_what_is_missing(settings: dict[str, str], hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        Mllp.model_validate(settings)


async def test_a_frame_that_was_cut_loses_only_itself() -> None:
    """Its sender gave up in the middle and began anew: the piece is kept, what was begun anew is answered."""
    kept: list[tuple[bytes, str]] = []

    async def keep(raw: bytes, reason: str) -> bytes:
        kept.append((raw, reason))
        return b"NAK"

    piece, whole = b"MSH|^~\\&|HIS|CITY|CL|CITY|20261208||ADT^A31|B3|P|2.5|||", b"MSH|... B4"
    async with serving(refuse=keep) as port:
        assert await answers_to(port, START + piece + START + whole + STOP + b"\r") == framed(whole[:8])
        assert await answers_to(port, START + piece, START + START + whole, STOP + b"\r") == framed(whole[:8])
    assert [raw for raw, _ in kept] == [piece, piece]
    assert "begun" in kept[0][1]


async def test_a_cut_frame_does_not_count_towards_the_limit_of_the_next_one() -> None:
    async with serving(max_frame_bytes=1000) as port:
        whole = b"x" * 900
        assert await answers_to(port, START + b"y" * 900, START + whole + END) == framed(b"x" * 8)


async def test_more_connections_than_are_taken_wait_their_turn_unread(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(max_connections=2) as port:
        first, second = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for number, (reader, writer) in enumerate((first, second)):
            writer.write(START + b"%d" % number + END)
            assert await reader.readuntil(END) == framed(b"%d" % number)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(START + b"third" + END)
        third = asyncio.create_task(reader.readuntil(END))
        await eventually(lambda: "waits: raise CARELOOP_MLLP__MAX_CONNECTIONS" in caplog.text)
        for open_reader, open_writer in (first, second):
            open_writer.write(START + b"later" + END)
            assert await open_reader.readuntil(END) == framed(b"later")
        assert not third.done()
        first[1].close()
        assert await asyncio.wait_for(third, 5) == framed(b"third")
        for _, open_ in (second, (reader, writer)):
            open_.close()


async def test_what_is_in_flight_over_all_connections_is_bounded_by_not_reading_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken, go = list[bytes](), asyncio.Event()
    waiting, room = set[object](), InFlight.room

    async def watched_room(self: InFlight, connection: object) -> None:
        waiting.add(connection)
        await room(self, connection)
        waiting.discard(connection)

    monkeypatch.setattr(InFlight, "room", watched_room)

    async def slow(raw: bytes) -> bytes:
        taken.append(raw[:1])
        await go.wait()
        return b"ACK " + raw[:1]

    async with serving(slow, max_bytes_in_flight=1000) as port:
        first = asyncio.create_task(answers_to(port, START + b"a" * 1500 + END))
        await eventually(lambda: taken == [b"a"])
        second = asyncio.create_task(answers_to(port, START + b"b" * 1500 + END))
        await eventually(lambda: waiting)
        assert taken == [b"a"], "the second waits unread: it goes on only when there is room"
        go.set()
        assert (await first, await second) == (framed(b"a"), framed(b"b"))


async def test_of_many_that_hold_half_a_frame_the_oldest_may_read_on() -> None:
    """Or all would wait for one another."""
    flight = InFlight(1000)
    flight.hold("old", 600)
    flight.hold("young", 600)
    await asyncio.wait_for(flight.room("old"), 1)
    flight.hold("old", 1600)
    await asyncio.wait_for(flight.room("old"), 1)
    young, new = (asyncio.create_task(flight.room(name)) for name in ("young", "new"))
    await asyncio.sleep(0)
    assert not young.done()
    assert not new.done()
    flight.hold("old", 0)
    await asyncio.wait_for(asyncio.gather(young, new), 1)
