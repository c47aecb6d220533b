"""Somebody at a terminal sees of people only what is on record first: on Kafka, else sealed on the disk."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import ConsumerRecord, TopicPartition

from deploy.catalogue import load_all
from deploy.cli.context import UserError
from deploy.cli.looking import NAME, operator, record
from deploy.operating.topics import prepare
from deploy.settings import AllSettings
from shared import mongo
from shared.bus.clients import producer, started
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.bus.writing import send_groups
from shared.codec import Refusal
from shared.contracts.base import changed
from shared.deadletter import dead_letter
from shared.host.deps import key_ring, spool
from shared.settings import Keys, Mongo, Settings
from shared.settings_kafka import Kafka
from tests.support.counter import AT
from tests.support.parts import embedded_parts
from tests.support.workers import environment

NOWHERE = Kafka(bootstrap_servers="127.0.0.1:1")
PERSON, SECOND, NOBODY = (str(uuid4()) for _ in range(3))


@pytest.fixture
def alone(tmp_path: Path) -> Settings:
    """The command line's settings while Kafka and MongoDB are away."""
    keys = Keys.model_validate({"master": "11" * 32, "site": "22" * 32, "file": tmp_path / "keys.sqlite"})
    return AllSettings(data_dir=tmp_path, kafka=NOWHERE, mongo=Mongo(url="mongodb://127.0.0.1:1"), keys=keys)


async def kept(settings: Settings) -> list[dict[str, Any]]:
    """The access events that wait on the disk."""
    async with mongo.connected(settings.mongo.url) as client:
        with closing(key_ring(settings, client)) as ring:
            return [orjson.loads(value) for _, value in await spool(NAME, settings, ring).oldest()]


async def published(settings: Settings) -> list[dict[str, Any]]:
    """The access events on the topic, by time."""
    partitions = [
        TopicPartition(topic_name("contacts", "audit"), partition) for partition in range(settings.kafka.partitions)
    ]
    read = [orjson.loads(each.value) async for records in read_to_end(settings.kafka, partitions) for each in records]
    return sorted(read, key=lambda event: event["time"])


async def test_while_kafka_is_away_a_look_waits_on_the_disk_with_who_and_what_for(alone: Settings) -> None:
    await record(alone, "his open", "HPAYMT", [PERSON], ["stays/done/3f2a"])
    [event] = await kept(alone)
    access = event["data"]
    assert (access["reader"], access["reader_type"], access["route"]) == (operator(), "user", "careloop his open")
    assert (access["purpose"], access["persons"], access["resources"]) == ("HPAYMT", [PERSON], ["stays/done/3f2a"])


async def test_more_people_than_an_event_names_are_counted(alone: Settings) -> None:
    await record(alone, "dlq list", "HSYSADMIN", map(str, range(502)), map(str, range(502)))
    [event] = await kept(alone)
    assert (len(event["data"]["persons"]), event["data"]["more"], len(event["data"]["resources"])) == (500, 2, 500)


async def test_what_can_be_written_nowhere_is_refused_in_a_sentence(alone: Settings) -> None:
    (alone.data_dir / "audit").write_text("no folder")
    with pytest.raises(UserError, match=r"cannot be recorded \(.+\): nothing is shown of anybody"):
        await record(alone, "trace", "HSYSADMIN", [PERSON])


def test_the_operator_is_whom_the_system_knows_not_whom_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    before = operator()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert operator() == before
    assert before.count("@") == 1


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[Settings]:
    """The parts with every topic, and two people that contacts shows."""
    async with embedded_parts(tmp_path) as settings:
        await prepare(load_all(settings), settings)
        async with mongo.connected(settings.mongo.url) as client:
            await client["careloop_contacts"]["person_360"].insert_many([{"_id": PERSON}, {"_id": SECOND}])
        yield settings


