"""Clients that others wrote speak with our MLLP port: python-hl7's and HAPI's, which most Java systems use."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from deploy.demo.director import Director
from deploy.local.system import System
from tests.flows.test_hospital import timeline_types
from tests.support.kafka import ROOT, fetch
from tests.support.systems import Patient

HAPI = ROOT / "tests" / "support" / "hapi"
LIBRARIES = ROOT / "var" / "hapi" / "libs"


async def ran(*command: str) -> str:
    """Run a program to its end; returns what it prints."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, output
    return output.decode()


async def test_python_hl7_sends_and_reads_the_answer(system: System, director: Director, tmp_path: Path) -> None:
    patients = [Patient.new(), Patient.new()]
    file = tmp_path / "messages.hl7"
    file.write_text("\r".join(p.says("ADT^A01", "PY", director.clock()).strip("\r") for p in patients) + "\r")
    sender = str(Path(sys.executable).with_name("mllp_send"))
    answers = await ran(sender, "--loose", "--port", str(system.options.mllp_port), "--file", str(file), "127.0.0.1")
    for patient in patients:
        assert f"MSA|AA|PY-{patient.mrn}" in answers
        assert "patient_admitted" in await timeline_types(director, patient)


@pytest.mark.skipif(not (shutil.which("java") and shutil.which("mvn")), reason="HAPI needs Java and Maven")
async def test_hapi_sends_and_reads_the_answer(system: System, director: Director, tmp_path: Path) -> None:
    if reason := fetch(HAPI / "pom.xml", LIBRARIES, "hapi-base-*.jar"):
        pytest.skip(reason)
    patient, files = Patient.new(), [tmp_path / "in.hl7", tmp_path / "broken.hl7"]
    good = patient.says("ADT^A01", "HAPI", director.clock())
    files[0].write_text(good)
    files[1].write_text("\r".join(each if not each.startswith("PID") else "PID|1" for each in good.split("\r")))
    program = ["java", "-cp", f"{LIBRARIES}/*", str(HAPI / "HapiClient.java"), str(system.options.mllp_port)]
    first, second, *_ = (await ran(*program, *map(str, files))).splitlines()
    assert first.strip() == f"AA HAPI-{patient.mrn}"
    assert second == f"AE HAPI-{patient.mrn} PID-3 is required in ADT^A01"
    assert "patient_admitted" in await timeline_types(director, patient)
