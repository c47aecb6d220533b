"""`python -m bench [--quick] [--only KEY …] [--peers]`: on Apache Kafka where Java and Maven are, else embedded."""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench import console, growth, hl7, intake, partitions, streams, things, watches, whole
from bench.measure import Measure, report
from bench.peers import run as peers
from deploy.local.system import System
from shared.host.server import collect_rarely
from shared.settings import Settings
from tests.support.kafka import kafka_server, unavailable
from tests.support.parts import embedded_parts
from tests.support.systems import running

FOLDER = Path("var/bench")
STREAMS = {"decider": streams.decider, "projector": streams.projector, "processor": streams.processor}
INTAKES = {"mllp": intake.alone, "watches": watches.alone}
OTHERS = ("hl7", "things", "growth", "partitions", *INTAKES, "console", "whole", "peers")


@asynccontextmanager
async def parts(directory: Path, kafka: bool) -> AsyncIterator[Settings]:
    """A broker and a database for the hot paths alone."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(kafka_server(directory / "kafka")) if kafka else None
        yield await stack.enter_async_context(embedded_parts(directory, server.address if server else None))


async def systems(place: Path, only: list[str], quick: bool, people: int) -> list[Measure]:
    """The measures that need every service, one process per role, each on a system of its own."""
    taken: list[Measure] = []
    if not only or "console" in only:
        async with whole_system(place / "console") as system:
            taken += await console.measures(system, people or (20_000 if quick else 1_000_000), quick)
    if not only or "whole" in only:
        async with whole_system(place / "whole") as system:
            taken += await whole.measures(system, quick)
    return taken


@asynccontextmanager
async def whole_system(directory: Path) -> AsyncIterator[System]:
    """What `careloop up --split` starts, on Apache Kafka if it is here."""
    async with AsyncExitStack() as stack:
        server = None if unavailable() else await stack.enter_async_context(kafka_server(directory / "kafka"))
        yield await stack.enter_async_context(
            running(directory / "up", split=True, kafka=server.address if server else None)
        )


async def measure(only: list[str], quick: bool, beside: bool, people: int) -> None:
    """Every measure asked for, the table and the file."""
    reason = unavailable()
    if beside and reason:
        raise SystemExit(f"the peers need Apache Kafka: {reason}")
    notes = [f"broker: embedded ({reason})" if reason else "broker: Apache Kafka 4.1 with transactions"]
    found: list[Measure] = []
    count = 20_000 if quick else 200_000
    with tempfile.TemporaryDirectory() as place:
        if wanted := [key for key in STREAMS if not only or key in only]:
            async with parts(Path(place) / "parts", reason is None) as settings:
                for key in wanted:
                    found.append(await STREAMS[key](settings, count))
        if not only or "hl7" in only:
            found += hl7.measures(count // 10)
        if not only or "things" in only:
            for each in (10, 100):
                found += await things.alone(count * 50, each)
        if not only or "growth" in only:
            found += growth.registry(count * 5) + growth.memory(count)
            for aggregates, history in ((1, 1), (1, 3), (10, 1)):
                folder = Path(place) / f"recovery-{aggregates}-{history}"
                async with parts(folder, reason is None) as settings:
                    found.append(await growth.recovery(settings, aggregates * count // 100, history * count // 2))
        if not only or "partitions" in only:
            for role in partitions.SOURCES:
                for number in (1, 2, 4):
                    async with parts(Path(place) / f"{role}-{number}", reason is None) as settings:
                        found.append(await partitions.growth(settings, role, number, count))
        for key in (key for key in INTAKES if not only or key in only):
            async with parts(Path(place) / key, reason is None) as settings:
                found += await INTAKES[key](settings, count // 20)
        if beside:
            async with parts(Path(place) / "peers", True) as settings:
                found += await peers.measures(settings, count)
        found += await systems(Path(place), only, quick, people)
    print(report(found, FOLDER, notes))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events: to see that it runs")
    parser.add_argument("--only", nargs="*", default=[], choices=[*STREAMS, *OTHERS])
    parser.add_argument("--people", type=int, default=0, help="people behind the console, instead of a million")
    parser.add_argument("--peers", action="store_true", help="beside Kafka Streams, Connect, Quix, FastStream")
    asked = parser.parse_args()
    collect_rarely()  # as every process of a service does
    asyncio.run(measure(asked.only, asked.quick, asked.peers or "peers" in asked.only, asked.people))


if __name__ == "__main__":
    main()
