"""Roles of the counter as processes of their own, as a cluster runs them.

`python -m tests.support.workers ROLE` is one such process; its settings come from the environment.
"""

import asyncio
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.embedded import free_port, until_open
from deploy.settings import AllSettings
from shared.host.run import collect_rarely
from shared.settings import Settings
from tests.support.counter import running
from tests.support.eventually import eventually
from tests.support.kafka_secured import as_environment


def start(settings: Settings, role: str, directory: Path | None = None) -> subprocess.Popen[bytes]:
    """One more process of a role; `directory` is for what it keeps itself (Faust's tables)."""
    return subprocess.Popen([sys.executable, "-m", "tests.support.workers", role], env=environment(settings, directory))


def environment(settings: Settings, directory: Path | None = None) -> dict[str, str]:
    """The settings as a process of its own reads them."""
    kafka = {name: getattr(settings.kafka, name) for name in type(settings.kafka).model_fields}
    return {
        **os.environ,
        "CARELOOP_DATA_DIR": str(directory or settings.data_dir),
        "CARELOOP_CLOCK_FILE": str(settings.clock_file),
        **as_environment({name: value for name, value in kafka.items() if value is not None}),
        "CARELOOP_MONGO__URL": settings.mongo.url,
        "CARELOOP_KEYS__MASTER": settings.keys.master.get_secret_value(),
        "CARELOOP_KEYS__SITE": settings.keys.site.get_secret_value(),
        "CARELOOP_KEYS__FILE": str(settings.keys.file),
    }


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill -9."""
    process.kill()
    process.wait()


@contextmanager
def workers(settings: Settings, role: str, count: int) -> Iterator[None]:
    """So many processes of a role, gone in the end."""
    started = [start(settings, role) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            end(process)


class Hospital:
    """his_adapter as a process of its own, on a port that stays through its restarts."""

    def __init__(self, settings: Settings, role: str = "intake") -> None:
        self.port, self._role = free_port(), role
        ports = {"CARELOOP_MLLP__PORT": str(self.port), "CARELOOP_HTTP_PORT": str(free_port())}
        self._environment = {**environment(settings), **ports}
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Up, and listening where its role listens."""
        command = [sys.executable, "-m", "deploy.cli", "run", "his_adapter", "--role", self._role]
        self._process = subprocess.Popen(command, env=self._environment)
        if self._role == "intake":
            await until_open(self.port, "MLLP", 60)

    def kill(self) -> None:
        """Kill -9."""
        if self._process:
            end(self._process)


async def serve(role: str) -> None:
    """One process, until killed."""
    async with running(AllSettings(), role, mark=False, asks=False) as worker:
        raise (await eventually(lambda: worker.failures, seconds=math.inf))[0]


if __name__ == "__main__":
    collect_rarely()
    asyncio.run(serve(sys.argv[1]))
