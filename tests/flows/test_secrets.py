"""What can be read of a running system's processes: each has its own secrets in its environment, and no other."""

import json
import os
from pathlib import Path

import pytest

from deploy.local.system import System

OF = {
    "broker": set(),
    "database": set(),
    "contacts": {"master", "site"},
    "complaints": {"master", "site"},
    "followup": {"master", "site", "link"},
    "notify": {"master", "site", "link", "callback"},
    "his_adapter": {"master", "site", "payments"},
}


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see environments")
def test_a_child_has_its_own_secrets_in_its_environment_and_no_other(system: System) -> None:
    secrets = json.loads((system.options.data_dir / "secrets.json").read_text())
    marks = {name: value[:32] for name, value in secrets.items()}
    assert "PYTEST_VERSION" in os.environ
    held = {}
    for name, child in system.supervisor.children.items():
        environ = Path(f"/proc/{child.pid}/environ").read_text()
        held[name] = {secret for secret, mark in marks.items() if mark in environ}
        assert "PYTEST_VERSION" not in environ, f"{name} has what its starter had"
    assert held == OF
