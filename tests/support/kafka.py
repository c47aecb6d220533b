"""Apache Kafka 4 (KRaft, one node) from Maven Central, as an ordinary process that tests may kill and start again."""

import asyncio
import base64
import os
import resource
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from aiokafka.protocol.admin import DeleteGroupsRequest

from deploy.local.embedded import free_port, until_open
from shared.bus.clients import admin
from shared.settings_kafka import Kafka

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "kafka_server"
LIBRARIES = ROOT / "var" / "kafka" / "libs"

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{inner}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""
_PLAIN = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{inner}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
"""


def unavailable() -> str | None:
    """The reason why Kafka cannot run on this machine, None if it can. Fetches its jars once."""
    missing = [name for name in ("java", "mvn") if not shutil.which(name)]
    if missing:
        return f"{' and '.join(missing)} not installed (Java 17, Maven)"
    return fetch(HERE / "pom.xml", LIBRARIES, "kafka_*.jar")


def fetch(pom: Path, libraries: Path, sign: str) -> str | None:
    """Copy a pom's jars to `libraries`, unless a file there matches `sign`; returns why that failed, or None."""
    if list(libraries.glob(sign)):
        return None
    copy = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={libraries}"]
    result = subprocess.run(copy, capture_output=True, text=True, check=False)
    return f"Maven could not fetch {pom}: {' '.join(result.stdout.split())[:160]}" if result.returncode else None


class KafkaServer:
    """One broker with its own data folder. `start` after `kill`, or over a copy of `log`, finds it as it was.

    `listeners` are its properties for how clients come in (at `{port}` at least), `users` those that StorageTool adds.
    """

    def __init__(self, directory: Path, listeners: str = _PLAIN, users: Sequence[str] = ()) -> None:
        self.port, self._directory = free_port(), directory
        directory.mkdir(parents=True, exist_ok=True)
        self._config = directory / "server.properties"
        properties = _PROPERTIES + listeners
        self._config.write_text(properties.format(port=self.port, inner=free_port(), data=directory / "log"))
        self._log = directory / "kafka.log"
        self.process: subprocess.Popen[bytes] | None = None
        if not (directory / "log").exists():
            cluster = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
            add = [word for user in users for word in ("--add-scram", user)]
            format = ["format", "-t", f"A{cluster[1:]}", "-c", str(self._config), *add]
            assert self._java("kafka.tools.StorageTool", *format).wait(60) == 0, self._log.read_text()

    @property
    def address(self) -> str:
        """The address of the broker, HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    def _java(self, *arguments: str) -> "subprocess.Popen[bytes]":
        logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
        command = ["java", "-Xmx512m", "-XX:TieredStopAtLevel=1", logging, "-cp", f"{LIBRARIES}/*", *arguments]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    async def start(self) -> None:
        """Start the broker and wait until it answers."""
        self.process = self._java("kafka.Kafka", str(self._config))
        await until_open(self.port, "Kafka", 60)

    async def end(self, kill: bool = False) -> None:
        """Stop the broker, by SIGTERM or by SIGKILL."""
        if self.process is None:
            return
        (self.process.kill if kill else self.process.terminate)()
        try:
            await self.gone()
        except TimeoutError:
            self.process.kill()
        self.process.wait()
        self.process = None

    def fill_disk(self) -> None:
        """Stop the broker's files from growing, as on a full disk, until `start`."""
        assert self.process is not None
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    async def gone(self, seconds: float = 30) -> None:
        """Wait until the broker has ended by itself."""
        assert self.process is not None
        await asyncio.wait_for(asyncio.to_thread(self.process.wait), seconds)

    def signal(self, number: int) -> None:
        """Send the broker a signal, for example SIGSTOP or SIGCONT."""
        assert self.process is not None
        os.kill(self.process.pid, number)


@asynccontextmanager
async def kafka_server(
    directory: Path, listeners: str = _PLAIN, users: Sequence[str] = ()
) -> AsyncIterator[KafkaServer]:
    """Run a broker, and kill it at the end."""
    server = KafkaServer(directory, listeners, users)
    await server.start()
    try:
        yield server
    finally:
        await server.end(kill=True)


async def forget_offsets(kafka: Kafka, group: str) -> None:
    """Delete the offsets of a group without members, as Kafka does by itself after 7 days."""
    async with admin(kafka) as client:
        deleted = await client._send_request(DeleteGroupsRequest([group]), await client.find_coordinator(group))
    assert [code for _, code in deleted.results] == [0]
