"""Deciders and projectors at 1, 2 and 4 partitions, a process each, as a cluster runs them.

`python -m bench.partitions ROLE` is one such process; its settings come from the environment.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import TopicPartition

from bench.measure import Measure
from bench.streams import COMMANDS, EVENTS, end_of, fill, passed
from deploy.topics import prepare
from shared.bus.clients import lookup
from shared.host.run import collect_rarely
from shared.settings import Settings
from tests.support.counter import SERVICE, running

SOURCES = {"decider": COMMANDS.topic, "projector": EVENTS.topic}
WARM = 0.2


async def growth(settings: Settings, role: str, partitions: int, count: int) -> Measure:
    """Records a second of so many processes, after the first fifth."""
    settings = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"partitions": partitions})})
    await prepare([SERVICE], settings)
    tps = [TopicPartition(SOURCES[role], number) for number in range(partitions)]
    for tp in tps:
        await fill(settings, tp, count // partitions)
    total = sum([await end_of(settings, tp) for tp in tps])
    with workers(settings, role, partitions):
        found = await rate(settings, f"counter.{role}", tps, total)
    return Measure(f"{role}_{partitions}", f"{role}: partitions, and a process each: {partitions}", found, "records/s")


async def rate(settings: Settings, group: str, tps: list[TopicPartition], total: int) -> float:
    """Records a second of a group from outside, by what it commits: from the first fifth to the end."""
    consumer = lookup(settings.kafka, group)
    await consumer.start()
    try:
        began, first = await passed(consumer, tps, total * WARM)
        ended, last = await passed(consumer, tps, total)
    finally:
        await consumer.stop()
    return (last - first) / (ended - began)


@contextmanager
def workers(settings: Settings, role: str, count: int) -> Iterator[None]:
    """So many processes of a role, gone in the end."""
    kafka = settings.kafka
    env = {
        **os.environ,
        "CARELOOP_DATA_DIR": str(settings.data_dir),
        "CARELOOP_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "CARELOOP_KAFKA__TRANSACTIONS": str(kafka.transactions).lower(),
        "CARELOOP_KAFKA__PARTITIONS": str(kafka.partitions),
        "CARELOOP_MONGO__URL": settings.mongo.url,
        "CARELOOP_KEYS__MASTER": settings.keys.master.get_secret_value(),
        "CARELOOP_KEYS__SITE": settings.keys.site.get_secret_value(),
        "CARELOOP_KEYS__FILE": str(settings.keys.file),
    }
    started = [subprocess.Popen([sys.executable, "-m", "bench.partitions", role], env=env) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


async def serve(role: str) -> None:
    """One process, until killed."""
    async with running(Settings(), role, mark=False, asks=False) as it:
        while not it.failures:
            await asyncio.sleep(1)
        raise it.failures[0]


if __name__ == "__main__":
    collect_rarely()
    asyncio.run(serve(sys.argv[1]))
