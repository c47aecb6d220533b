"""MLLP to a durable acknowledgement, beside a bare framer with a bare producer.

`python -m bench.intake PORT CONNECTIONS COUNT` is the sender: a process of its own, so that nobody's loop is shared.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bench.measure import Measure, quantile
from deploy.catalogue import load_all
from deploy.operating.topics import prepare
from services.his_adapter.formats.hl7.mllp import END, START
from shared.bus.clients import admin, producer
from shared.bus.topics import Topic, create
from shared.settings import Settings
from shared.settings_kafka import Kafka
from tests.support.systems import Patient
from tests.support.workers import Hospital

RAW = Topic("careloop.bench.raw.v1", {}, 1)


async def alone(settings: Settings, count: int) -> list[Measure]:
    """The api role of his_adapter and nothing behind it, on 1 and 50 connections."""
    await prepare(load_all(settings), settings)
    hospital = Hospital(settings)
    try:
        await hospital.start()
        return [await mllp(settings.kafka, hospital.port, connections, count) for connections in (1, 50)]
    finally:
        hospital.kill()


async def mllp(kafka: Kafka, port: int, connections: int, count: int) -> Measure:
    """Messages a second, each connection one after the other."""
    rate, times = await feed(port, connections, count)
    async with _bare(kafka) as other:
        raw, raw_times = await feed(other, connections, count)
    what = f"MLLP, {connections} connection{'s' if connections > 1 else ''} ({_told(times)})"
    return Measure(f"mllp_{connections}", what, rate, "messages/s", raw, f"bare framer, producer ({_told(raw_times)})")


def _told(times: list[float]) -> str:
    return f"p50 {quantile(times, 0.5) * 1000:.1f} ms, p99 {quantile(times, 0.99) * 1000:.1f} ms"


async def feed(port: int, connections: int, count: int) -> tuple[float, list[float]]:
    """Messages a second, and the seconds of each until its acknowledgement."""
    command = [sys.executable, "-m", "bench.intake", *map(str, (port, connections, count))]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    seconds, times = json.loads(output)
    return count / seconds, times


async def send(port: int, connections: int, count: int) -> tuple[float, list[float]]:
    """The sender's work: `count` admissions of new patients."""
    now, times = datetime.now(UTC), list[float]()
    frames = [START + Patient.new().says("ADT^A01", "BENCH", now).encode() + END for _ in range(count)]
    numbers = itertools.count()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (number := next(numbers)) < count:
            began = time.monotonic()
            writer.write(frames[number])
            answer = await reader.readuntil(END)
            times.append(time.monotonic() - began)
            assert b"MSA|AA" in answer or b"MSA|CA" in answer, answer
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return time.monotonic() - began, times


@asynccontextmanager
async def _bare(kafka: Kafka) -> AsyncIterator[int]:
    """Takes a frame, writes it to a topic, waits for the broker, answers: the least an acknowledgement can mean."""
    async with admin(kafka) as client:
        await create(client, [RAW], kafka)
    writing = producer(kafka)
    await writing.start()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                frame = await reader.readuntil(END)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            await (await writing.send(RAW.name, frame, b"frame", 0))
            writer.write(START + b"MSA|AA" + END)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await writing.stop()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(send(*map(int, sys.argv[1:])))))
