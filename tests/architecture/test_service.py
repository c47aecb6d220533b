"""What a service must say of itself."""

from pathlib import Path

import pytest

from deploy.catalogue import SERVICE_NAMES, load, unstarted
from tests.architecture.forgotten import declares_a_rule, forgotten

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_nothing_of_a_service_was_forgotten(name: str) -> None:
    assert forgotten(load(name, unstarted()), ROOT) == []


def test_every_folder_of_services_is_in_the_catalogue() -> None:
    assert {file.parent.name for file in ROOT.glob("services/*/bootstrap.py")} == set(SERVICE_NAMES)


def test_what_makes_a_policy_is_known_as_a_rule() -> None:
    assert declares_a_rule("X = Policy('x')")
    assert not declares_a_rule("X = policy")
