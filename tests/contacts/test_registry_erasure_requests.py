"""An erasure needs two people: one requests it, another approves it."""

from datetime import timedelta
from typing import Any

from services.contacts.registry.commands import DecideErasure, MergePersons, RequestErasure
from services.contacts.registry.domain import REGISTRY
from shared.contracts.base import changed
from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import ErasureDeclined, ErasureRequested
from shared.contracts.contacts_rules import SecondPerson
from shared.definitions import Definitions
from shared.testing import Spec
from tests.contacts.test_registry_domain import ANNA, AT, BEN

RULES = Spec(REGISTRY)
WAITS = timedelta(days=7)
ASK = RequestErasure(id="a", at=AT, person_id=ANNA.person_id, requested_by="li")
REQUESTED = ErasureRequested(
    at=AT, person_id=ANNA.person_id, cluster=(ANNA.person_id,), requested_by="li", until=AT + WAITS
)
DECLINED = ErasureDeclined(at=AT, person_id=ANNA.person_id, declined_by="wu")


def decides(approved: bool = True, by: str = "wu", at: Any = AT) -> DecideErasure:
    return DecideErasure(id="d", at=at, person_id=ANNA.person_id, approved=approved, decided_by=by)


def test_a_wish_destroys_nothing_and_waits_a_week() -> None:
    RULES.given(ANNA).when(ASK).then(REQUESTED)
    RULES.given(ANNA, REQUESTED).when(changed(ASK, id="b")).then_nothing()
    RULES.given(ANNA, REQUESTED).when(changed(ASK, requested_by="wu")).rejected("erasure-waits")
    RULES.given(ANNA, REQUESTED).when(changed(ASK, at=AT + WAITS)).then_only(ErasureRequested)
    RULES.when(ASK).rejected("person-unknown")


def test_another_person_carries_it_out_and_both_stand_in_the_certificate() -> None:
    erased = RULES.given(ANNA, REQUESTED).when(decides()).one(PersonErased)
    assert (erased.requested_by, erased.approved_by) == ("li", "wu")
    RULES.given(ANNA, REQUESTED, erased).when(decides()).rejected("person-unknown")


def test_who_asked_cannot_approve_and_may_take_it_back() -> None:
    RULES.given(ANNA, REQUESTED).when(decides(by="li")).rejected("second-person-needed")
    RULES.given(ANNA, REQUESTED).when(decides(False, by="li")).then_only(ErasureDeclined)
    RULES.given(ANNA, REQUESTED, DECLINED).when(decides()).rejected("approval-unknown")
    RULES.given(ANNA, REQUESTED, DECLINED).when(ASK).then(REQUESTED)
    RULES.given(ANNA).when(decides()).rejected("approval-unknown")


def test_after_a_week_nobody_can_approve_it() -> None:
    late = AT + WAITS
    RULES.given(ANNA, REQUESTED).when(decides(at=late)).rejected("approval-expired")
    RULES.given(ANNA, REQUESTED).when(decides(at=late - timedelta(seconds=1))).then_only(PersonErased)


def test_a_hospital_says_how_long_it_waits() -> None:
    rules = Spec(REGISTRY, Definitions.of(SecondPerson(id="default", version=1, wait_days=2)))
    rules.given(ANNA).when(ASK).then(changed(REQUESTED, until=AT + timedelta(days=2)))


def test_a_human_who_gained_a_record_meanwhile_must_be_asked_about_again() -> None:
    history = RULES.given(ANNA, BEN, REQUESTED)
    history.when(MergePersons(id="m", at=AT, person_id=ANNA.person_id, merged_id=BEN.person_id, reason="same"))
    history.when(decides()).rejected("erasure-changed")
    assert len(history.when(changed(ASK, id="b")).one(ErasureRequested).cluster) == 2
    history.when(decides()).then_only(PersonErased)
