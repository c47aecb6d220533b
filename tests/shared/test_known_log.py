"""A process serves only the log that its keys and its database belong to."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.operating.rewrapping import rewrap
from deploy.operating.topics import prepare
from shared import ciphers
from shared.canary import OtherKeys
from shared.contracts.base import changed
from shared.host.deps import build, key_store
from shared.incarnation import OtherLog
from shared.keystore import LocalKeyStore, Wrapped
from shared.masters import Masters, WrongMasterKey
from shared.projector.generations import POSITIONS
from shared.settings import Settings
from tests.support.counter import SERVICE, running
from tests.support.parts import embedded_parts

pytestmark = pytest.mark.wiring


def _raised(error: BaseException) -> None:
    raise error


async def _start(settings: Settings) -> None:
    async with build(SERVICE, settings, lambda error: None):
        pass


async def test_a_database_of_another_log_is_refused(parts: Settings) -> None:
    async with running(parts, "projector") as worker:
        await worker.rest()
        stamps = worker.deps.database.raw[POSITIONS]
        before = await stamps.find_one({"_id": "incarnation"})
        await stamps.update_one({"_id": "incarnation"}, {"$set": {"log": "another"}})
    async with running(parts, "projector") as worker:
        await worker.deps.database.raw[POSITIONS].update_one({"_id": "incarnation"}, {"$set": {"log": before["log"]}})
        assert isinstance(worker.failures[0], OtherLog)
        assert "was built from log another" in str(worker.failures[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"site": SecretStr("33" * 32)}, "CARELOOP_KEYS__SITE"),
        ({"file": Path("other.sqlite")}, "another key store"),
        ({"master": SecretStr("44" * 32)}, "CARELOOP_KEYS__MASTER"),
    ],
)
async def test_keys_of_another_log_are_refused(parts: Settings, change: dict[str, Any], words: str) -> None:
    await prepare([SERVICE], parts)
    if "file" in change:
        change = {"file": parts.data_dir / "other.sqlite"}
    other = changed(parts, keys=changed(parts.keys, **change))
    for starting in (prepare([SERVICE], other), _start(other)):
        with pytest.raises((OtherKeys, WrongMasterKey), match=words):
            await starting


async def test_a_log_is_known_under_its_new_master_and_under_both_but_not_under_the_former_alone(
    parts: Settings,
) -> None:
    await prepare([SERVICE], parts)
    now, before = SecretStr("44" * 32), parts.keys.master
    both = changed(parts, keys=changed(parts.keys, master=now, former_masters=(before,)))
    for one, other in (
        (both, parts),
        (changed(parts, keys=changed(both.keys, former_masters=(now,), master=before)), both),
    ):
        async with build(SERVICE, one, _raised) as deps:
            assert await rewrap(key_store(one, deps.mongo), deps.ring.masters) > 0
        await _start(changed(one, keys=changed(one.keys, former_masters=())))
        with pytest.raises(WrongMasterKey, match="CARELOOP_KEYS__FORMER_MASTERS"):
            await _start(changed(other, keys=changed(other.keys, former_masters=())))


async def test_a_log_under_a_short_master_goes_on_and_never_goes_back_to_it(tmp_path: Path) -> None:
    """The way of an installation of before: both masters everywhere, in either order, until it was re-wrapped."""
    short, long = SecretStr("44" * 16), SecretStr("44" * 32)
    async with embedded_parts(tmp_path) as parts:
        await prepare([SERVICE], parts)
        store = LocalKeyStore(parts.keys.file)
        first = Masters(parts.keys.master_key, [bytes.fromhex(short.get_secret_value())])
        for id, wrapped in await store.outdated("", "", 100):  # as if the log had begun under the short one
            before = Wrapped(ciphers.wrap(bytes.fromhex(short.get_secret_value()), first.unwrap(wrapped)))
            assert await store.exchange([(id, wrapped, before)]) == 1
        old, back, both = (
            changed(parts, keys=changed(parts.keys, master=master, former_masters=former))
            for master, former in ((short, ()), (short, (long,)), (long, (short,)))
        )
        for settings in (old, back, both):
            await _start(settings)
        assert await rewrap(store, Masters(both.keys.master_key, both.keys.former_master_keys)) > 0
        await _start(both)
        with pytest.raises(OtherKeys, match="does not go back to one of 16"):
            await _start(back)
        store.close()


@pytest.mark.parametrize("short", [{"master": SecretStr("44" * 16)}, {"site": SecretStr("44" * 16)}])
async def test_a_new_log_begins_under_long_keys(tmp_path: Path, short: dict[str, Any]) -> None:
    async with embedded_parts(tmp_path) as parts:
        with pytest.raises(OtherKeys, match=r"32 bytes: `careloop keys new`"):
            await prepare([SERVICE], changed(parts, keys=changed(parts.keys, **short)))
        await prepare([SERVICE], parts)
