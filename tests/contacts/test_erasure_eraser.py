"""The eraser destroys the keys that exist when an erasure is carried out, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.contacts.erasure.certificate import certificate
from services.contacts.erasure.eraser import Eraser, tidy
from shared.actor import Actor, system
from shared.codec import Codec, Encoded
from shared.contracts.contacts import PersonErased
from shared.keystore import LocalKeyStore, Tie
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
    erased = PersonErased(at=AT, person_id=person, cluster=(person,), keys=("k", person), requested_by="desk")
    [value] = await codec.encode([envelope(erased)])
    deps: Any = SimpleNamespace(codec=codec, ring=ring)
    await Eraser(deps).work([Encoded(value)])


async def test_every_life_of_every_key_is_destroyed(ring: KeyRing) -> None:
    await ring.load(["k", "p"], create=True)
    await erase(ring, "p")
    await ring.current(["k"])
    await ring.load(["q"], create=True)
    await erase(ring, "q")
    assert await ring.versions(["k", "p", "q"]) == {"k": False, "k~1": False, "p": False, "q": False}


async def test_an_erasure_that_is_read_again_leaves_the_life_after_it_alone(ring: KeyRing) -> None:
    """A crash before the commit repeats the record; meanwhile the patient came back."""
    await ring.load(["k", "p"], create=True)
    await erase(ring, "p")
    await ring.current(["k"])
    await erase(ring, "p")
    assert await ring.versions(["k"]) == {"k": False, "k~1": True}


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
    assert await ring.versions(["k", "p"]) == {"k": False, "p": False}


class Sender:
    """What is sent to the registry."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.actors: list[Actor] = []

    def envelope(self, target: str, command: Any, *context: str, actor: Actor) -> Any:
        self.actors.append(actor)
        return envelope(command)

    async def send(self, target: str, commands: Any) -> None:
        self.sent += [each.data for each, _ in commands]


def role(ring: KeyRing, now: datetime = AT) -> Any:
    return SimpleNamespace(codec=Codec(ring), ring=ring, sender=Sender(), clock=lambda: now)


async def test_the_registry_is_told_once_the_keys_are_gone_and_again_by_a_repeat(ring: KeyRing) -> None:
    await ring.load(["k", "p"], create=True)
    erased = PersonErased(at=AT, person_id="p", cluster=("p",), keys=("k", "p"), requested_by="desk", awaited=True)
    deps = role(ring)
    [value] = await deps.codec.encode([envelope(erased)])
    for _ in range(2):
        await Eraser(deps).work([Encoded(value)])
    assert [(sent.person_id, sent.cluster) for sent in deps.sender.sent] == [("p", ("p",))] * 2
    assert len({sent.id for sent in deps.sender.sent}) == 1
    assert set(deps.sender.actors) == {system("eraser")}
    assert await ring.versions(["k", "p"]) == {"k": False, "p": False}


async def test_what_is_tied_to_somebody_goes_with_them_whatever_it_is_tied_to_itself(ring: KeyRing) -> None:
    await ring.load(["k", "p", "message", "letter", "other"], create=True)
    await ring.tie([Tie("k", "message"), Tie("message", "letter"), Tie("q", "other")])
    await erase(ring, "p")
    assert await ring.versions(["message", "letter", "other"]) == {"message": False, "letter": False, "other": True}


async def test_what_was_tied_too_late_is_found_when_it_is_tidied(ring: KeyRing) -> None:
    await ring.load(["k", "p", "late"], create=True)
    await erase(ring, "p")
    await ring.tie([Tie("k", "late")])
    assert await ring.stranded() == 1
    await tidy(role(ring))
    assert await ring.versions(["late"]) == {"late": False}
    assert await ring.stranded() == 0


async def test_what_is_nobodys_goes_when_its_term_is_over_and_an_input_is_taken_off_the_list(ring: KeyRing) -> None:
    await ring.load(["message", "input", "kept"], create=True)
    day = timedelta(days=1)
    terms = [
        ring.term("message", "message", AT),
        ring.term("input", "input", AT),
        ring.term("kept", "message", AT + day),
    ]
    await ring.tie([], terms)
    deps = role(ring, AT + 89 * day)
    await tidy(deps)
    assert all((await ring.versions(["message", "input", "kept"])).values())
    deps = role(ring, AT + 90 * day)
    await tidy(deps)
    assert await ring.versions(["message", "input", "kept"]) == {"message": False, "input": False, "kept": True}
    assert [sent.input_id for sent in deps.sender.sent] == ["input"]
    assert deps.sender.actors == [system("eraser")]


async def test_a_number_that_no_record_holds_goes_with_its_term_and_so_does_what_waits_under_it(ring: KeyRing) -> None:
    await ring.current(["k", "known"], {"k": AT})
    await ring.destroy(["k"])
    await ring.current(["k"], {"k": AT})
    await ring.load(["message", "both"], create=True)
    await ring.tie([Tie("k~1", "message"), Tie("k~1", "both"), Tie("known", "both")])
    deps = role(ring, AT + timedelta(days=90))
    await tidy(deps)
    await tidy(deps)
    assert [(sent.input_id, sent.sealed_for) for sent in deps.sender.sent] == [("", "k")]
    lives = await ring.versions(["k", "known", "message", "both"])
    assert {key for key, opens in lives.items() if opens} == {"known", "both"}
    await ring.current(["k"], {"k": None})
    await ring.destroy(await ring.versions(["k"]))
    assert await ring.versions(["both"]) == {"both": False}


async def test_a_certificate_counts_what_is_left_and_says_until_when(ring: KeyRing) -> None:
    await ring.load(["k", "p", "shared", "message"], create=True)
    await ring.tie([], [ring.term("message", "message", AT)])
    erasure: dict[str, Any] = {"_id": "p", "person_id": "p", "keys": ["k", "p"], "left": 0}
    assert (await certificate(ring, erasure))["complete"] is False
    await erase(ring, "p")
    left = {"kind": "message", "count": 1, "expires": (AT + timedelta(days=90)).astimezone(UTC).isoformat()}
    shown = await certificate(ring, erasure)
    assert (shown["complete"], shown["residue"], shown["keys_destroyed"]) == (True, [left], 2)
    shown = await certificate(ring, {**erasure, "shared": ["shared", "phone"]})
    assert (shown["carried_out"], shown["complete"]) == (True, False)
    assert shown["residue"][0] == {"kind": "shared-number", "count": 1, "expires": None}
    await ring.current(["number"], {"number": AT})
    shown = await certificate(ring, erasure)
    assert shown["residue"] == [left, {**left, "kind": "number"}]
    assert (await certificate(ring, {**erasure, "left": 3}))["carried_out"] is False
    await ring.load(["late"], create=True)
    await ring.tie([Tie("k", "late")])
    assert (await certificate(ring, erasure))["carried_out"] is False
