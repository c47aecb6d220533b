"""Others of the kinds of the cases, in `cases/kinds`: what comes out is the same whatever crashes."""

import os
from typing import Any

import pytest
import yaml

from shared.contracts.contacts import IdentityAmbiguous
from shared.contracts.notify import AttemptAssigned, MessageSuppressed
from tests.world import World
from tests.world.cases import FOLDER, person, played
from tests.world.promises import broken

RUNS = max(1, int(os.environ.get("CARELOOP_LIVES", "25")) // 25)
KINDS = {
    f"{file.stem}: {name}": case
    for file in sorted((FOLDER / "kinds").glob("*.yaml"))
    for name, case in yaml.safe_load(file.read_text()).items()
    if not name.startswith(".")
}


def mails(world: World) -> list[str]:
    """Each message that was attempted and not suppressed, once: when it was first attempted, and to whom."""
    gone = {event.message_id for event in world.events(MessageSuppressed)}
    attempts = [event for event in world.events(AttemptAssigned) if event.message_id not in gone]
    first = {event.message_id: f"{event.at:%m-%d %H:%M} {event.address.partition('@')[0]}" for event in attempts[::-1]}
    return sorted(first.values())


@pytest.mark.parametrize("name", KINDS)
def test_what_comes_out_is_right_of_every_kind(name: str) -> None:
    first = list(KINDS).index(name)
    for seed in range(first, first + RUNS):
        comes_out(KINDS[name], World(seed, faults=0.1 * (seed % 3), transactions=seed % 2 > 0))


def comes_out(case: dict[str, Any], world: World) -> None:
    """Play a case and check what it expects."""
    played(case["steps"], world)
    if "mails" in case:
        assert mails(world.until("2026-03-21T00:00")) == case["mails"]
    if "humans" in case:
        assert len({world.registry.cluster(record) for record in world.registry.held}) == case["humans"]
    assert len(world.events(IdentityAmbiguous)) == case.get("waits", 0)
    for number, allowed in case.get("survey", {}).items():
        record = person(world, number)
        assert {world.state("notify", record).consent_for("survey"), world.view(record)["consents"].get("survey")} == {
            allowed
        }
    assert broken(world) == []
