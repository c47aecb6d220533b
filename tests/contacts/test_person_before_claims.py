"""Logs of versions without claims: what a touchpoint wrote into the details becomes a claim."""

from datetime import timedelta
from typing import Any

from services.contacts.person.state import Person
from services.contacts.policies import TAKE_BACK
from shared.contracts import person_facts
from shared.contracts.base import Event, changed
from shared.contracts.contacts import PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.facts import Details
from shared.definitions import Definitions
from shared.testing import envelope
from tests.contacts.test_domain import AT, RULES, WANG, admitted, record
from tests.contacts.test_person_claims import LATER, NO_MAIL, claims, touch

REGISTERED = PersonRegistered(at=AT, person_id="p", details=NO_MAIL)
STRANGER = changed(NO_MAIL, email="stranger@x.example")
CALL = AT + timedelta(hours=1)
RECORDED = TouchpointRecorded(at=CALL, person_id="p", touchpoint_id="t", channel="app", direction="inbound")


def filled(at: Any = CALL, details: Details = STRANGER, changed: tuple[str, ...] = ("email",)) -> PersonDetailsChanged:
    return PersonDetailsChanged(at=at, person_id="p", details=details, changed=changed)


def after(*events: Event) -> Person:
    person: Person = RULES.given(*events).state
    return person


def test_what_a_touchpoint_filled_in_is_a_claim_and_taken_back_before_the_next_fact() -> None:
    history = RULES.given(REGISTERED, filled(), RECORDED)
    assert (history.state.details.email, claims(history.state)) == (None, {"email": "stranger@x.example"})
    nothing_new = admitted(Details(identifiers=WANG.identifiers), LATER)
    taken_back, _ = (
        history.when(record(nothing_new)).then_only(PersonDetailsChanged, person_facts.PatientAdmitted).events
    )
    assert (taken_back.changed, taken_back.details.cleared) == (("email",), ("email",))
    assert [(claim.value, claim.touchpoint_id, claim.channel) for claim in taken_back.claims] == [
        ("stranger@x.example", "t", "app")
    ]
    again = admitted(Details(identifiers=WANG.identifiers), LATER + timedelta(hours=1))
    history.when(record(again)).then_only(person_facts.PatientAdmitted)


def test_an_address_that_the_hospital_says_too_stays() -> None:
    history = RULES.given(REGISTERED, filled(), RECORDED)
    event = history.when(record(admitted(STRANGER, LATER))).one(PersonDetailsChanged)
    assert (event.details.email, event.details.cleared) == ("stranger@x.example", ())
    assert claims(history.state) == {}


def test_an_old_word_of_the_hospital_still_counts_after_a_claim_was_taken_back() -> None:
    history = RULES.given(REGISTERED, filled(), RECORDED)
    history.when(record(touch("t2", LATER, phone="138"))).then_only(PersonDetailsChanged, TouchpointRecorded)
    late = admitted(WANG, AT + timedelta(minutes=1))
    assert history.when(record(late)).one(PersonDetailsChanged).details.email == WANG.email


def test_a_change_by_the_hospital_does_not_bring_the_claim_back() -> None:
    moved = filled(LATER, changed(STRANGER, address="Beijing"), ("address",))
    person = after(REGISTERED, filled(), RECORDED, moved)
    assert (person.details.address, person.details.email) == ("Beijing", None)


def test_a_touchpoint_of_an_older_time_is_recognised_too() -> None:
    early = changed(RECORDED, at=AT - timedelta(days=1))
    assert after(REGISTERED, filled(AT), early).details.email is None


def test_a_touchpoint_older_than_a_number_that_came_alone_is_recognised_too() -> None:
    numbered = filled(LATER, NO_MAIL, ("identifiers",))
    assert after(REGISTERED, numbered, filled(LATER), RECORDED).details.email is None


def test_all_that_is_known_of_a_former_prospect_is_claimed() -> None:
    details = Details(name="李", phones=("137",), email="l@x.example")
    prospect = PersonRegistered(at=CALL, person_id="p", details=details)
    person = after(prospect, RECORDED)
    assert person.details.stated_fields() == {"name": None, "phones": None, "email": None}
    assert claims(person) == {"name": "李", "phones": "137", "email": "l@x.example"}


def test_what_the_hospital_said_before_a_call_stays_said() -> None:
    reported = filled(CALL - timedelta(minutes=1))
    assert after(REGISTERED, reported, RECORDED).details == STRANGER
    other = filled(CALL, changed(STRANGER, name="王秀"), ("name",))
    assert after(REGISTERED, other, RECORDED).details.name == "王秀", "a touchpoint never changed what was known"
    numbered = PersonRegistered(at=CALL, person_id="p", details=STRANGER)
    assert after(numbered, RECORDED).details == STRANGER, "nobody who called has a hospital's number"
    now = changed(filled(), stated_at=CALL)
    assert after(REGISTERED, now, RECORDED).details == STRANGER, "an event of today is the hospital's word"


def test_every_old_touchpoint_asks_to_take_back_what_it_filled_in() -> None:
    [command] = TAKE_BACK.react(envelope(RECORDED), Definitions())
    history = RULES.given(REGISTERED, filled(), RECORDED)
    taken_back = history.when(command).one(PersonDetailsChanged)
    assert (taken_back.details.cleared, taken_back.details.email) == (("email",), None)
    history.when(command).then_nothing()
    recorded = RULES.when(record(touch(phone="137"))).one(TouchpointRecorded)
    assert TAKE_BACK.react(envelope(recorded), Definitions()) == []
