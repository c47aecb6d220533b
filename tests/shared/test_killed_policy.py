"""A policy killed between produce and commit, on the embedded broker: its deciders learn the origins from commands."""

import pytest

from shared.settings import Settings
from tests.support.echo import Heard, killed_and_read_again

pytestmark = pytest.mark.wiring


async def test_a_policy_killed_between_produce_and_commit_doubles_nothing(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed_and_read_again(parts, monkeypatch, Heard)
