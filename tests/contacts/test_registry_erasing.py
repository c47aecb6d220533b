"""An erasure covers everything stored of a person, however much that is."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contacts.erasure.eraser import Eraser
from services.contacts.erasure.projections import ERASURES
from services.contacts.policies import FORGET_KEYS
from services.contacts.registry import message_keys
from services.contacts.registry.answering import MAX_IDENTIFIERS
from services.contacts.registry.commands import ErasePerson, ForgetKeys
from services.contacts.registry.domain import REGISTRY
from services.contacts.registry.erasing import MAX_KEYS
from shared.bus.writing import ROOM
from shared.codec import Codec, Encoded
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityResolved, PersonErased
from shared.contracts.contacts_identity import KeysForgotten
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.ids import derive
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from shared.testing import Reacts, Shows, When, envelope
from tests.contacts.test_registry_domain import ANNA, AT, BEN, RULES, asked

ERASE = ErasePerson(id="e", at=AT, person_id=ANNA.person_id, requested_by="clerk")
MORE = ForgetKeys(id="f", at=AT, person_id=ANNA.person_id)


def message(number: int) -> str:
    return derive("message", number)


def history_of_anna(messages: int, times: int = 1) -> When[Any]:
    """A registry that has seen `messages` messages about Anna, each resolved for `times` facts."""
    history = RULES.given(ANNA, BEN)
    for number in range(messages):
        for fact in range(times):
            history.state = REGISTRY.evolve(history.state, resolved(number, fact))
    return history


def resolved(number: int, fact: int = 0) -> IdentityResolved:
    return changed(ANNA, strong=(), learned=(), message_keys=(message(number), "mrn-1"), input_id=f"i{number}-{fact}")


def forgotten(history: When[Any]) -> list[PersonErased | KeysForgotten]:
    """The events of an erasure, the first and those that follow from it."""
    events: list[Any] = [history.when(ERASE).one(PersonErased)]
    while events[-1].left:
        events.append(history.when(MORE).one(KeysForgotten))
    history.when(MORE).then_nothing()
    return events


def test_a_long_history_is_named_in_events_of_which_each_fits_a_record() -> None:
    history = history_of_anna(2 * MAX_KEYS + 7)
    events = forgotten(history)
    assert [event.left for event in events] == [MAX_KEYS + 7, 7, 0]
    assert all(len(event.model_dump_json()) < ROOM for event in events)
    assert {key for event in events for key in event.keys} >= {message(n) for n in range(2 * MAX_KEYS + 7)}
    assert history.state.leaving.get(ANNA.person_id) is None


@settings(max_examples=30)
@given(st.integers(0, 30), st.integers(1, 4))
def test_each_key_is_named_once_however_the_history_is_cut(messages: int, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["services.contacts.registry.erasing"], "MAX_KEYS", most)
        events = forgotten(history_of_anna(messages, times=2))
    named = [key for event in events for key in event.keys if len(key) == 36 and key != ANNA.person_id]
    assert sorted(named) == sorted(message(number) for number in range(messages))


def test_what_is_remembered_of_a_person_grows_by_sixteen_bytes_a_message() -> None:
    before, after = history_of_anna(1).state, history_of_anna(600, times=40).state
    assert before.held == after.held
    assert len(after.message_keys[ANNA.person_id]) == 600 * message_keys.SIZE


def test_a_record_that_stands_for_many_learns_no_more_identifiers() -> None:
    history = RULES.given(ANNA)
    for number in range(0, 3 * MAX_IDENTIFIERS, 50):
        history.when(asked(f"i{number}", ["mrn-1", *(f"mrn-{number + n}-more" for n in range(50))]))
    assert len(history.state.held[ANNA.person_id]) <= MAX_IDENTIFIERS
    erased = history.when(ERASE).one(PersonErased)
    assert len(erased.model_dump_json()) < ROOM


def test_a_record_with_many_identifiers_is_still_found_by_them() -> None:
    history = RULES.given(ANNA)
    history.when(asked("a", ["mrn-1", *(f"more-{n}" for n in range(2 * MAX_IDENTIFIERS))]))
    assert history.when(asked("b", ["mrn-1"])).one(IdentityResolved).person_id == ANNA.person_id
    assert history.when(asked("c", ["more-1"])).one(IdentityResolved).person_id == ANNA.person_id


def test_as_long_as_keys_are_left_the_next_are_asked_for() -> None:
    erased = PersonErased(at=AT, person_id="p", cluster=("p",), keys=("p",), requested_by="clerk")
    more = KeysForgotten(at=AT, person_id="p", cluster=("p",), keys=("m",), left=3)
    reacts = Reacts((FORGET_KEYS,))
    reacts.to(erased).then()
    reacts.to(changed(more, left=0)).then()
    for event in (changed(erased, left=7), more):
        assert reacts.to(event).one(ForgetKeys).person_id == "p"


def test_the_certificate_names_every_key_and_how_many_are_still_to_come() -> None:
    erased = PersonErased(at=AT, person_id="p", cluster=("p", "q"), keys=("p", "q"), requested_by="clerk", left=3)
    more = KeysForgotten(at=AT, person_id="p", cluster=("p", "q"), keys=("m1", "m2"), left=1)
    shows = Shows(ERASURES).given(erased, more)
    assert [shows.document(id)["keys"] for id in ("p", "q")] == [["p", "q", "m1", "m2"]] * 2
    assert (shows.document("p")["left"], shows.document("p")["requested_by"]) == (1, "clerk")


async def test_the_keys_that_are_named_later_are_destroyed_too(tmp_path: Path) -> None:
    ring = KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32, ttl=0)
    codec = Codec(ring)
    await ring.load([message(1), message(2)], create=True)
    event = KeysForgotten(at=AT, person_id="p", cluster=("p",), keys=(message(1),))
    [value] = await codec.encode([envelope(event, 1, "contacts-registry")])
    eraser = Eraser(SimpleNamespace(ring=ring, codec=codec))  # type: ignore[arg-type]
    await eraser.work([Encoded(value)])
    assert await ring.versions([message(1), message(2)]) == {message(1): False, message(2): True}


OLD_BYTES = b"""{"specversion":"1.0","id":"e1","source":"/careloop/contacts-registry",
"type":"careloop.contacts.identity_resolved.v1","subject":"registry","time":"2026-03-09T10:00:00+08:00",
"recordedtime":"2026-03-09T02:00:00Z","correlationid":"c","causationid":"c","sequence":1,"commandoffset":0,
"data":{"registry":"registry","sealed_for":"mrn-1","person_id":"anna","method":"new","explanation":"x",
"learned":[],"strong":["mrn-1"],"boxes":["0e37df36-f698-11e6-8dd4-cb9ced3df976","key-of-a-patient"],
"input_id":"i1","carried_type":"careloop.his-adapter.patient_admitted.v1"}}"""


async def test_the_keys_that_an_old_log_names_are_in_every_erasure(tmp_path: Path) -> None:
    ring = KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32, ttl=0)
    [read] = await Codec(ring).decode([Encoded(OLD_BYTES)])
    erased = RULES.given(read.data).when(changed(ERASE, person_id="anna")).one(PersonErased)
    assert {"0e37df36-f698-11e6-8dd4-cb9ced3df976", "key-of-a-patient", "mrn-1", "anna"} == set(erased.keys)


async def test_a_message_of_an_old_log_is_read_with_its_own_key(tmp_path: Path) -> None:
    ring = KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), b"m" * 32, ttl=0)
    received = HospitalMessageReceived(
        at=AT, message_id="m1", sender="s", site="s", message_type="t", control_id="c", body_hash="", text="PID"
    )
    [value] = await Codec(ring).encode([envelope(received)])
    old = orjson.loads(value)
    del old["data"]["patients"], old["data"]["hospital"]
    [read] = await Codec(ring).decode([Encoded(orjson.dumps(old))])
    assert (read.data.text, read.data.patients, old["keyid"]) == ("PID", (), "m1")
