"""The embedded broker and database for wiring tests, and the adapters over them."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from deploy.local import embedded
from deploy.settings import AllSettings
from shared.settings import Keys, Mongo, Settings
from shared.settings_kafka import Kafka


class Database:
    """A mongod that a test may kill and start again over its data."""

    def __init__(self, directory: Path) -> None:
        self.port = embedded.free_port()
        self._command = embedded.database_command(self.port, directory / "mongo")
        self._log = directory / "mongo.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of this single node."""
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    async def start(self) -> None:
        """Start mongod and wait until it is the primary of its replica set."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        await embedded.until_open(self.port, "the database")
        await embedded.form_replica_set(self.port)

    def kill(self) -> None:
        """Kill mongod with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)


@asynccontextmanager
async def embedded_parts(directory: Path, kafka: str | None = None) -> AsyncIterator[Settings]:
    """Run broker (unless `kafka` is the address of one) and database on free ports; yields settings that name them."""
    kafka_port, database = embedded.free_port(), Database(directory)
    log, broker = (directory / "broker.log").open("wb"), None
    try:
        if kafka is None:
            command = embedded.broker_command(kafka_port, f"test-{uuid4().hex[:8]}")
            broker = subprocess.Popen(command, stdout=log, stderr=log)
            await embedded.until_open(kafka_port, "the broker")
        await database.start()
        yield AllSettings(
            data_dir=directory,
            clock_file=directory / "clock.json",
            kafka=Kafka(
                bootstrap_servers=kafka or f"127.0.0.1:{kafka_port}",
                transactions=kafka is not None,
                session_timeout_ms=2000,
                partitions=2,
            ),
            mongo=Mongo(url=database.url),
            keys=Keys.model_validate({"master": "11" * 32, "site": "22" * 32, "file": directory / "keys.sqlite"}),
        )
    finally:
        database.kill()
        if broker:
            broker.terminate()
            broker.wait(10)
        log.close()
