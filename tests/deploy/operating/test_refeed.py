"""After the site key leaked: what hospitals sent goes onto a new log, where nothing has the names it had."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from deploy.catalogue import load, load_all
from deploy.cli.his import replayed
from deploy.local.options import Options
from deploy.operating.refeed import Refed, SameSiteKey, refeed
from deploy.operating.topics import prepare
from deploy.publishing.definition_store import compare, read_files, write
from services.his_adapter.formats.common.storing import received, store
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.definitions import Definitions
from shared.host.deps import build
from shared.sealing import KeyRing
from shared.settings import Settings
from tests.support.parts import embedded_parts
from tests.support.systems import Patient
from tests.support.workers import environment

pytestmark = pytest.mark.wiring
AT = datetime(2026, 3, 9, 10, tzinfo=UTC)
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def _raised(error: BaseException) -> None:
    raise error


@pytest.fixture
async def logs(tmp_path: Path) -> AsyncIterator[tuple[Settings, Settings]]:
    """The log whose site key leaked, and a new one with other keys, its definitions applied."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    async with embedded_parts(tmp_path / "old") as old, embedded_parts(tmp_path / "new") as new:
        other = changed(new, keys=changed(new.keys, site=SecretStr("66" * 32), master=SecretStr("77" * 32)))
        for settings in (old, other):
            await prepare(load_all(settings), settings)
            changes = compare(read_files([Options().definitions]), Definitions())
            await write(settings, changes, "an interface engineer")
        yield old, other


async def send(settings: Settings, *patients: Patient) -> list[str]:
    """Store an admission message of each patient; returns the ids of the messages."""
    async with build(load("his_adapter", settings), settings, _raised) as deps:
        texts = [each.says("ADT^A01", "IN", AT) for each in patients]
        about = {"sender": "HIS", "kind": "ADT^A01"}
        kept = [received(deps, t.encode(), t, format="hl7v2", control_id=str(n), **about) for n, t in enumerate(texts)]  # type: ignore[arg-type]
        await store(deps, kept, [])
        return [each.message_id for each in kept]


async def stored(settings: Settings) -> list[HospitalMessageReceived]:
    """What stands on the raw topic."""
    partitions = [
        TopicPartition(topic_name("his-adapter", "raw"), partition) for partition in range(settings.kafka.partitions)
    ]
    async with build(load("his_adapter", settings), settings, _raised) as deps:
        read = [await deps.codec.decode(records) async for records in read_to_end(settings.kafka, partitions)]
        return [each.data for records in read for each in records]  # type: ignore[union-attr]


async def forget(settings: Settings, message_id: str) -> None:
    """Destroy the key that the patient of one message has now."""
    [patient] = next(each for each in await stored(settings) if each.message_id == message_id).patients
    async with build(load("his_adapter", settings), settings, _raised) as deps:
        ring: KeyRing = deps.ring
        assert await ring.destroy(await ring.versions([patient])) == 1


def careloop(old: Path, new: Settings, *words: str) -> tuple[int, Any, str]:
    """Run `careloop his refeed` in the new system's environment; returns the exit code, parsed output and stderr."""
    command = [sys.executable, "-m", "deploy.cli", "his", "refeed", "--old", str(old), "--json", *words]
    result = subprocess.run(command, env=environment(new), capture_output=True, text=True, check=False)
    return result.returncode, json.loads(result.stdout) if result.stdout else None, result.stderr


async def test_what_hospitals_sent_is_told_on_a_new_log_under_new_names_and_messages_nobody(
    logs: tuple[Settings, Settings], tmp_path: Path
) -> None:
    old, new = logs
    patients = [Patient.new() for _ in range(3)]
    [first, *_] = await send(old, *patients)
    await forget(old, first)
    before = await replayed(old, ALWAYS, apply=False)
    ours = {name: value for name, value in environment(old).items() if name.startswith("CARELOOP_")}
    file = tmp_path / "old.env"
    file.write_text("\n".join(f"{name}='{value}'" for name, value in ours.items() if name not in os.environ))
    code, told_counts, errors = careloop(file, new, "--data-dir", str(tmp_path / "none"))
    assert (code, told_counts) == (0, {"messages": 2, "left": 0, "erased": 1, "unreadable": 0}), errors
    after = await replayed(new, ALWAYS, apply=False)
    assert after.messages == before.messages == 2
    facts = [[c.command.fact for c in reaction.changes if c.command] for reaction in (before, after)]  # type: ignore[union-attr]
    assert [len(told_counts) for told_counts in facts] == [len(facts[0])] * 2
    names = [{fact["patient_key"] for fact in told_counts} for told_counts in facts]
    assert len(names[0]) == len(names[1]) == 2
    assert names[0] & names[1] == set()
    assert [message.historical for message in await stored(old)] == [False] * 3
    assert [message.historical for message in await stored(new)] == [True] * 2


async def test_what_a_source_says_that_is_read_anew_stays_behind(logs: tuple[Settings, Settings]) -> None:
    old, new = logs
    await send(old, Patient.new())
    assert await refeed(old, new, ["HIS"]) == Refed(left=1)
    assert await stored(new) == []


async def test_a_new_log_has_a_new_site_key(logs: tuple[Settings, Settings]) -> None:
    old, new = logs
    with pytest.raises(SameSiteKey):
        await refeed(old, changed(new, keys=changed(new.keys, site=old.keys.site)))
