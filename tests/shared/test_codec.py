"""Envelopes on the wire: sealed, readable in both modes, refused with a reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from services.notify.state import Message, Recipient
from shared.codec import Codec, Encoded, Refusal
from shared.contracts import followup
from shared.contracts.base import Part, Personal, known_types, stored
from shared.contracts.bounds import MANY, MAX_ARTICLE_CHARACTERS
from shared.contracts.contacts import KnownIdentifier, PersonRegistered, TouchpointReported
from shared.contracts.facts import Details, Identifier
from shared.contracts.his_adapter import PatientDetailsReported
from shared.envelope import Envelope
from shared.keystore import LocalKeyStore
from shared.masters import WrongMasterKey
from shared.personal import field_tree, forgotten, put_back, take_out
from shared.sealing import KeyRing, LostKey
from shared.testing import envelope

AT = datetime(2026, 3, 9, tzinfo=UTC)
DETAILS = Details(identifiers=(Identifier(system="MRN", key="k", value="100234"),), name="王秀英", phones=("138",))
REGISTERED = PersonRegistered(at=AT, person_id="p", details=DETAILS)


def record(value: bytes, headers: Any = ()) -> Any:
    return Encoded(value, headers)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32, ttl=0)


@pytest.fixture
def codec(ring: KeyRing) -> Codec:
    return Codec(ring)


async def test_what_is_written_is_read_back(codec: Codec) -> None:
    written = envelope(REGISTERED, 7)
    [value] = await codec.encode([written])
    assert await codec.decode([record(value)]) == [written]


async def test_nothing_personal_stands_in_clear(codec: Codec) -> None:
    [value] = await codec.encode([envelope(REGISTERED)])
    for secret in ("王秀英", "138", "100234"):
        assert secret not in value.decode()
    raw = orjson.loads(value)
    assert (raw["keyid"], raw["subject"], raw["data"]["details"]["identifiers"][0]["key"]) == ("p", "p", "k")


class Renamed(Part):
    today: Personal[str] = Field(None, alias="yesterday")
    other: int = Field(0, alias="once")


def test_a_field_that_was_renamed_in_the_code_is_written_and_sealed_under_its_old_name() -> None:
    renamed = Renamed(today="王秀英", other=1)
    data = renamed.model_dump(mode="json")
    assert data == {"yesterday": "王秀英", "once": 1}
    secret = take_out(field_tree(Renamed), data)
    assert (secret, data) == ({"yesterday": "王秀英"}, {"once": 1})
    put_back(field_tree(Renamed), data, secret)
    assert stored(Renamed, data) == renamed
    assert forgotten(renamed) == Renamed(other=1)


async def test_a_destroyed_key_leaves_the_event_and_takes_the_person(codec: Codec, ring: KeyRing) -> None:
    [value] = await codec.encode([envelope(REGISTERED)])
    assert await ring.destroy(["p"]) == 1
    [read] = await codec.decode([record(value)])
    assert (read.data.details.name, read.data.details.identifiers[0].value) == (None, None)
    assert read.data.details.identifiers[0].system == "MRN"


async def test_what_comes_after_an_erasure_is_written_without_the_person(codec: Codec, ring: KeyRing) -> None:
    await ring.destroy(["p"])
    [value] = await codec.encode([envelope(REGISTERED)])
    [read] = await codec.decode([record(value)])
    assert read.data.details.name is None


async def test_another_process_sees_the_same_key_and_the_same_erasure(tmp_path: Path) -> None:
    here, there = (KeyRing(LocalKeyStore(tmp_path / "k"), b"m" * 32, ttl=0) for _ in range(2))
    [value] = await Codec(here).encode([envelope(REGISTERED)])
    [read] = await Codec(there).decode([record(value)])
    assert read.data.details.name == "王秀英"
    await there.destroy(["p"])
    [read] = await Codec(here).decode([record(value)])
    assert read.data.details.name is None


async def test_another_master_key_is_noticed(tmp_path: Path) -> None:
    store = LocalKeyStore(tmp_path / "k")
    [value] = await Codec(KeyRing(store, b"m" * 32)).encode([envelope(REGISTERED)])
    with pytest.raises(WrongMasterKey):
        await Codec(KeyRing(store, b"x" * 32)).decode([record(value)])


async def test_an_altered_ciphertext_is_refused(codec: Codec) -> None:
    [value] = await codec.encode([envelope(REGISTERED)])
    raw = orjson.loads(value)
    raw["id"] = "another"
    [read] = await codec.decode([record(orjson.dumps(raw))])
    assert isinstance(read, Refusal)
    assert "altered" in read.detail


async def test_binary_mode_is_taken_too(codec: Codec) -> None:
    touch = {
        "touchpoint_id": "t",
        "channel": "phone",
        "direction": "inbound",
        "identifiers": [{"system": "phone", "value": "138"}],
    }
    attributes = {
        "specversion": "1.0",
        "id": "1",
        "source": "/pbx",
        "type": TouchpointReported.wire,
        "time": AT.isoformat(),
    }
    headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
    [read] = await codec.decode([record(orjson.dumps(touch), headers)])
    assert read.data.identifiers == (KnownIdentifier(system="phone", value="138"),)
    assert read.time == AT


GOOD = {
    "specversion": "1.0",
    "id": "1",
    "source": "/s",
    "type": followup.TaskCancelled.wire,
    "time": "2026-03-09T00:00:00Z",
}
BODY = {"person_id": "p", "task_id": "t", "reason": "r"}


@pytest.mark.parametrize(
    ("value", "reason", "words"),
    [
        (b"", "unreadable", "not JSON"),
        (b"{", "unreadable", "not JSON"),
        (b"[1]", "unreadable", "JSON object"),
        (orjson.dumps({**GOOD, "id": ""}), "unreadable", "`id`"),
        (orjson.dumps({**GOOD, "specversion": "0.3"}), "unreadable", "`specversion`"),
        (orjson.dumps({**GOOD, "type": "x.y"}), "unknown-type", "x.y"),
        (orjson.dumps({**GOOD, "data": {}}), "invalid", "`person_id`"),
        (orjson.dumps({**GOOD, "data": {**BODY, "task_id": 5}}), "invalid", "`task_id`"),
        (orjson.dumps({**GOOD, "time": "noon", "data": BODY}), "invalid", "`time`"),
        (orjson.dumps({**GOOD, "data": [1]}), "invalid", ""),
        (b"\xff\xfe", "unreadable", ""),
        (orjson.dumps({**GOOD, "data": BODY, "keyid": ["x"]}), "unreadable", "`keyid`"),
        (orjson.dumps({**GOOD, "data": BODY, "time": 5}), "unreadable", "`time`"),
        (orjson.dumps({**GOOD, "data": BODY, "time": "0001-01-01T00:00:00Z"}), "invalid", "1900"),
    ],
)
async def test_what_cannot_be_read_is_refused_naming_the_field(
    codec: Codec, value: bytes, reason: str, words: str
) -> None:
    [read] = await codec.decode([record(value)])
    assert isinstance(read, Refusal)
    assert read.reason == reason
    assert words in read.detail


async def test_undecodable_headers_are_refused_too(codec: Codec) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", b"\xff"), ("ce_id", None)]
    [read] = await codec.decode([record(b"{}", headers)])
    assert isinstance(read, Refusal)


async def test_a_refusal_never_quotes_what_was_sent(codec: Codec) -> None:
    [read] = await codec.decode([record(orjson.dumps({**GOOD, "data": {**BODY, "task_id": ["王秀英"]}}))])
    assert "王秀英" not in read.detail


async def test_a_hospital_number_that_comes_back_after_an_erasure_gets_a_key_of_its_own(ring: KeyRing) -> None:
    codec = Codec(ring)
    fact = PatientDetailsReported(at=AT, patient_key="k", patient=DETAILS, message_id="m")
    [before] = await codec.encode([envelope(fact)])
    await ring.destroy(await ring.versions(["k"]))
    [after] = await codec.encode([envelope(fact)])
    old, new = await codec.decode([record(before), record(after)])
    assert (old.data.patient.name, new.data.patient.name) == (None, "王秀英")
    assert await ring.versions(["k"]) == {"k": False, "k~1": True}
    await ring.destroy(await ring.versions(["k"]))
    assert await ring.versions(["k"]) == {"k": False, "k~1": False}


async def test_a_key_the_store_never_had_is_not_taken_for_an_erased_one(codec: Codec, tmp_path: Path) -> None:
    [value] = await codec.encode([envelope(REGISTERED)])
    elsewhere = Codec(KeyRing(LocalKeyStore(tmp_path / "another.sqlite"), b"m" * 32))
    with pytest.raises(LostKey, match=r"never had key p.*restore the key store"):
        await elsewhere.decode([record(value)])


async def test_a_key_that_is_not_there_yet_is_looked_for_again(tmp_path: Path) -> None:
    ring = KeyRing(LocalKeyStore(tmp_path / "k"), b"m" * 32, ttl=60)
    await ring.load(["p"])
    [value] = await Codec(ring).encode([envelope(REGISTERED)])
    [read] = await Codec(ring).decode([record(value)])
    assert read.data.details.name == "王秀英"


def test_personal_fields_inside_mappings_are_found() -> None:
    message = Message(purpose="care", template="t", valid_until=AT, values={"name": "王秀英"})
    data = Recipient(name="王", messages={"m": message}).model_dump(mode="json")
    whole = Recipient(name="王", messages={"m": message}).model_dump(mode="json")
    secret = take_out(field_tree(Recipient), data)
    assert "王" not in str(data)
    put_back(field_tree(Recipient), data, secret)
    assert data == whole


async def test_types_nobody_asked_for_are_passed_over_unopened(codec: Codec) -> None:
    [value] = await codec.encode([envelope(REGISTERED)])
    assert await codec.decode([record(value)], frozenset({"other"})) == [None]


async def test_an_old_type_is_lifted_to_the_new_one(ring: KeyRing) -> None:
    lift = {"careloop.followup.task_dropped.v1": lambda data: (followup.TaskCancelled.wire, {**data, "reason": "old"})}
    old = {**GOOD, "type": "careloop.followup.task_dropped.v1", "data": {"person_id": "p", "task_id": "t"}}
    [read] = await Codec(ring, lift).decode([record(orjson.dumps(old))])
    assert read.data == followup.TaskCancelled(at=AT, person_id="p", task_id="t", reason="old")


TEXT = st.text(max_size=8)
MADE = st.builds(
    Details,
    identifiers=st.lists(st.builds(Identifier, system=TEXT, key=TEXT, value=st.none() | TEXT), max_size=3).map(tuple),
    name=st.none() | TEXT,
    birth_date=st.none() | st.dates(),
    sex=st.sampled_from([None, "male", "female"]),
    phones=st.none() | st.lists(TEXT, max_size=2).map(tuple),
)


@given(MADE)
def test_taking_personal_fields_out_and_putting_them_back_changes_nothing(details: Details) -> None:
    plan, whole = field_tree(PersonRegistered), {"details": details.model_dump(mode="json")}
    data = {"details": details.model_dump(mode="json")}
    secret = take_out(plan, data)
    assert data["details"].keys().isdisjoint({"name"} if details.name is not None else ())
    assert all("value" not in item or item["value"] is None for item in data["details"]["identifiers"])
    put_back(plan, data, secret)
    assert Details.model_validate(data["details"]) == Details.model_validate(whole["details"])


def test_every_wire_type_says_service_name_and_version() -> None:
    for wire, model in known_types().items():
        assert wire.startswith("careloop."), model
        assert wire.endswith(".v1"), model
        assert isinstance(Envelope, type)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"keyid": "never-made", "data": {**BODY, "sealed": "AAAA"}}, "no key of ours"),
        ({"data": {**BODY, "sealed": "AAAA"}}, "`keyid`"),
        ({"keyid": "k", "data": {**BODY, "sealed": 5}}, "`data.sealed`"),
    ],
)
async def test_a_ciphertext_that_no_key_of_ours_made_stops_no_inbox(
    codec: Codec, data: dict[str, Any], words: str
) -> None:
    [read] = await codec.decode([record(orjson.dumps({**GOOD, **data}))], strict=True)
    assert isinstance(read, Refusal)
    assert words in read.detail


async def test_what_is_too_long_in_an_inbox_is_refused_by_its_field_and_in_our_own_log_is_read(codec: Codec) -> None:
    identifier = {"system": "phone", "value": "138"}
    body = {"touchpoint_id": "t", "identifiers": [identifier], "channel": "desk", "direction": "inbound"}
    long, many = (
        {**body, "summary": "长" * (MAX_ARTICLE_CHARACTERS + 1)},
        {**body, "identifiers": [identifier] * (MANY + 1)},
    )
    event = {**GOOD, "type": TouchpointReported.wire}
    records = [
        record(orjson.dumps({**event, "data": data}))
        for data in (long, many, {**body, "summary": "长" * MAX_ARTICLE_CHARACTERS})
    ]
    summary, identifiers, read = await codec.decode(records, strict=True)
    assert summary.detail == f"`summary` has more than {MAX_ARTICLE_CHARACTERS} characters"
    assert identifiers.detail == f"`identifiers` has more than {MANY} items"
    assert isinstance(read, Envelope)
    assert all(isinstance(each, Envelope) for each in await codec.decode(records))
