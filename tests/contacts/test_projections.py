"""The 360: what events make of it, and that neither batches nor topic order matter."""

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contacts.projections import CLUSTERS, IDENTITIES, PERSON_360, TIMELINE
from services.contacts.view import compose
from shared.contracts import followup, notify, person_facts
from shared.contracts.base import changed
from shared.contracts.contacts import (
    ConsentChanged,
    IdentityResolved,
    PersonDetailsChanged,
    PersonErased,
    PersonRegistered,
    PersonsMerged,
    PersonsUnmerged,
)
from shared.contracts.facts import Details, Visit
from shared.testing import Shows
from tests.contacts.test_domain import AT, WANG

VISIT = Visit(visit_id="v", number="V1", department="CARD")
REGISTERED = PersonRegistered(at=AT, person_id="p", details=WANG)
ADMITTED = person_facts.PatientAdmitted(at=AT, person_id="p", source_key="k1", visit=VISIT)
DISCHARGED = person_facts.PatientDischarged(at=AT + timedelta(days=3), person_id="p", source_key="k1", visit=VISIT)
UNDONE = person_facts.VisitCancelled(
    at=AT + timedelta(days=4), person_id="p", source_key="k1", visit=VISIT, undoes="discharge"
)
ERASED = PersonErased(at=AT + timedelta(days=9), person_id="p", cluster=("p",), keys=("k1", "p"), requested_by="clerk")
REMINDED = followup.ReminderDue(
    at=AT, person_id="p", task_id="t", template="m", purpose="care", valid_until=AT + timedelta(hours=1)
)


def test_the_360_holds_identity_visits_and_counts() -> None:
    shown = Shows(PERSON_360).given(REGISTERED, ADMITTED, DISCHARGED).document("p")
    assert shown["identity"]["name"] == "王秀英"
    assert set(shown["visits"]["v"]["steps"]) == {"admitted", "discharged"}
    assert "number" not in shown["visits"]["v"]
    assert shown["counts"] == {"PersonRegistered": 1, "PatientAdmitted": 1, "PatientDischarged": 1}


def test_an_undone_discharge_opens_the_visit_again() -> None:
    steps = Shows(PERSON_360).given(ADMITTED, DISCHARGED, UNDONE).document("p")["visits"]["v"]["steps"]
    assert "discharged" not in steps


def test_what_an_update_leaves_out_of_a_visit_stays_and_its_steps_too() -> None:
    other = Visit(visit_id="v", ward="W4", doctor="D2")
    updated = person_facts.VisitUpdated(at=AT, person_id="p", source_key="k1", visit=other)
    visit = Shows(PERSON_360).given(ADMITTED, updated).document("p")["visits"]["v"]
    assert (visit["department"], visit["ward"], visit["doctor"]) == ("CARD", "W4", "D2")
    assert list(visit["steps"]) == ["admitted"]


def test_a_new_doctor_without_a_name_does_not_get_that_of_the_former_one() -> None:
    named = changed(VISIT, doctor="D1", doctor_name="王医生", department_name="心内科")
    begun = changed(ADMITTED, visit=named)
    updated = person_facts.VisitUpdated(at=AT, person_id="p", source_key="k1", visit=Visit(visit_id="v", doctor="D2"))
    visit = Shows(PERSON_360).given(begun, updated).document("p")["visits"]["v"]
    assert (visit["doctor"], visit["doctor_name"], visit["department_name"]) == ("D2", "", "心内科")


def test_consent_is_shown() -> None:
    no = ConsentChanged(at=AT, person_id="p", purpose="survey", granted=False)
    assert Shows(PERSON_360).given(REGISTERED, no).document("p")["consents"] == {"survey": False}


def test_an_erased_person_leaves_counts_and_nothing_else() -> None:
    shown = Shows(PERSON_360).given(REGISTERED, ADMITTED, ERASED).document("p")
    assert (shown["identity"], shown["erased"], shown["counts"]["PatientAdmitted"]) == ({}, True, 1)


def test_details_that_come_after_an_erasure_in_another_topic_stay_out() -> None:
    late = PersonDetailsChanged(at=AT, person_id="p", details=WANG, changed=("name",))
    assert Shows(PERSON_360).given(REGISTERED, ERASED, late).document("p")["identity"] == {}


def test_a_repeated_event_counts_once() -> None:
    shows = Shows(PERSON_360).given(REGISTERED)
    again = shows.item(ADMITTED)
    assert shows.fold([again]).fold([again]).document("p")["counts"]["PatientAdmitted"] == 1


@given(st.integers(1, 5), st.randoms(use_true_random=False))
def test_neither_batches_nor_the_order_of_topics_change_the_result(batch: int, chance: random.Random) -> None:
    own = Shows(PERSON_360)
    contacts = [own.item(event) for event in (REGISTERED, ADMITTED, DISCHARGED)]
    registry = [own.item(ERASED)]
    order = ["c"] * 3 + ["r"]
    chance.shuffle(order)
    lanes = {"c": iter(contacts), "r": iter(registry)}
    items = [next(lanes[lane]) for lane in order]
    mixed, straight = Shows(PERSON_360), Shows(PERSON_360).fold([*contacts, *registry])
    for start in range(0, len(items), batch):
        mixed.fold(items[start : start + batch])
    plain = [{k: v for k, v in s.document("p").items() if k != "_cause"} for s in (mixed, straight)]
    assert plain[0] == plain[1]


def test_the_timeline_takes_every_service_in_and_no_message_to_staff() -> None:
    to_staff = notify.MessageSuppressed(at=AT, recipient_id="m", message_id="m", reason="no-address")
    to_her = notify.MessageSuppressed(at=AT, recipient_id="p", message_id="m", reason="no-consent")
    shown = Shows(TIMELINE).given(REGISTERED, REMINDED, to_staff, to_her).documents
    assert sorted(row["type"].split(".")[2] for row in shown.values()) == [
        "message_suppressed",
        "person_registered",
        "reminder_due",
    ]


def test_identities_lead_from_number_to_person_and_are_forgotten() -> None:
    resolved = IdentityResolved(
        at=AT,
        person_id="p",
        method="new",
        explanation="",
        strong=("k1",),
        learned=("tel",),
        input_id="i",
        carried_type="t",
    )
    shows = Shows(IDENTITIES).given(resolved)
    assert shows.document("tel") == {**shows.document("tel"), "persons": ["p"]}
    assert shows.given(changed(ERASED, identifiers=("k1", "tel"))).documents == {}


def test_clusters_follow_merge_and_unmerge() -> None:
    merged = PersonsMerged(at=AT, person_id="p", merged_id="q", cluster=("p", "q"), reason="same")
    undone = PersonsUnmerged(at=AT, person_id="p", separated_id="q", clusters=(("p",), ("q",)), reason="wrong")
    shows = Shows(CLUSTERS).given(merged)
    assert shows.document("q")["cluster"] == ["p", "q"]
    assert shows.given(undone).document("p")["cluster"] == ["p"]


def test_a_view_is_composed_over_all_records_of_one_human() -> None:
    mine = Shows(PERSON_360).given(REGISTERED, ADMITTED).document("p")
    other = PersonRegistered(at=AT, person_id="q", details=Details(address="Beijing", name="W."))
    theirs = Shows(PERSON_360).given(other).document("q")
    view = compose("p", ["p", "q"], [theirs, mine], [])
    assert (view["identity"]["name"], view["identity"]["address"]) == ("王秀英", "Beijing")
    assert (len(view["visits"]), view["counts"]["PersonRegistered"]) == (1, 2)
