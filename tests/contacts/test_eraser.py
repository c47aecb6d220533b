"""An erasure destroys what there was when it was carried out, once."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.contacts.eraser import Eraser
from shared.codec import Codec
from shared.contracts.contacts import PersonErased
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from shared.testing import envelope
from tests.shared.test_codec import AT

MASTER = b"m" * 32


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), MASTER)


async def erase(ring: KeyRing, person: str) -> None:
    """The eraser reads that a person with the hospital number `k` was erased."""
    codec = Codec(ring)
    told = PersonErased(at=AT, person_id=person, cluster=(person,), keys=("k", person), requested_by="desk")
    [value] = await codec.encode([envelope(told)])
    deps: Any = SimpleNamespace(codec=codec, ring=ring)
    await Eraser(deps).work([SimpleNamespace(value=value, headers=())])


async def test_every_life_of_every_key_is_destroyed(ring: KeyRing) -> None:
    await ring.load(["k", "p"], create=True)
    await erase(ring, "p")
    await ring.living(["k"])
    await ring.load(["q"], create=True)
    await erase(ring, "q")
    assert await ring.lives(["k", "p", "q"]) == {"k": False, "k~1": False, "p": False, "q": False}


async def test_an_erasure_that_is_read_again_leaves_the_life_after_it_alone(ring: KeyRing) -> None:
    """A crash before the commit repeats the record; meanwhile the patient came back."""
    await ring.load(["k", "p"], create=True)
    await erase(ring, "p")
    await ring.living(["k"])
    await erase(ring, "p")
    assert await ring.lives(["k"]) == {"k": False, "k~1": True}


async def test_an_erasure_that_broke_off_in_between_is_carried_out_whole(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a store without transactions any key may be left: here it is the number's."""
    await ring.load(["k", "p"], create=True)
    destroy = ring.destroy

    async def away(ids: Any) -> int:
        await destroy(set(ids) - {"k"})
        raise ConnectionError("the store is away")

    monkeypatch.setattr(ring, "destroy", away)
    with pytest.raises(ConnectionError):
        await erase(ring, "p")
    monkeypatch.undo()
    await erase(ring, "p")
    assert await ring.lives(["k", "p"]) == {"k": False, "p": False}
