"""What a service must say of itself, and what a sixth one costs: its folder, its contract, and a line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.catalogue import NAMES, load, unstarted
from tests.architecture.forgotten import declares_a_rule, forgotten

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_service_was_forgotten(name: str) -> None:
    assert forgotten(load(name, unstarted()), ROOT) == []


def test_every_folder_of_services_is_in_the_catalogue() -> None:
    assert {file.parent.name for file in ROOT.glob("services/*/bootstrap.py")} == set(NAMES)


def test_what_makes_a_policy_is_known_as_a_rule() -> None:
    assert declares_a_rule("X = Policy('x')")
    assert not declares_a_rule("X = policy")


@pytest.fixture(scope="module")
def toy() -> Any:
    """What the product says with the toy service in it."""
    run = subprocess.run([sys.executable, "-m", "tests.toy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_sixth_service_is_mounted_and_has_scopes_by_its_declaration_alone(toy: Any) -> None:
    assert (toy["mount"], toy["scopes"]) == ("transport", ["transport:read", "transport:write"])


def test_a_sixth_service_hears_discharges_keeps_time_and_stands_in_the_timeline(toy: Any) -> None:
    assert toy["played"]["minutes"] == 30
    assert (toy["played"]["ride"]["status"], toy["played"]["ride"]["late"]) == ("requested", True)
    assert toy["played"]["timeline"] == ["careloop.transport.ride_late.v1", "careloop.transport.ride_requested.v1"]


FORGOTTEN = {
    "nothing": [],
    "scopes": [
        "transport:write of POST /v1/rides/{ride_id}/taking is in no `scopes`",
        "transport:read of GET /v1/rides/{ride_id} is in no `scopes`",
        "transport:read of GET /commands/{id} is in no `scopes`",
    ],
    "timers": [
        "careloop.transport.timer_set.v1 is in no `timers` of a decider of transport: nobody wakes it",
        "careloop.transport.timer_cancelled.v1 is in no `timers` of a decider of transport: nobody wakes it",
    ],
    "policies": ["fetch of services/transport/policies.py is not in the `Service` of transport"],
    "projections": ["rides of services/transport/projections.py is not in the `Service` of transport"],
    "definitions_from": ["transport owns lateness and is not in its `definitions_from`"],
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_what_was_forgotten_of_a_service_is_named(toy: Any, what: str) -> None:
    assert sorted(toy["omissions"][what]) == sorted(FORGOTTEN[what])


def test_the_rules_of_the_sixth_service_hold() -> None:
    code = "import sys, pytest; from tests.toy import added; added(); sys.exit(pytest.main(sys.argv[1:]))"
    args = ["tests/toy/tests", "-p", "no:cacheprovider", "-W", "ignore"]
    run = subprocess.run([sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
