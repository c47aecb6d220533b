"""A child that cannot even be started is tried again, with a growing pause."""

import asyncio
import os
from pathlib import Path

import pytest

from deploy.local.supervisor import Child, Supervisor


async def test_a_child_whose_restart_fails_is_started_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    program, ran = tmp_path / "program", tmp_path / "ran"
    script = f"#!/bin/sh\necho x >> {ran}\nrm -f {program}\n"  # it takes itself away, so its restart fails
    program.write_text(script)
    program.chmod(0o700)
    supervisor = Supervisor(tmp_path / "logs", lambda sentence: None)
    child = supervisor.start(Child("short", [str(program)], dict(os.environ)))
    try:
        async with asyncio.timeout(20):
            while "short could not be started" not in caplog.text:
                await asyncio.sleep(0.02)
        assert child.watcher is not None
        assert not child.watcher.done()
        program.write_text(script)
        program.chmod(0o700)
        async with asyncio.timeout(20):
            while ran.read_text() == "x\n":
                await asyncio.sleep(0.02)
    finally:
        await supervisor.stop()
