"""A message that was refused is repaired by hand and told again, with the commands the operator has."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import orjson

from deploy.local.demo.director import Director
from deploy.local.system import System
from tests.conftest import SHANGHAI
from tests.flows.test_fhir import BASE, record, stay
from tests.flows.test_hospital import told
from tests.support.systems import Patient


async def dlq(system: System, *words: str) -> tuple[int, Any]:
    """`careloop dlq …`: its exit code and what it says."""
    command = [sys.executable, "-m", "deploy.cli", "dlq", *words, "--data-dir", str(system.options.data_dir), "--json"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return process.returncode or 0, json.loads(said)


async def test_a_refused_resource_is_repaired_and_redriven(system: System, director: Director, tmp_path: Path) -> None:
    who = Patient.new()
    rows = [{"resource": record(who, director)}, {"resource": {**stay(who, director, "finished"), "status": 7}}]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": rows, "id": who.mrn}
    assert (await director.http.post(BASE, json=bundle)).status_code == 422
    _, letters = await dlq(system, "list")
    newest = max((row for row in letters if row["reason"] == "fhir-invalid"), key=lambda row: (row["time"], row["id"]))
    id = newest["id"]
    code, said = await dlq(system, "redrive", id)
    assert (code, said["redriven"]) == (1, False), "as it was, it is refused again"
    assert "Encounter.status" in said["detail"]
    _, shown = await dlq(system, "show", id)
    repaired = orjson.loads(shown["original"])
    assert repaired["id"] == who.mrn
    repaired["entry"][1]["resource"]["status"] = "finished"
    file = tmp_path / "repaired.json"
    file.write_bytes(orjson.dumps(repaired))
    code, said = await dlq(system, "redrive", id, "--file", str(file))
    assert (code, said["redriven"]) == (0, True), said
    assert "patient_discharged" in await told(director, who)


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
    assert "patient_admitted" in await told(director, who)
