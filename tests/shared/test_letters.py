"""A dead letter goes with whoever its bytes name; one that names nobody has a term."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.contacts.identifying.definitions import Identity
from services.contacts.registry.identifiers import keys_of
from services.contacts.registry.refused import named_in
from services.his_adapter.formats.whose import of_document, of_fhir, of_hl7
from shared.codec import Codec, Refusal
from shared.contracts.contacts import PersonRegistered
from shared.deadletter import dead_letter, original_of, read
from shared.definitions import Definitions
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from shared.testing import envelope
from tests.his_adapter.test_cda import SAMPLE
from tests.his_adapter.test_whose import mrn, server
from tests.shared.test_codec import AT, DETAILS
from tests.support.fhir import KEY, SITE


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32, ttl=0)


async def kept(ring: KeyRing, value: bytes, whose: Sequence[str] = ()) -> Any:
    """A letter of these bytes."""
    record = SimpleNamespace(topic="t", partition=0, offset=1, key=b"", value=value, headers=())
    return read((await dead_letter(record, Refusal("r", "why"), "contacts.inbox", ring, AT, whose)).value or b"")


async def test_a_letter_goes_with_whoever_its_bytes_name(ring: KeyRing) -> None:
    letter = await kept(ring, b"PID", ["anna", "ben"])
    assert await original_of(letter, ring) == b"PID"
    assert [(each.kind, each.count) for each in await ring.residue()] == [("number", 2)], "no record holds them"
    await ring.destroy(["ben"])
    assert await original_of(letter, ring) is None


async def test_a_letter_of_a_record_goes_with_the_key_of_the_record(ring: KeyRing) -> None:
    [value] = await Codec(ring).encode([envelope(PersonRegistered(at=AT, person_id="p", details=DETAILS))])
    letter = await kept(ring, value)
    assert await original_of(letter, ring) == value
    await ring.destroy(["p"])
    assert await original_of(letter, ring) is None


@pytest.mark.parametrize(
    "value", [b"\xff", b"{}", b'{"specversion":"1.0","id":"i","source":"s","type":"t","keyid":"never"}']
)
async def test_a_letter_that_names_nobody_has_a_term(ring: KeyRing, value: bytes) -> None:
    await kept(ring, value)
    assert [(each.kind, each.count) for each in await ring.residue()] == [("dead-letter", 1)]


def test_what_is_broken_still_names_its_patient() -> None:
    assert of_hl7(KEY, SITE, b"MSH|broken\rPID|1||77^^^^MR||\xff\xfe\nMRG|66^^^^MR") == (mrn("77"), mrn("66"))
    assert of_hl7(KEY, SITE, b"\x00\xff") == ()
    bundle = b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p1", "name": 7}}]}'
    assert of_fhir(KEY, SITE, bundle) == (server("p1"),)
    for raw in (b"[1, {", b"[1]", b"7", bundle + b"x"):
        assert of_fhir(KEY, SITE, raw) == ()
    assert of_document(KEY, SITE, SAMPLE.encode())
    assert of_document(KEY, SITE, b"<a>") == ()


def test_a_refused_touchpoint_names_whom_it_is_of() -> None:
    keys = keys_of(KEY, Definitions.of(Identity(id="default", version=1)))
    raw = b'{"data": {"channel": 7, "identifiers": [{"system": "phone", "value": "13800138000"}, {"system": "MRN:C", '
    raw += b'"value": "100234"}]}}'
    number = keys.number("MRN:C", "100234", AT.date())
    assert number is not None
    assert named_in(keys, raw) == (*keys.phones(["13800138000"]), *number.keys)
    assert [named_in(keys, value) for value in (None, b"7", b"{", b'{"identifiers": [7]}')] == [()] * 4
    beside = orjson.dumps({"identifiers": [{"value": "x"}, 7, {"system": "phone", "value": "13800138000"}]})
    assert set(keys.phones(["13800138000"])) <= set(named_in(keys, beside))
