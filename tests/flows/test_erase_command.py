"""`careloop erase`: one user asks, another approves, and the certificate is printed."""

import asyncio
import json
import sys
from typing import Any

from deploy.demo.director import Director
from deploy.local.system import System
from tests.support.systems import Patient, known_person


async def erase(system: System, person: str, *options: str) -> tuple[int | None, str, str]:
    command = ["-m", "deploy.cli", "erase", person, "--yes", *options, "--data-dir", str(system.options.data_dir)]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=pipe, stderr=pipe)
    out, error = await child.communicate()
    return child.returncode, out.decode(), error.decode()


async def test_two_users_erase_a_person_from_the_command_line(system: System, director: Director) -> None:
    person = await known_person(director, Patient.new())
    code, out, error = await erase(system, person, "--by", "li")
    assert (code, json.loads(out)["person_id"]) == (0, person), error
    code, _, error = await erase(system, person, "--by", "li", "--approve")
    assert code != 0
    assert "somebody else must approve it" in error
    code, out, error = await erase(system, person, "--by", "wu", "--approve")
    certificate: dict[str, Any] = json.loads(out)
    assert (code, certificate["requested_by"], certificate["approved_by"]) == (0, "li", "wu"), error
    assert certificate["carried_out"]
    assert "dead_letters_to_review" in certificate
