"""What callers and forms say of a person is kept and shown as a claim, and becomes a detail once confirmed."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.commands import ConfirmClaim, ForgetPerson
from services.contacts.person.claims import MAX_CLAIMS, waiting
from services.contacts.person.state import Person
from shared.contracts import person_facts
from shared.contracts.base import changed
from shared.contracts.contacts import (
    Claim,
    ClaimConfirmed,
    ContactChannel,
    KnownIdentifier,
    PersonDetailsChanged,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.facts import Details
from shared.personal import field_tree, take_out
from tests.contacts.test_domain import AT, KNOWN, RULES, WANG, admitted, record

NO_MAIL = changed(WANG, email=None)
LATER = AT + timedelta(days=1)


def touch(
    id: str = "t", at: datetime = AT, channel: ContactChannel = "app", name: str | None = None, **identifiers: str
) -> TouchpointReported:
    numbers = tuple(KnownIdentifier(system=system, value=value) for system, value in identifiers.items())
    fields = {"touchpoint_id": id, "identifiers": numbers, "channel": channel, "direction": "inbound", "name": name}
    return TouchpointReported.model_validate({**fields, "at": at})


FORM = touch(phone="138", email="stranger@x.example", name="别名")


def claims(person: Person) -> dict[str, str | None]:
    """What is claimed and not confirmed."""
    return {claim.field: claim.value for claim in waiting(person.claims, person.details.stated_fields())}


def confirm(claim: Claim, id: str = "c") -> ConfirmClaim:
    return ConfirmClaim(id=id, at=LATER, person_id="p", claim_id=claim.claim_id, confirmed_by="desk")


def test_a_form_with_a_patients_phone_changes_nothing_of_who_she_is() -> None:
    history = RULES.given(*RULES.when(record(admitted(NO_MAIL))).events)
    [event] = history.when(record(FORM)).then_only(TouchpointRecorded).events
    assert [(c.field, c.value, c.touchpoint_id, c.channel, c.stated_at) for c in event.claims] == [
        ("name", "别名", "t", "app", AT),
        ("phones", "138", "t", "app", AT),
        ("email", "stranger@x.example", "t", "app", AT),
    ]
    assert history.state.details == NO_MAIL
    assert claims(history.state) == {"name": "别名", "email": "stranger@x.example"}, "her own phone is no claim"


def test_a_prospect_has_claims_and_no_details() -> None:
    registered, recorded = RULES.when(record(touch(phone="137", name="李"))).events
    assert (registered.details.stated_fields(), [c.value for c in recorded.claims]) == ({}, ["李", "137"])


def test_what_is_claimed_is_sealed() -> None:
    [_, recorded] = RULES.when(record(FORM)).events
    data = recorded.model_dump(mode="json")
    take_out(field_tree(TouchpointRecorded), data)
    assert not any("value" in claim for claim in data["claims"])


def test_a_claim_that_a_member_of_staff_confirms_becomes_part_of_who_they_are() -> None:
    history = RULES.given(*RULES.when(record(admitted(NO_MAIL))).events, *RULES.when(record(FORM)).events[1:])
    mail = next(claim for claim in history.state.claims if claim.field == "email")
    changed, confirmed = history.when(confirm(mail)).then_only(PersonDetailsChanged, ClaimConfirmed).events
    assert (changed.details.email, changed.changed) == ("stranger@x.example", ("email",))
    assert (confirmed.claim_id, confirmed.field, confirmed.confirmed_by) == (mail.claim_id, "email", "desk")
    assert claims(history.state) == {"name": "别名"}
    history.when(confirm(mail, "again")).then_nothing()


def test_a_confirmed_phone_stands_beside_the_others_and_a_claim_nobody_made_cannot_be_confirmed() -> None:
    history = RULES.given(*KNOWN, *RULES.when(record(touch(phone="137"))).events[1:])
    [phone] = history.state.claims
    assert history.when(confirm(phone)).one(PersonDetailsChanged).details.phones == ("138", "137")
    nobodys = changed(phone, claim_id="?")
    history.when(confirm(nobodys)).rejected("claim-unknown")


def test_a_confirmed_address_holds_until_the_hospital_says_another_one_later() -> None:
    history = RULES.given(*KNOWN, *RULES.when(record(FORM)).events[1:])
    mail = next(claim for claim in history.state.claims if claim.field == "email")
    history.when(confirm(mail))
    history.when(record(admitted(WANG, LATER - timedelta(hours=1))))
    assert history.state.details.email == "stranger@x.example"
    history.when(record(admitted(WANG, LATER + timedelta(hours=1))))
    assert history.state.details.email == WANG.email


def test_a_claim_is_over_when_the_hospital_says_the_same() -> None:
    history = RULES.given(*RULES.when(record(touch(phone="138 ", email="W@X.example", name="王秀英"))).events)
    history.when(record(admitted(WANG, LATER))).then_only(PersonDetailsChanged, person_facts.PatientAdmitted)
    assert claims(history.state) == {}


@pytest.mark.parametrize(
    ("known_phone", "claimed_phone"),
    [("13800138000", "+86 138 0013 8000"), ("010-6234 5678", "62345678"), ("８６２３４５６７", "86234567")],
)
def test_a_phone_that_is_known_is_no_claim_however_it_is_written(known_phone: str, claimed_phone: str) -> None:
    details = changed(WANG, phones=(known_phone,), name="王 秀英")
    history = RULES.given(*RULES.when(record(admitted(details))).events)
    history.when(record(touch(phone=claimed_phone, name="王·秀英")))
    assert claims(history.state) == {}
    history.when(record(touch("t2", LATER, phone="13900139000")))
    assert claims(history.state) == {"phones": "13900139000"}


def test_of_each_field_and_channel_the_newest_claim_is_kept_and_a_bounded_number_in_all() -> None:
    history = RULES.given()
    for number in range(3):
        history.when(record(touch(f"t{number}", AT + timedelta(hours=number), name=f"名{number}", phone="1")))
    history.when(record(touch("old", AT - timedelta(days=1), name="旧", phone="1")))
    assert sorted((claim.field, claim.value) for claim in history.state.claims) == [("name", "名2"), ("phones", "1")]
    channels: tuple[ContactChannel, ...] = ("phone", "email", "sms", "wechat", "mini-program", "app", "desk", "kiosk")
    for channel in channels:
        history.when(record(touch(channel, LATER, channel, name="甲", phone="1", email="a@x.example")))
    assert len(history.state.claims) == MAX_CLAIMS


def test_nothing_of_what_a_forgotten_person_claims_is_kept() -> None:
    history = RULES.given(*KNOWN, *RULES.when(record(FORM)).events[1:])
    history.when(ForgetPerson(id="f", at=AT, person_id="p"))
    assert history.when(record(touch("t2", name="王", phone="138"))).one(TouchpointRecorded).claims == ()
    assert history.state.claims == ()


CALLS = st.tuples(
    st.sampled_from(["phone", "app"]), st.sampled_from(["甲", "乙"]), st.sampled_from(["1", "2"]), st.booleans()
)


@given(st.lists(CALLS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_any_order_of_the_same_calls_and_messages_leaves_the_same_claims(
    rows: list[Any], chance: random.Random
) -> None:
    inputs: list[Any] = []
    for hour, (channel, name, phone, hospital) in enumerate(rows):
        at = AT + timedelta(hours=hour)
        admission = admitted(Details(identifiers=WANG.identifiers, name=name, phones=(phone,)), at)
        inputs.append(admission if hospital else touch(f"t{hour}", at, channel, name=name, phone=phone))
    mixed = list(inputs)
    chance.shuffle(mixed)
    assert _known(mixed) == _known(inputs)


def _known(inputs: list[Any]) -> tuple[Any, Any]:
    history = RULES.given()
    for each in inputs:
        history.when(record(each))
    return history.state.details.stated_fields(), history.state.claims
