"""`careloop keys` as somebody types it: a master rotates, killed on the way, in both key stores."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from console.settings import Console
from deploy.operating.doctor import examine
from deploy.operating.rewrapping import rewrap
from deploy.operating.topics import prepare
from shared import mongo
from shared.ciphers import kid
from shared.contracts.base import changed
from shared.keystore import KeyStore, LocalKeyStore, Wrapped
from shared.masters import Masters
from tests.support.counter import SERVICE
from tests.support.parts import Database, embedded_parts

OLD, NEW = "0a" * 32, "0b" * 32
BEFORE, AFTER = Masters(bytes.fromhex(OLD)), Masters(bytes.fromhex(NEW))
BOTH = {"CARELOOP_KEYS__MASTER": NEW, "CARELOOP_KEYS__FORMER_MASTERS": json.dumps([OLD])}


class Operator:
    """Runs `careloop keys` in a child process with the settings of a cluster."""

    def __init__(self, **settings: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CARELOOP_")}
        self.env = {**clean, "CARELOOP_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", **settings}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "deploy.cli", "keys", *words]

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        return subprocess.Popen(self.command(*words), env={**self.env, **more}, stdout=pipe, stderr=pipe, text=True)

    def types(self, *words: str, **more: str) -> tuple[int, str, str]:
        """Run a command; returns the exit code, stdout and stderr."""
        running = self.start(*words, **more)
        output, complained = running.communicate()
        return running.returncode, output, complained

    def asks(self, *words: str, **more: str) -> tuple[int, Any]:
        """Run a command with `--json`; returns the exit code and the parsed output."""
        code, output, _ = self.types(*words, "--json", **more)
        return code, json.loads(output)


async def a_master_rotates(store: KeyStore, operator: Operator) -> None:
    """Rewrap all keys under a new master: killed half-way, read meanwhile, then run to the end."""
    marked = {f"k{number:05d}": BEFORE.wrap(number.to_bytes(32)) for number in range(3000)}
    unmarked = {f"u{number:05d}": Wrapped(BEFORE.wrap(number.to_bytes(32)).key) for number in range(3000)}
    await store.add(marked | unmarked)
    assert await store.destroy(["k00007"]) == 1
    running = operator.start("rewrap", **BOTH)
    assert running.stdout
    assert "re-wrapped" in await asyncio.to_thread(running.stdout.readline)
    running.kill()
    await asyncio.to_thread(running.communicate)
    code, status = operator.asks("status", **BOTH)
    assert (code, status["done"], status["destroyed"]) == (1, False, 1)
    assert sum(row["keys"] for row in status["masters"]) == 5999
    code, output, _ = operator.types("rewrap", **BOTH)
    assert code == 0
    assert f"all are under master {AFTER.kid}" in output.replace("\n", " ")
    assert f"take {BEFORE.kid} out of CARELOOP_KEYS__FORMER_MASTERS" in output.replace("\n", " ")
    alone = {"CARELOOP_KEYS__MASTER": NEW}
    status = operator.asks("status", **alone)
    assert status == (0, {"masters": [{"kid": AFTER.kid, "is": "current", "keys": 5999}], "destroyed": 1, "done": True})
    stored = await store.get(["k00007", "k00008", "u00009"])
    assert [key and AFTER.unwrap(key)[-1] for key in stored.values()] == [None, 8, 9]


async def test_a_master_rotates_in_a_local_store(tmp_path: Path) -> None:
    with closing(LocalKeyStore(tmp_path / "keys.sqlite")) as store:
        await a_master_rotates(store, Operator(CARELOOP_KEYS__FILE=str(tmp_path / "keys.sqlite")))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    server = Database(tmp_path)
    await server.start()
    yield server
    server.kill()


@pytest.mark.wiring
async def test_a_master_rotates_in_a_mongodb_store(database: Database) -> None:
    async with mongo.connected(database.url) as client:
        operator = Operator(CARELOOP_KEYS__STORE="mongodb", CARELOOP_MONGO__URL=database.url)
        await a_master_rotates(mongo.MongoKeyStore(client), operator)


async def test_a_master_that_no_setting_names_is_named(tmp_path: Path) -> None:
    with closing(LocalKeyStore(tmp_path / "keys.sqlite")) as store:
        await store.add({"a": BEFORE.wrap(bytes(32))})
    operator = Operator(CARELOOP_KEYS__FILE=str(tmp_path / "keys.sqlite"), CARELOOP_KEYS__MASTER=NEW)
    code, _, complained = operator.types("rewrap")
    assert (code, complained.count("\n")) == (2, 1)
    assert f"under master {BEFORE.kid}" in complained
    assert "CARELOOP_KEYS__FORMER_MASTERS" in complained
    code, status = operator.asks("status")
    assert (code, status["masters"][1]) == (1, {"kid": BEFORE.kid, "is": "in no setting", "keys": 1})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "CARELOOP_KEYS__MASTER must be 16 or 32 bytes"),
        ({"CARELOOP_KEYS__MASTER": "zz"}, "CARELOOP_KEYS__MASTER is no hex"),
        ({"CARELOOP_KEYS__MASTER": "0c" * 16}, "16 bytes: re-wrap under one of 32"),
        (
            {"CARELOOP_KEYS__MASTER": "0c" * 16, "CARELOOP_KEYS__FORMER_MASTERS": f'["{OLD}"]'},
            "16 bytes: re-wrap under",
        ),
    ],
)
def test_what_is_no_master_is_one_sentence(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    operator = Operator(CARELOOP_KEYS__FILE=str(tmp_path / "keys.sqlite"), **settings)
    code, _, complained = operator.types("rewrap")
    assert (code, complained.count("\n")) == (2, 1)
    assert words in complained


def test_fresh_secrets_are_settings_that_are_accepted() -> None:
    code, secrets = Operator().asks("new")
    assert code == 0
    assert list(secrets) == [
        "CARELOOP_KEYS__MASTER",
        "CARELOOP_KEYS__SITE",
        "CARELOOP_AUTH__LINK_SECRET",
        "CARELOOP_SMTP__CALLBACK_SECRET",
        "CARELOOP_CONSOLE__SESSION_KEY",
    ]
    assert Console(session_key=secrets["CARELOOP_CONSOLE__SESSION_KEY"]).key
    assert (
        len(bytes.fromhex(secrets["CARELOOP_KEYS__MASTER"])) == len(bytes.fromhex(secrets["CARELOOP_KEYS__SITE"])) == 32
    )
    assert secrets["CARELOOP_SMTP__CALLBACK_SECRET"].startswith("whsec_")
    code, output, _ = Operator().types("new", "master")
    assert output.startswith("CARELOOP_KEYS__MASTER=")
    assert kid("master", bytes.fromhex(output.partition("=")[2])) != BEFORE.kid
    assert "choose from master, site, link, callback, session" in Operator().types("new", "other")[2]


@pytest.mark.wiring
async def test_doctor_says_how_far_a_rotation_is(tmp_path: Path) -> None:
    async with embedded_parts(tmp_path) as parts:
        await prepare([SERVICE], parts)
        both = changed(parts, keys=changed(parts.keys, master=SecretStr(NEW), former_masters=(parts.keys.master,)))
        masters = Masters(both.keys.master_key, both.keys.former_master_keys)

        async def key_finding() -> str:
            [keys] = [finding for finding in await examine(both, [SERVICE]) if finding.what == "keys"]
            assert keys.ok, keys.detail
            return keys.detail.partition("; ")[2]

        assert await key_finding() == "1 keys wait for `careloop keys rewrap`"
        with closing(LocalKeyStore(parts.keys.file)) as store:
            await rewrap(store, masters)
        assert await key_finding() == "CARELOOP_KEYS__FORMER_MASTERS may be taken out"


@pytest.mark.parametrize("words", [["topics"], ["rebuild", "person_360"], ["dlq", "list"]])
def test_a_command_that_needs_the_site_key_names_it(words: list[str], tmp_path: Path) -> None:
    operator = Operator(CARELOOP_KEYS__MASTER=NEW)
    command = [sys.executable, "-m", "deploy.cli", *words, "--data-dir", str(tmp_path)]
    result = subprocess.run(command, env=operator.env, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "CARELOOP_KEYS__SITE is not set, a log needs 32 in hex: `careloop keys new` makes one" in result.stderr
