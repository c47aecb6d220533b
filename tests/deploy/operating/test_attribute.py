"""An old log learns once whose its messages, letters and waiting inputs are."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.operating.attribute import Attribution
from deploy.settings import AllSettings
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import site_of
from shared.codec import Codec, Encoded, Refusal
from shared.contracts.base import changed, retold
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonErased
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.deadletter import dead_letter, read
from shared.definitions import Definitions
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from shared.settings import Keys
from shared.testing import envelope
from tests.shared.test_codec import AT

SETTINGS = AllSettings(keys=Keys(master="11" * 32, site="22" * 32))
SITE = site_of(Definitions(), "default")
TEXT = "\r".join([r"MSH|^~\&|HIS|CITY|CL|CITY|20260309100000||VXU^V04|X|P|2.5", "PID|1||{}^^^^MR"])


def number(value: str) -> str:
    return Naming(SETTINGS.keys.site_key, SITE).number("MR", "", value).key


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32, ttl=0)


@pytest.fixture
def run(ring: KeyRing) -> Attribution:
    return Attribution(SETTINGS, ring)


async def as_read(ring: KeyRing, event: Any) -> Any:
    """Encode an event and decode it again, as from a log; returns the envelope."""
    [value] = await Codec(ring).encode([envelope(event)])
    [envelope_read] = await Codec(ring).decode([Encoded(value)])
    return envelope_read


async def old(ring: KeyRing, id: str, text: str, kind: str = "VXU^V04") -> Any:
    fields = {"message_id": id, "sender": "HIS", "site": "default", "message_type": kind, "control_id": "X"}
    return await as_read(ring, HospitalMessageReceived(at=AT, **fields, body_hash="", text=text, hospital=True))


def unmarked(envelope_read: Any) -> Any:
    """The envelope as an old log gives it, without the `hospital` mark."""
    return envelope_read._replace(data=envelope_read.data.model_copy(update={"hospital": False}))


async def test_an_old_message_goes_with_its_patient_from_now_on(ring: KeyRing, run: Attribution) -> None:
    await run.received(unmarked(await old(ring, "m1", TEXT.format("77"))))
    await run.received(unmarked(await old(ring, "m2", TEXT.format(""))))
    await run.received(unmarked(await old(ring, "m3", TEXT.format("77"), "MFN^M02")))
    assert run.counts == {"message": 1, "message with a term": 1}
    await ring.destroy([number("77")])
    assert await ring.versions(["m1", "m2", "m3"]) == {"m1": False, "m2": True, "m3": True}


async def test_what_came_before_an_erasure_that_did_not_reach_it_goes_at_once(ring: KeyRing, run: Attribution) -> None:
    erased = PersonErased(at=AT, person_id="p", cluster=("p",), keys=("p", number("77")), requested_by="lin")
    await run.attribute(envelope(erased))
    before, after = unmarked(await old(ring, "m1", TEXT.format("77"))), await old(ring, "m2", TEXT.format("77"))
    await run.received(before)
    await run.received(unmarked(after._replace(recorded=after.recorded + timedelta(days=1))))
    assert await ring.versions(["m1", "m2"]) == {"m1": False, "m2": True}
    assert run.counts == {"destroyed": 1, "message": 1}


async def test_an_old_letter_goes_with_whom_it_names(ring: KeyRing, run: Attribution) -> None:
    record = SimpleNamespace(
        topic="mllp/x", partition=0, offset=0, key=b"", headers=(), value=TEXT.format("77").encode()
    )
    letter = read((await dead_letter(record, Refusal("r", "why"), "his-adapter.mllp", ring, AT)).value or b"")
    await run.refused(letter)
    assert [each.kind for each in await ring.residue()] == ["number"]
    await ring.destroy([number("77")])
    assert not (await ring.load([f"dead-letter-{letter.id}"])).knows(f"dead-letter-{letter.id}")


async def test_an_old_letter_of_a_sender_with_numbers_of_its_own_goes_with_its_patient(
    ring: KeyRing, run: Attribution, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = changed(SITE, id="branch", authority="BRANCH", senders=("HIS/CITY",))
    monkeypatch.setattr(run, "_definitions", Definitions.of(branch))
    place = {"topic": "mllp/x", "partition": 0, "offset": 0, "key": b"HIS/CITY", "headers": ()}
    record = SimpleNamespace(**place, value=TEXT.format("77").encode())
    letter = read((await dead_letter(record, Refusal("r", "why"), "his-adapter.mllp", ring, AT)).value or b"")
    await run.refused(letter)
    theirs = Naming(SETTINGS.keys.site_key, branch).number("MR", "", "77").key
    await ring.destroy([theirs])
    assert await ring.versions([f"dead-letter-{letter.id}"]) == {f"dead-letter-{letter.id}": False}


async def test_the_key_of_a_number_gets_a_term_where_no_record_holds_it_and_only_there(
    ring: KeyRing, run: Attribution
) -> None:
    await ring.current([number("66"), number("77")])  # as older versions made them
    fields: dict[str, Any] = {"at": AT, "person_id": "p", "method": "new", "explanation": "", "input_id": "i"}
    fields |= {"strong": (number("77"), number("78")), "learned": ("phone",), "carried_type": "t"}
    await run.attribute(envelope(IdentityResolved(**fields)))
    await run.hold(run._held())
    await run.received(unmarked(await old(ring, "m1", TEXT.format("77"))))
    await run.received(unmarked(await old(ring, "m2", TEXT.format("66"))))
    record = SimpleNamespace(topic="mllp/x", partition=0, offset=0, key=b"", headers=())
    record.value = TEXT.format("55").encode()
    await run.refused(read((await dead_letter(record, Refusal("r", "why"), "his-adapter.mllp", ring, AT)).value or b""))
    new = retold(HospitalMessageReceived, (await old(ring, "m3", TEXT.format("44"))).data, leave=("hospital",))
    await run.received(await as_read(ring, changed(new, patients=(number("44"),))))
    assert await run.begin() == {number("66"), number("55"), number("44")}
    assert [(each.kind, each.count) for each in await ring.residue()] == [("number", 3)]
    assert run.counts["number with a term"] == 1, "the others got theirs as they were attributed"
    assert await ring.versions([number("78"), "phone"]) == {number("78"): True, "phone": True}
    await run.hold({number("66")})
    assert [each.count for each in await ring.residue()] == [2]


async def test_an_old_input_has_a_term_until_it_is_somebodys(ring: KeyRing, run: Attribution) -> None:
    asked: dict[str, Any] = {"at": AT, "input_id": "i", "sealed_for": "i", "carried_type": "t", "carried": {"x": 1}}
    waits = IdentityAmbiguous(**asked, candidates=("p", "q"), explanation="", identifiers=())
    await run.attribute(await as_read(ring, waits))
    assert [each.kind for each in await ring.residue()] == ["input"]
    await run.attribute(await as_read(ring, IdentityResolved(**asked, person_id="p", method="decided", explanation="")))
    assert await ring.residue() == []
    other = IdentityResolved(**asked, person_id="never sealed for", method="decided", explanation="")
    await run.attribute(envelope(other)._replace(keyid="i"))
    assert await ring.residue() == [], "a person is no number"
    await ring.destroy(["p"])
    assert await ring.versions(["i"]) == {"i": False}
