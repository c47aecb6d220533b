"""What a sixth service costs: its folder, its contract, its tests, and a line of the catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.toy import NAME, ROOT, TOY, laid, run

READ_SERVICES = (
    "tests/architecture",
    "tests/deploy/local/test_needs.py",
    "tests/deploy/reference",
    "tests/deploy/test_openapi.py",
    "tests/deploy/test_settings.py",
    "tests/shared/test_exposure.py",
    "tests/world/test_access.py",
    f"tests/{NAME}",
)
"""The tests that read all services from the catalogue, and those of the sixth one."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product with the sixth service in it, and its reference generated."""
    tree = tmp_path_factory.mktemp("six")
    laid(tree)
    generated = run(tree, "-m", "deploy.cli", "contracts")
    assert generated.returncode == 0, generated.stderr
    return tree


@pytest.fixture(scope="module")
def toy(tree: Path) -> Any:
    """What the product says with the sixth service in it."""
    played = run(tree, "-m", "tests.toy")
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


def test_every_test_that_reads_the_services_holds_with_a_sixth_one(tree: Path) -> None:
    done = run(
        tree, "-m", "pytest", *READ_SERVICES, "--ignore=tests/architecture/test_toy.py", "-p", "no:cacheprovider"
    )
    assert done.returncode == 0, done.stdout


def test_a_sixth_service_is_mounted_and_has_scopes_by_its_declaration_alone(toy: Any) -> None:
    assert (toy["mount"], toy["scopes"]) == ("portering", ["portering:read", "portering:write"])


def test_a_sixth_service_hears_discharges_keeps_time_and_stands_in_the_timeline(toy: Any) -> None:
    assert toy["played"]["minutes"] == 30
    assert (toy["played"]["ride"]["status"], toy["played"]["ride"]["late"]) == ("requested", True)
    assert toy["played"]["timeline"] == ["careloop.portering.ride_late.v1", "careloop.portering.ride_requested.v1"]


def test_what_a_service_costs_is_what_the_toy_costs() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("| file | of the toy |")[2].partition("\n\n")[0]
    files = {f"{file.relative_to(TOY)}" for folder in ("services", "shared") for file in (TOY / folder).rglob("*.*")}
    assert {line.split("`")[1] for line in table.splitlines()[2:]} == {f for f in files if f.endswith((".py", ".yaml"))}


def test_who_reads_a_person_in_a_sixth_service_stands_in_the_access_log(toy: Any) -> None:
    assert toy["access_log"] == ["careloop.portering.audit.v1"]


FORGOTTEN = {
    "nothing": [],
    "scopes": [
        "portering:write of POST /v1/rides/{ride_id}/taking is in no `scopes`",
        "portering:read of GET /v1/rides/{ride_id} is in no `scopes`",
        "portering:read of GET /commands/{id} is in no `scopes`",
    ],
    "timers": [
        "careloop.portering.timer_set.v1 is in no `timers` of a decider of portering: nobody wakes it",
        "careloop.portering.timer_cancelled.v1 is in no `timers` of a decider of portering: nobody wakes it",
    ],
    "policies": ["fetch of services/portering/policies.py is not in the `Service` of portering"],
    "projections": ["rides of services/portering/projections.py is not in the `Service` of portering"],
    "definitions_from": ["portering owns lateness and is not in its `definitions_from`"],
    "a route of a scope": ["portering:cancel of `scopes` is wanted by no route"],
    "a role": ["`uses` of portering names the role dispatcher, which it does not have"],
    "services/portering/answers.py": ["services/portering/answers.py is missing"],
    "services/portering/definitions.py": ["services/portering/definitions.py is missing"],
    "services/portering/problems.yaml": ["services/portering/problems.yaml is missing"],
    "tests/portering/test_policies.py": ["services/portering/policies.py has no tests/portering/test_policies.py"],
    "a docstring": ["services/portering/answers.py does not say what it is"],
    "TIMELINE": [
        "shared/contracts/portering.py has no `TIMELINE`, though careloop.portering.ride_requested.v1 is about a person"
    ],
}


@pytest.mark.parametrize("what", FORGOTTEN)
def test_what_was_forgotten_of_a_service_is_named(toy: Any, what: str) -> None:
    assert sorted(toy["omissions"][what]) == sorted(FORGOTTEN[what])
