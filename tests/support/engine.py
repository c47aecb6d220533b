"""A Docker engine for tests: whether one answers, the base of our image where none can be pulled, and our image."""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import docker
from docker.errors import DockerException
from docker.models.images import Image

ROOT = Path(__file__).parents[2]
LABEL = "org.careloop.test"
"""On everything that tests make in the engine, so that they can remove it by that."""
BASE = "careloop-test/base:bookworm"
IMAGE = "careloop-test/careloop:dev"
PACKAGES = "python3,python3-venv,ca-certificates,tzdata"
AUTHORITIES = Path("/usr/local/share/ca-certificates")
"""Where this machine keeps authorities of its own, such as that of a proxy that inspects TLS."""


@cache
def engine() -> docker.DockerClient:
    """The engine that the environment names (`DOCKER_HOST`), by default the local one. Raises DockerException."""
    client = docker.from_env(timeout=600)
    client.ping()
    return client


def unavailable() -> str | None:
    """The reason why no container can run on this machine, None if it can."""
    try:
        engine()
    except DockerException:
        return "no Docker engine answers (DOCKER_HOST)"
    if "CARELOOP_BASE" in os.environ or engine().images.list(BASE):
        return None
    needed = {"debootstrap": shutil.which("debootstrap"), "root": os.geteuid() == 0}
    missing = [name for name, there in needed.items() if not there]
    way = "CARELOOP_BASE names an image of Debian with Python 3.11, or one is made here"
    return f"{' and '.join(missing)} missing: {way}" if missing else None


@cache
def base() -> str:
    """The image that ours is built on: `CARELOOP_BASE`, or one made of Debian's packages, once for this machine."""
    if named := os.environ.get("CARELOOP_BASE"):
        return named
    if not engine().images.list(BASE):
        with tempfile.TemporaryDirectory() as folder:
            _debian(Path(folder) / "root")
            engine().api.import_image_from_data(_packed(Path(folder) / "root"), *BASE.split(":"))
    return BASE


def _debian(root: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout[-2000:]
    for certificate in AUTHORITIES.glob("*.crt"):
        shutil.copy(certificate, root / "usr/local/share/ca-certificates")
    subprocess.run(["chroot", str(root), "update-ca-certificates"], capture_output=True, check=True)


def _packed(root: Path) -> bytes:
    left_out = (root / "var/cache/apt", root / "var/lib/apt/lists", root / "dev", root / "proc", root / "sys")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path in sorted(root.rglob("*")):
            if not any(part in path.parents for part in left_out):
                tar.add(path, path.relative_to(root), recursive=False)
    return packed.getvalue()


@cache
def image() -> Image:
    """Our image, built from this checkout."""
    built, _ = engine().images.build(
        path=str(ROOT),
        dockerfile="deploy/image/Dockerfile",
        tag=IMAGE,
        buildargs={"BASE": base(), "REVISION": "a-test"},
        labels={LABEL: "image"},
        rm=True,
    )
    return built
