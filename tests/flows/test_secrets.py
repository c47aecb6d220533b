"""What can be read of a running system's processes: each has its own secrets in its environment, and no other."""

import json
import os
from pathlib import Path

import pytest

from deploy.catalogue import load_all, unstarted
from deploy.local.system import System

SECRETS = {"links": "link", "callbacks": "callback", "payments": "payments"}
"""Which secret of the launcher a use of settings gives."""
OF: dict[str, set[str]] = (
    {"broker": set(), "database": set()}
    | {
        service.name: {"master", "site"}
        | {SECRETS[use.name] for use in service.uses_of(service.uses) if use.name in SECRETS}
        for service in load_all(unstarted())
    }
    | {"console": {"console"}, "ops": {"master", "site"}}
)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see environments")
def test_a_child_has_its_own_secrets_in_its_environment_and_no_other(system: System) -> None:
    secrets = json.loads((system.options.data_dir / "secrets.json").read_text())
    planted = {name: value[:32] for name, value in secrets.items()}
    assert "PYTEST_VERSION" in os.environ
    held = {}
    for name, child in system.supervisor.children.items():
        environ = Path(f"/proc/{child.pid}/environ").read_text()
        held[name] = {secret for secret, mark in planted.items() if mark in environ}
        assert "PYTEST_VERSION" not in environ, f"{name} has what its starter had"
    assert held == OF
    assert held["followup"] < held["notify"] > {"master", "site", "link"}
