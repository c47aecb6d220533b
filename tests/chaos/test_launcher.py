"""The launcher when things die: nobody is left behind, everything says why in one sentence."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from deploy.local.embedded import free_port
from tests.support.eventually import eventually

pytestmark = pytest.mark.chaos


PATIENCE = 120
"""Seconds until a system must be ready on a machine that does other things too."""


class Up:
    """`careloop up` as a user runs it, on free ports. `started`: every one of this run."""

    started: ClassVar[list["Up"]] = []

    def __init__(self, directory: Path, **ports: int) -> None:
        names = ("port", "mllp-port", "kafka-port", "mongo-port", "smtp-port", "his-port")
        self.ports = {name: ports.get(name.replace("-", "_"), free_port()) for name in names}
        options = [word for name, port in self.ports.items() for word in (f"--{name}", str(port))]
        self.directory, self.log = directory, directory / "out.log"
        directory.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "deploy.cli", "up", "--data-dir", str(directory / "up"), *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self.started.append(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['port']}"

    async def ready(self) -> "Up":
        await eventually(self.log.read_text, lambda text: "ready at" in text, PATIENCE)
        return self

    def offspring(self) -> list[int]:
        """The ids of every process started for this data folder or its ports."""
        marks = (str(self.directory), f":{self.ports['kafka-port']}")
        pids = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    line = (entry / "cmdline").read_bytes().decode(errors="replace")
                    env = (entry / "environ").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if any(mark in line for mark in marks) or f"CARELOOP_DATA_DIR={self.directory}" in env:
                    pids.append(int(entry.name))
        return pids

    async def none_left(self, seconds: float) -> None:
        await eventually(self.offspring, lambda left: not left, seconds)

    def end(self) -> None:
        """Whatever a test came to: its processes must not slow down the next ones."""
        self.process.kill()
        self.process.wait(5)


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """End every system that a test started and did not share."""
    before = len(Up.started)
    yield
    for up in Up.started[before:]:
        up.end()


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to see processes")


@needs_proc
async def test_nothing_is_left_behind_after_kill_9_of_the_launcher(tmp_path: Path) -> None:
    up = await Up(tmp_path).ready()
    up.process.kill()
    up.process.wait(5)
    await up.none_left(15)


@needs_proc
async def test_when_the_embedded_broker_dies_everything_stops_with_one_sentence(tmp_path: Path) -> None:
    up = await Up(tmp_path).ready()
    [broker] = [pid for pid in up.offspring() if "tansu" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(broker, signal.SIGKILL)
    assert up.process.wait(30) == 2
    [sentence] = [line for line in up.log.read_text().splitlines() if line.startswith("careloop:")]
    assert "broker ended" in sentence
    await up.none_left(2)


def test_a_port_in_use_is_one_sentence_with_the_way_out(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        up = Up(tmp_path, mllp_port=taken.getsockname()[1])
        assert up.process.wait(PATIENCE) == 2
    output = up.log.read_text().strip()
    assert "is in use" in output
    assert "--mllp-port" in output
    assert "Traceback" not in output


@pytest.fixture(scope="module")
async def running_up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Up]:
    """One system that the tests below share, in their order; the last one ends it."""
    up = Up(tmp_path_factory.mktemp("shared"))
    try:
        yield await up.ready()
    finally:
        up.end()


def test_a_second_system_on_the_same_directory_is_refused(running_up: Up) -> None:
    names = ("port", "mllp-port", "kafka-port", "mongo-port", "smtp-port", "his-port")
    ports = [word for name in names for word in (f"--{name}", str(free_port()))]
    command = [sys.executable, "-m", "deploy.cli", "up", "--data-dir", str(running_up.directory / "up"), *ports]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 2
    assert "runs behind" in second.stderr


@needs_proc
async def test_a_killed_service_comes_back_and_the_whole_gets_ready_again(running_up: Up) -> None:
    up = running_up
    [victim] = [pid for pid in up.offspring() if "notify" in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(victim, signal.SIGKILL)
    async with httpx.AsyncClient(base_url=up.url) as client:
        for code in (503, 200):
            await eventually(
                lambda: client.get("/health/ready"), lambda answer, code=code: answer.status_code == code, 60
            )


@needs_proc
async def test_ctrl_c_drains_and_stops_everything_within_seconds(running_up: Up) -> None:
    up = running_up
    assert len(up.offspring()) >= 8
    began = time.monotonic()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(20) == 0
    await up.none_left(1)
    assert time.monotonic() - began < 20
    assert "stopped" in up.log.read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kafka", "127.0.0.1:1"], "127.0.0.1:1"),
        (["--mongo", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500"], "127.0.0.1:1"),
    ],
)
def test_an_unreachable_server_is_one_sentence(tmp_path: Path, options: list[str], words: str) -> None:
    names = ("port", "mllp-port", "kafka-port", "mongo-port", "smtp-port", "his-port")
    ports = [word for name in names for word in (f"--{name}", str(free_port()))]
    command = [sys.executable, "-m", "deploy.cli", "up", "--data-dir", str(tmp_path / "up"), *ports, *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
