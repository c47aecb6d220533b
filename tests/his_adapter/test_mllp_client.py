"""Asking over MLLP: the answer is matched by MSA-2, silence is noticed, and nobody waits for the same silence twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.authority import Authority
from deploy.local.embedded import free_port, until_open
from services.his_adapter.formats.hl7.client import MllpClient, NotAnswered
from services.his_adapter.formats.hl7.mllp import END, START, MllpServer
from services.his_adapter.formats.settings import Mllp

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(control: str, code: str = "AA") -> bytes:
    return START + f"MSH|^~\\&|HIS||||1||ACK|9|P|2.5\rMSA|{code}|{control}\r".encode() + END


@asynccontextmanager
async def hospital(talk: Talk) -> AsyncIterator[str]:
    """A server that runs `talk` on each connection; yields its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"mllp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def asks(client: MllpClient, control: str = "C1") -> str:
    """MSA-1 of the answer, or the reason why there is none."""
    try:
        return (await client.ask(b"MSH|^~\\&|", control)).get("MSA-1")
    except NotAnswered as trouble:
        return trouble.reason


async def test_answers_to_others_are_passed_over_and_the_connection_is_kept() -> None:
    opened = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        for control in ("C1", "C2"):
            await reader.readuntil(END)
            writer.write(frame("late", "AE") + b"noise" + frame(control))

    async with hospital(talk) as address:
        client = MllpClient(address, 2, Mllp())
        assert [await asks(client, "C1"), await asks(client, "C2")] == ["AA", "AA"]
        assert len(opened) == 1
        client.close()


async def test_a_silence_is_waited_for_once() -> None:
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            received.append(data)

    async with hospital(talk) as address:
        client = MllpClient(address, 0.3, Mllp())
        assert await asyncio.gather(*(asks(client) for _ in range(20))) == ["no-answer", *["silent"] * 19]
        assert await asks(client) == "no-answer"
        assert len(received) == 2
        client.close()


async def test_a_connection_that_breaks_off_is_opened_again() -> None:
    turns = iter(["", "C1"])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(END)
        if control := next(turns):
            writer.write(frame(control))

    async with hospital(talk) as address:
        client = MllpClient(address, 2, Mllp())
        assert [await asks(client), await asks(client)] == ["broken-off", "AA"]
        client.close()


async def test_nobody_there_is_told_at_once() -> None:
    assert await asks(MllpClient("mllp://127.0.0.1:1", 5, Mllp())) == "unreachable"


async def test_an_answer_without_an_end_is_given_up() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(END)
        writer.write(START + b"x" * 5000)
        await reader.read()

    async with hospital(talk) as address:
        client = MllpClient(address, 5, Mllp(max_frame_bytes=1000))
        assert await asks(client) == "broken-off"


async def test_many_ask_at_once_and_each_gets_its_own_answer() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await reader.readuntil(END)
            control = request.decode().split("|")[9]
            writer.write(frame(control))

    async with hospital(talk) as address:
        client = MllpClient(address, 2, Mllp())

        async def ask(number: int) -> str:
            raw = f"MSH|^~\\&|A|B|C|D|1||ADT^A14|C{number}|P|2.5".encode()
            return (await client.ask(raw, f"C{number}")).get("MSA-2")

        assert await asyncio.gather(*(ask(n) for n in range(50))) == [f"C{n}" for n in range(50)]
        client.close()


async def test_over_tls_the_server_must_be_one_of_our_authority(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    server, me = ours.issue("server"), ours.issue("careloop")
    at = Mllp(port=free_port(), cert_file=server.cert, key_file=server.key, ca_file=ours.file)

    async def answer(raw: bytes) -> bytes:
        return frame("C1").strip(START + END)

    async def refuse(raw: bytes, reason: str) -> bytes:
        return b""

    serving = asyncio.create_task(MllpServer(at, answer, refuse).run())
    await until_open(at.port, "MLLP")
    address = f"mllps://127.0.0.1:{at.port}"
    trusted = MllpClient(address, 2, Mllp(cert_file=me.cert, key_file=me.key, ca_file=ours.file))
    strange = MllpClient(address, 2, Mllp(cert_file=me.cert, key_file=me.key, ca_file=theirs.file))
    assert [await asks(trusted), await asks(strange)] == ["AA", "unreachable"]
    trusted.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