def careloop(settings: Settings, *words: str) -> tuple[int, str, str]:
    """Run a command as an operator does; returns the exit code, stdout and stderr."""
    command = [sys.executable, "-m", "deploy.cli", *words, "--data-dir", str(settings.data_dir / "none")]
    result = subprocess.run(command, env=environment(settings), capture_output=True, text=True, check=False)
    return result.returncode, result.stdout, result.stderr


async def refused(settings: Settings, key: str, value: bytes) -> str:
    """Keep a dead letter of contacts for a record with this key and value; returns its id."""
    topic = topic_name("contacts", "commands")
    bad: Any = ConsumerRecord(topic, 1, int(uuid4()) % 1000, 0, 0, key.encode(), value, None, 0, 0, ())
    async with mongo.connected(settings.mongo.url) as client, started(producer(settings.kafka)) as writer:
        ring, why = key_ring(settings, client), Refusal("unreadable", "it is no JSON")
        letter = await dead_letter(bad, why, "contacts.decider", ring, AT)
        await send_groups(writer, topic_name("contacts", "dlq"), 1, [[letter]])
    return letter.key


@pytest.mark.wiring
async def test_a_dead_letter_that_is_shown_names_the_people_in_it_and_else_its_place(system: Settings) -> None:
    about = await refused(system, PERSON, json.dumps({"merge": {"into": SECOND, "not": NOBODY}}).encode())
    garbage = await refused(system, "k", b"garbage")
    code, shown, _ = careloop(system, "dlq", "show", about, "--json", "--purpose", "HCOMPL")
    assert (code, SECOND in shown) == (0, True)
    place = "careloop.contacts.commands.v1-1@{}".format(json.loads(shown)["offset"])
    assert careloop(system, "dlq", "show", garbage)[0] == 0
    assert careloop(system, "dlq", "list", "--json")[0] == 0
    one, other, listed = [event["data"] for event in await published(system)]
    assert one["persons"] == sorted([PERSON, SECOND])
    assert (one["purpose"], one["resources"], one["route"]) == ("HCOMPL", [place], "careloop dlq show")
    assert (other["persons"], other["purpose"], len(other["resources"])) == ([], "HSYSADMIN", 1)
    assert other["resources"][0].startswith("careloop.contacts.commands.v1-1@")
    assert (listed["persons"], listed["resources"]) == ([PERSON], ["careloop.contacts.dlq"])


async def happened(settings: Settings, person: str) -> None:
    """Insert one event about a person into the causality collection of contacts."""
    row = {"_id": "e1", "type": "t", "subject": person, "about": [], "cause": None, "correlation": "c", "time": None}
    row |= {"recorded": None, "where": "careloop.contacts.events.v1-0@7", "trace": None, "said": {}}
    async with mongo.connected(settings.mongo.url) as client:
        await client["careloop_contacts"]["causality"].insert_one(row)


@pytest.mark.wiring
async def test_what_waited_for_kafka_comes_with_the_next_look(system: Settings) -> None:
    await happened(system, PERSON)
    assert careloop(changed(system, kafka=NOWHERE), "trace", "e1")[0] == 0
    [waiting] = await kept(system)
    assert waiting["data"]["persons"] == [PERSON]
    assert careloop(system, "trace", PERSON)[0] == 0
    assert (await kept(system), len(await published(system))) == ([], 2)


@pytest.mark.wiring
async def test_a_trace_of_nobody_that_is_known_names_the_places_and_one_that_cannot_be_recorded_is_not_shown(
    system: Settings,
) -> None:
    await happened(system, NOBODY)
    assert careloop(system, "trace", "e1", "--json")[0] == 0
    [event] = await published(system)
    assert (event["data"]["persons"], event["data"]["resources"]) == ([], ["careloop.contacts.events.v1-0@7"])
    (system.data_dir / "audit").write_text("no folder")
    code, shown, errors = careloop(changed(system, kafka=NOWHERE), "trace", "e1")
    assert (code, shown, errors.count("\n")) == (2, "", 1)
    assert "nothing is shown of anybody" in errors
