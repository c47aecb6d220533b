"""Runs roles of the counter as separate processes, as a cluster does.

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
from typing import Any

import orjson
from pydantic import BaseModel, SecretStr

from deploy.local.embedded import free_port, until_open
from deploy.settings import AllSettings
from shared.host.server import collect_rarely
from shared.settings import Settings
from shared.settings_group import Group
from tests.support.counter import running
from tests.support.eventually import eventually


def start(settings: Settings, role: str, directory: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a process of a role; its own files (Faust's tables) are in `directory`."""
    return subprocess.Popen([sys.executable, "-m", "tests.support.workers", role], env=environment(settings, directory))


def environment(settings: Settings, directory: Path | None = None) -> dict[str, str]:
    """The environment for a process: the settings as CARELOOP_ variables, and the test's other variables."""
    own = settings.model_copy(update={"data_dir": directory or settings.data_dir})
    others = {name: value for name, value in os.environ.items() if not name.startswith("CARELOOP_")}
    return others | {f"CARELOOP_{name}": value for name, value in variables(own)}


def variables(settings: BaseModel, within: str = "") -> Iterator[tuple[str, str]]:
    """Name (without CARELOOP_) and text of each setting that differs from its default."""
    for field, declared in type(settings).model_fields.items():
        name, value = f"{within}{field.upper()}", getattr(settings, field)
        if isinstance(value, Group):
            yield from variables(value, f"{name}__")
        elif value is not None and value != declared.default:
            yield name, value if isinstance(value, str) else _text(value)


def _text(value: Any) -> str:
    """The text of a value in an environment variable: secrets and paths as they are, others as JSON."""
    text = orjson.dumps(value, default=_plain).decode()
    return str(orjson.loads(text)) if text.startswith('"') else text


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, BaseModel):
        return {name: each for name, each in value if each is not None}
    return [*value] if isinstance(value, frozenset) else str(value)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process with SIGKILL."""
    process.kill()
    process.wait()


@contextmanager
def workers(settings: Settings, role: str, count: int) -> Iterator[None]:
    """Run `count` processes of a role, and kill them at the end."""
    started = [start(settings, role) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            end(process)


class Hospital:
    """Runs his_adapter as a separate process, on the same port after each restart."""

    def __init__(self, settings: Settings, role: str = "intake") -> None:
        self.port, self._role = free_port(), role
        ports = {"CARELOOP_MLLP__PORT": str(self.port), "CARELOOP_HTTP_PORT": str(free_port())}
        self._environment = {**environment(settings), **ports}
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start the process; the role `intake` is awaited until its MLLP port is open."""
        command = [sys.executable, "-m", "deploy.cli", "run", "his_adapter", "--role", self._role]
        self._process = subprocess.Popen(command, env=self._environment)
        if self._role == "intake":
            await until_open(self.port, "MLLP", 60)

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        if self._process:
            end(self._process)


async def serve(role: str) -> None:
    """Run a role until it fails or the process is killed."""
    async with running(AllSettings(), role, mark=False, asks=False) as worker:
        raise (await eventually(lambda: worker.failures, seconds=math.inf))[0]


if __name__ == "__main__":
    collect_rarely()
    asyncio.run(serve(sys.argv[1]))
