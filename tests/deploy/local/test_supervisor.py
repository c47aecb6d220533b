"""A child that cannot even be started is tried again, with a growing pause."""

import os
from pathlib import Path

import pytest

from deploy.local.supervisor import Child, Supervisor
from tests.support.eventually import eventually


async def test_a_child_whose_restart_fails_is_started_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    program, ran = tmp_path / "program", tmp_path / "ran"
    script = f"#!/bin/sh\necho x >> {ran}\nrm -f {program}\n"  # it takes itself away, so its restart fails
    program.write_text(script)
    program.chmod(0o700)
    supervisor = Supervisor(tmp_path / "logs", lambda sentence: None)
    child = supervisor.start(Child("short", [str(program)], dict(os.environ)))
    try:
        await eventually(lambda: "short could not be started" in caplog.text)
        assert child.watcher is not None
        assert not child.watcher.done()
        program.write_text(script)
        program.chmod(0o700)
        await eventually(ran.read_text, lambda lines: lines == "x\nx\n")
    finally:
        await supervisor.stop()
