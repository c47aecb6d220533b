"""A message that was refused is repaired by hand and told again, with the commands the operator has."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import TopicPartition

from careloop_client import ProblemAnswered
from deploy.catalogue import load_all
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.operating.dlq import letters
from shared import mongo
from shared.bus.clients import partition_of, producer, started
from shared.bus.consuming import read_to_end
from shared.bus.writing import Out, send_groups
from shared.codec import Codec
from shared.contracts.contacts import Human
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.host.deps import key_ring
from shared.settings import Settings
from shared.testing import envelope
from tests.conftest import SHANGHAI
from tests.flows.test_fhir import record, stay
from tests.flows.test_hospital import timeline_types
from tests.support.eventually import eventually
from tests.support.systems import Patient, running


async def dlq(system: System, *words: str) -> tuple[int, Any]:
    """Run `careloop dlq …`; returns its exit code and its parsed output."""
    command = [sys.executable, "-m", "deploy.cli", "dlq", *words, "--data-dir", str(system.options.data_dir), "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return process.returncode or 0, json.loads(output)


async def test_a_refused_resource_is_repaired_and_redriven(system: System, director: Director, tmp_path: Path) -> None:
    who = Patient.new()
    rows = [{"resource": record(who, director)}, {"resource": {**stay(who, director, "finished"), "status": 7}}]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": rows, "id": who.mrn}
    with pytest.raises(ProblemAnswered, match="422"):
        await director.careloop.his_adapter.send_fhir_bundle(bundle)
    _, letters = await dlq(system, "list")
    newest = max((row for row in letters if row["reason"] == "fhir-invalid"), key=lambda row: (row["time"], row["id"]))
    id = newest["id"]
    code, result = await dlq(system, "redrive", id)
    assert (code, result["redriven"]) == (1, False), "as it was, it is refused again"
    assert "Encounter.status" in result["detail"]
    _, shown = await dlq(system, "show", id)
    repaired = orjson.loads(shown["original"])
    assert repaired["id"] == who.mrn
    repaired["entry"][1]["resource"]["status"] = "finished"
    file = tmp_path / "repaired.json"
    file.write_bytes(orjson.dumps(repaired))
    code, result = await dlq(system, "redrive", id, "--file", str(file))
    assert (code, result["redriven"]) == (0, True), result
    assert "patient_discharged" in await timeline_types(director, who)


async def test_a_refused_message_is_repaired_and_redriven(system: System, director: Director, tmp_path: Path) -> None:
    who, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    whole = who.says("ADT^A01", "R", now)
    broken = whole.replace("PID|", "PIX|")
    assert "MSA|AE" in await director.mllp(broken)
    _, letters = await dlq(system, "list")
    [id] = [row["id"] for row in letters if f"R-{who.mrn}" in row["about"]]
    assert (await dlq(system, "redrive", id))[0] == 1
    file = tmp_path / "repaired.hl7"
    file.write_text(whole, newline="")
    assert (await dlq(system, "redrive", id, "--file", str(file)))[0] == 0
    assert "patient_admitted" in await timeline_types(director, who)


async def test_an_event_that_readers_refused_stays_where_it_is_and_alone(tmp_path: Path) -> None:
    """On a system of its own: no read model of contacts can be rebuilt while its log holds what nobody can read."""
    async with running(tmp_path) as system:
        person, settings, at = str(uuid4()), system.settings, datetime(2026, 3, 9, tzinfo=UTC)
        async with mongo.connected(settings.mongo.url) as client:
            codec = Codec(key_ring(settings, client))
            standing = PersonStandingChanged(
                at=at, person_id=person, human=Human(lead=person, members=(person,), version=1)
            )
            [value] = await codec.encode([envelope(standing)])
        await write(settings, person, value.replace(b"standing_changed.v1", b"standing_changed.v9"))
        refused = await refusals(system, {"notify.policies", "contacts.projector"})
        code, result = await dlq(system, "redrive", refused["notify.policies"])
        assert (code, result["redriven"]) == (1, False)
        assert "person_standing_changed.v9' is not in the contracts" in result["detail"]
        code, result = await dlq(system, "redrive", refused["contacts.projector"])
        assert (code, result["redriven"]) == (1, False)
        assert "`careloop rebuild contacts.person_360 --force`" in result["detail"]
        file = tmp_path / "repaired.json"
        file.write_bytes(value)
        code, result = await dlq(system, "redrive", refused["notify.policies"], "--file", str(file))
        assert (code, result["redriven"]) == (0, True), result
        assert "notify.policies" not in await refusals(system, {"contacts.projector"})
        tps = [TopicPartition("careloop.contacts.events.v1", n) for n in range(settings.kafka.partitions)]
        assert len([record async for records in read_to_end(settings.kafka, tps) for record in records]) == 1


async def write(settings: Settings, person: str, value: bytes) -> None:
    """An event straight into contacts' log, as only its decider should."""
    async with started(producer(settings.kafka)) as writer:
        partition = partition_of(person, settings.kafka.partitions)
        await send_groups(writer, "careloop.contacts.events.v1", partition, [[Out(person, value)]])


async def refusals(system: System, readers: set[str]) -> dict[str, str]:
    """The ids of the letters not redriven by their readers, once all of these readers have refused something."""

    async def look() -> dict[str, str]:
        kept = await letters(system.settings, load_all(system.settings))
        return {letter.reader: id for id, (_, letter) in kept.items() if not letter.redriven}

    return await eventually(look, lambda ids: readers <= ids.keys())
