"""Databases as hospitals have them, for tests: SQLite always, PostgreSQL and MariaDB where this machine has them."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from glob import glob
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from deploy.authority import Issued
from deploy.local.embedded import free_port
from tests.support.eventually import eventually

ROOT = getpass.getuser() == "root"


def missing(kind: str) -> str | None:
    """The reason why a kind of database cannot run on this machine; None if it can."""
    wanted = {"postgresql": _initdb(), "mariadb": shutil.which("mariadbd"), "sqlite": "built in"}[kind]
    return None if wanted else f"{kind} is not installed here"


@asynccontextmanager
async def database(kind: str, tls: tuple[Path, Issued] | None = None) -> AsyncIterator[str]:
    """Run a database and yield its SQLAlchemy URL; with `tls` (authority, its pair) it requires certificates."""
    folder = Path(tempfile.mkdtemp(prefix=f"careloop-{kind}-"))
    folder.chmod(0o777)
    try:
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'his.sqlite'}"
            return
        async with _postgresql(folder, tls) if kind == "postgresql" else _mariadb(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initdb() -> str | None:
    return shutil.which("initdb") or next(iter(sorted(glob("/usr/lib/postgresql/*/bin/initdb"))), None)


@asynccontextmanager
async def _postgresql(folder: Path, tls: tuple[Path, Issued] | None) -> AsyncIterator[str]:
    user, tool, port = "postgres" if ROOT else None, _initdb() or "", free_port()
    data = folder / "data"
    make = [tool, "-D", str(data), "-U", "careloop", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, user=user)
    command = [
        str(Path(tool).parent / "postgres"),
        "-D",
        str(data),
        "-p",
        str(port),
        "-k",
        str(folder),
        "-h",
        "127.0.0.1",
    ]
    if tls:
        command += _secured(data, user, *tls)
    local = f"postgresql+pg8000://careloop@/postgres?unix_sock={folder}/.s.PGSQL.{port}"
    async with _serving(command, user, lambda: _answers(local)):
        yield f"postgresql+pg8000://careloop@127.0.0.1:{port}/postgres"


def _secured(data: Path, user: str | None, authority: Path, pair: Issued) -> list[str]:
    """Options with which PostgreSQL requires TLS and a client certificate on TCP connections."""
    rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n"
    (data / "pg_hba.conf").write_text(rules)
    options = ["-c", "ssl=on"]
    for name, file in {"ssl_ca_file": authority, "ssl_cert_file": pair.cert, "ssl_key_file": pair.key}.items():
        shutil.copy(file, data / name)
        (data / name).chmod(0o600)
        if user:
            shutil.chown(data / name, user)
        options += ["-c", f"{name}={name}"]
    return options


@asynccontextmanager
async def _mariadb(folder: Path) -> AsyncIterator[str]:
    user, port, data = "mysql" if ROOT else None, free_port(), folder / "data"
    make = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"]
    subprocess.run(make, check=True, capture_output=True, user=user)
    command = ["mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1"]
    command += [f"--socket={folder / 's'}", "--character-set-server=utf8mb4"]
    url = f"mysql+pymysql://root@127.0.0.1:{port}/test?charset=utf8mb4"
    async with _serving(command, user, lambda: _answers(url)):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("alter database test character set utf8mb4"))
        engine.dispose()
        yield url


@asynccontextmanager
async def _serving(command: list[str], user: str | None, answers: Callable[[], Any]) -> AsyncIterator[None]:
    with Path(os.devnull).open("w") as quiet:
        process = subprocess.Popen(command, stdout=quiet, stderr=quiet, user=user)
    try:
        await eventually(answers)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    return True
