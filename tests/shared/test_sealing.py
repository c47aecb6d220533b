"""The key ring: what one piece of work has in hand stays in hand; what is written is sealed with a living key."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared import sealing
from shared.codec import Codec
from shared.contracts.contacts import PersonRegistered
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from shared.testing import envelope
from tests.shared.test_codec import AT, DETAILS

MASTER = b"m" * 32


def record(value: bytes) -> Any:
    return SimpleNamespace(value=value, headers=())


class SlowStore(LocalKeyStore):
    """Answers for the key `slow` only once it is let go."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def get(self, ids: Any) -> dict[str, bytes | None]:
        wanted = list(ids)
        if wanted == ["slow"]:
            self.asked.set()
            await self.go.wait()
        return await super().get(wanted)


async def test_loads_of_many_others_take_no_key_from_a_decode_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One key in hand, the other on its way from the store; meanwhile the ring throws out what is old."""
    now = 0.0
    monkeypatch.setattr(sealing.time, "monotonic", lambda: now)
    written = [envelope(PersonRegistered(at=AT, person_id=id, details=DETAILS)) for id in ("quick", "slow")]
    file = tmp_path / "keys.sqlite"
    values = await Codec(KeyRing(LocalKeyStore(file), MASTER)).encode(written)
    store = SlowStore(file)
    ring = KeyRing(store, MASTER, ttl=5)
    many = [f"k{number}" for number in range(sealing._MANY + 1)]
    await ring.load(many, create=True)
    await ring.load(["quick"])
    now = 4.0
    reading = asyncio.create_task(Codec(ring).decode([record(value) for value in values]))
    await store.asked.wait()
    now = 6.0
    await ring.load(["another"], create=True)
    store.go.set()
    assert await reading == written
