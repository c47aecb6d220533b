"""The embedded broker and database for wiring tests, and the adapters over them."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from deploy.local import embedded
from shared.settings import Kafka, Keys, Mongo, Settings


@asynccontextmanager
async def embedded_parts(directory: Path, kafka: str | None = None) -> AsyncIterator[Settings]:
    """Both running on free ports, or the database beside the Apache Kafka at `kafka`; settings that point at them."""
    kafka_port, mongo_port = embedded.free_port(), embedded.free_port()
    commands = [embedded.database_command(mongo_port, directory / "mongo")]
    if kafka is None:
        commands.append(embedded.broker_command(kafka_port, f"test-{uuid4().hex[:8]}"))
    log = (directory / "parts.log").open("wb")
    processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
    try:
        if kafka is None:
            await embedded.until_open(kafka_port, "the broker")
        await embedded.until_open(mongo_port, "the database")
        await embedded.form_replica_set(mongo_port)
        yield Settings(
            data_dir=directory,
            clock_file=directory / "clock.json",
            kafka=Kafka(
                bootstrap_servers=kafka or f"127.0.0.1:{kafka_port}",
                transactions=kafka is not None,
                session_timeout_ms=2000,
                partitions=2,
            ),
            mongo=Mongo(url=f"mongodb://127.0.0.1:{mongo_port}/?directConnection=true"),
            keys=Keys.model_validate({"master": "11" * 32, "site": "22" * 32, "file": directory / "keys.sqlite"}),
        )
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)
        log.close()
