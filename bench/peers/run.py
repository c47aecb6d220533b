"""Kafka Streams, Quix Streams and FastStream beside a decider, Kafka Connect's MongoDB sink beside a projector.

One process and one partition each, the same records, one after the other, all timed from outside by what their group
commits. The peers do what their users would write first: parse, count per key, write on (deciders); write each
record over its aggregate's document (projector).
"""

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from aiokafka import TopicPartition
from aiokafka.admin import NewTopic

from bench.measure import Measure
from bench.partitions import rate
from bench.streams import COMMANDS, EVENTS, end_of, fill
from deploy.operating.topics import prepare
from shared.bus.clients import admin
from shared.contracts.base import changed
from shared.settings import Settings
from tests.support.counter import SERVICE
from tests.support.kafka import ROOT, fetch
from tests.support.workers import workers

HERE = Path(__file__).parent
LIBRARIES = ROOT / "var" / "peers" / "libs"
JAVA = ["java", "-cp", f"{LIBRARIES}/*"]
UV = shutil.which("uv") or str(ROOT / "var" / "tools" / "bin" / "uv")
DECIDERS = {
    "kafka_streams": ("Kafka Streams 4.1, exactly_once_v2, RocksDB", [*JAVA, str(HERE / "StreamsPeer.java")]),
    "quix_streams": ("Quix Streams, exactly once, RocksDB", [UV, "run", "--script", str(HERE / "quix_peer.py")]),
    "faststream": ("FastStream, at least once, no state", [UV, "run", "--script", str(HERE / "faststream_peer.py")]),
}
WORKER = """
bootstrap.servers={kafka}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
value.converter.schemas.enable=false
offset.storage.file.filename={folder}/offsets
plugin.path={libraries}
listeners=http://127.0.0.1:0
consumer.max.poll.records=2000
consumer.auto.offset.reset=earliest
offset.flush.interval.ms=500
"""
SINK = """
name={name}
connector.class=com.mongodb.kafka.connect.MongoSinkConnector
tasks.max=1
topics={topic}
connection.uri={mongo}
database=peer
collection=totals
document.id.strategy=com.mongodb.kafka.connect.sink.processor.id.strategy.PartialValueStrategy
document.id.strategy.partial.value.projection.list=subject
document.id.strategy.partial.value.projection.type=AllowList
document.id.strategy.overwrite.existing=true
writemodel.strategy=com.mongodb.kafka.connect.sink.writemodel.strategy.ReplaceOneDefaultStrategy
max.batch.size=0
"""


async def measures(settings: Settings, count: int) -> list[Measure]:
    """Ours as `value`, the peer as `raw`: a ratio above 1 is ours being faster."""
    if reason := fetch(HERE / "pom.xml", LIBRARIES, "kafka-streams-*.jar"):
        raise SystemExit(reason)
    settings = changed(settings, kafka=changed(settings.kafka, partitions=1))
    await prepare([SERVICE], settings)
    found = []
    await fill(settings, COMMANDS, count)
    ours = await _ours(settings, "decider", COMMANDS)
    for key, (what, command) in DECIDERS.items():
        theirs = await _peer(settings, key, command, COMMANDS)
        found.append(Measure(f"decider_{key}", "decider beside a peer", ours, "commands/s", theirs, what))
    await fill(settings, EVENTS, count)
    ours = await _ours(settings, "projector", EVENTS)
    theirs = await _connect(settings)
    what = "Kafka Connect 4.1, MongoDB sink 2.0.1"
    return [*found, Measure("projector_connect", "projector beside a peer", ours, "events/s", theirs, what)]


async def _ours(settings: Settings, role: str, tp: TopicPartition) -> float:
    with workers(settings, role, 1):
        return await rate(settings, f"counter.{role}", [tp], await end_of(settings, tp))


async def _peer(settings: Settings, name: str, command: list[str], tp: TopicPartition) -> float:
    """A peer that takes BOOTSTRAP TOPIC OUT GROUP DIRECTORY."""
    group, folder = f"{name}-{uuid4().hex}", _folder(settings)
    async with admin(settings.kafka) as client:
        await client.create_topics([NewTopic(group, 1, 1)])
    kafka = settings.kafka.bootstrap_servers
    return await _timed(settings, [*command, kafka, tp.topic, group, group, str(folder / "state")], group, tp, folder)


async def _connect(settings: Settings) -> float:
    name, folder = f"sink-{uuid4().hex}", _folder(settings)
    worker, sink = folder / "worker.properties", folder / "sink.properties"
    worker.write_text(WORKER.format(kafka=settings.kafka.bootstrap_servers, folder=folder, libraries=LIBRARIES))
    sink.write_text(SINK.format(name=name, topic=EVENTS.topic, mongo=settings.mongo.url))
    command = [*JAVA, "org.apache.kafka.connect.cli.ConnectStandalone", str(worker), str(sink)]
    return await _timed(settings, command, f"connect-{name}", EVENTS, folder)


def _folder(settings: Settings) -> Path:
    folder = settings.data_dir / f"peer-{uuid4().hex}"
    folder.mkdir()
    return folder


async def _timed(settings: Settings, command: list[str], group: str, tp: TopicPartition, folder: Path) -> float:
    """The peer's rate. Raises `SystemExit` with the end of its log if it stops on its own."""
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, start_new_session=True)
    timing = asyncio.ensure_future(rate(settings, group, [tp], await end_of(settings, tp)))
    ended = asyncio.ensure_future(process.wait())
    try:
        await asyncio.wait([timing, ended], return_when=asyncio.FIRST_COMPLETED)
        if not timing.done():
            raise SystemExit(f"{command[0]} ended: {(folder / 'log').read_text()[-2000:]}")
        return timing.result()
    finally:
        timing.cancel()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # uv's child too
        await ended
