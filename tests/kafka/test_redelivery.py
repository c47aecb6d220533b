"""A policy killed between produce and commit, on a broker with transactions and checkpoints."""

import pytest

from shared.contracts.base import Part
from shared.decider import runtime
from shared.decider.rhythm import Rhythm
from shared.settings import Settings
from tests.support.echo import Heard, killed_and_read_again


@pytest.mark.parametrize("state", [Heard, None])
@pytest.mark.parametrize("seconds", [0.0, 3600.0])
async def test_a_policy_killed_between_produce_and_commit_doubles_nothing(
    parts: Settings, monkeypatch: pytest.MonkeyPatch, state: type[Part] | None, seconds: float
) -> None:
    """`seconds` between checkpoints: with one in each batch the mark knows the origins, with none the commands do."""
    monkeypatch.setattr(runtime, "Rhythm", lambda: Rhythm(seconds))
    await killed_and_read_again(parts, monkeypatch, state)
