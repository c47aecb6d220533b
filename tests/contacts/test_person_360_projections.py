"""The document of the 360: what each event changes; neither batches nor the order of topics matter."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.person_360.projections import PERSON_360
from shared.contracts import person_facts
from shared.contracts.base import changed
from shared.contracts.contacts import (
    Claim,
    ClaimConfirmed,
    ConsentChanged,
    Human,
    PersonDetailsChanged,
    PersonErased,
    PersonRegistered,
    TouchpointRecorded,
)
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Visit
from shared.testing import Shows, interleaved
from tests.contacts.test_domain import AT, WANG

VISIT = Visit(visit_id="v", number="V1", department="CARD")
REGISTERED = PersonRegistered(at=AT, person_id="p", details=WANG)
ADMITTED = person_facts.PatientAdmitted(at=AT, person_id="p", source_key="k1", visit=VISIT)
DISCHARGED = person_facts.PatientDischarged(at=AT + timedelta(days=3), person_id="p", source_key="k1", visit=VISIT)
UNDONE = person_facts.VisitCancelled(
    at=AT + timedelta(days=4), person_id="p", source_key="k1", visit=VISIT, undoes="discharge"
)
ERASED = PersonErased(at=AT + timedelta(days=9), person_id="p", cluster=("p",), keys=("k1", "p"), requested_by="clerk")
MOVED = person_facts.PatientTransferred(at=AT + timedelta(days=1), person_id="p", source_key="k1", visit=VISIT)
STANDING = PersonStandingChanged(
    at=AT,
    person_id="p",
    human=Human(lead="p", members=("p",), version=5),
    dead=True,
    dead_since=date(2026, 3, 1),
    consents={"survey": True},
)
CHANGED = PersonDetailsChanged(at=AT, person_id="p", details=changed(WANG, name="王秀兰"), changed=("name",))
CONFIRMED = ClaimConfirmed(at=AT, person_id="p", claim_id="c", field="name", confirmed_by="desk")


def test_what_is_not_known_of_a_person_is_empty_and_a_visit_has_all_its_fields() -> None:
    shown = Shows(PERSON_360).given(ADMITTED).document("p")
    assert {name: value for name, value in shown.items() if not name.startswith("_")} == {
        "person_id": "p",
        "identity": {},
        "visits": {
            "v": {
                "visit_id": "v",
                "patient_class": "other",
                "department": "CARD",
                "department_name": "",
                "ward": "",
                "doctor": "",
                "doctor_name": "",
                "steps": {"admitted": AT.isoformat()},
            }
        },
        "consents": {},
        "counts": {"PatientAdmitted": 1},
    }


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


STORY = (REGISTERED, ADMITTED, STANDING, MOVED, DISCHARGED, CHANGED, UNDONE, CONFIRMED)


@given(st.integers(1, len(STORY)), st.randoms(use_true_random=False))
def test_neither_batches_nor_the_order_of_topics_change_the_result(batch: int, chance: random.Random) -> None:
    shows = Shows(PERSON_360)
    partitions = [[shows.item(event) for event in STORY], [shows.item(ERASED)]]
    straight = Shows(PERSON_360).fold([item for partition in partitions for item in partition])
    mixed = Shows(PERSON_360).fold(interleaved(partitions, chance), batch)
    assert without_cause(mixed) == without_cause(straight)


def without_cause(shows: Shows) -> Any:
    return {name: value for name, value in shows.document("p").items() if name != "_cause"}


def test_a_person_without_events_of_contacts_is_known_to_be_erased() -> None:
    assert Shows(PERSON_360).given(ERASED).document("p")["erased"] is True


def test_everybody_in_the_cluster_of_an_erased_person_is_erased() -> None:
    shows = Shows(PERSON_360).given(REGISTERED, changed(ERASED, cluster=("p", "q")))
    assert [shows.document(id)["erased"] for id in ("p", "q")] == [True, True]


def test_an_erased_person_is_still_counted_and_their_stays_still_move() -> None:
    shown = Shows(PERSON_360).given(REGISTERED, ADMITTED, ERASED, DISCHARGED).document("p")
    assert (shown["counts"]["PatientDischarged"], shown["identity"]) == (1, {})
    assert set(shown["visits"]["v"]["steps"]) == {"admitted", "discharged"}


def test_a_transfer_that_did_not_happen_is_no_step_and_other_steps_stay() -> None:
    back = changed(UNDONE, undoes="transfer")
    assert steps(ADMITTED, MOVED, back) == ["admitted"]
    assert steps(ADMITTED, MOVED) == ["admitted", "transferred"]


@pytest.mark.parametrize("undoes", ["admission", "registration"])
def test_a_visit_that_did_not_happen_is_cancelled(undoes: Any) -> None:
    assert steps(ADMITTED, changed(UNDONE, undoes=undoes)) == ["admitted", "cancelled"]


def test_an_outpatient_visit_is_registered_at_its_time() -> None:
    registered = person_facts.VisitRegistered(at=AT, person_id="p", source_key="k1", visit=VISIT)
    visit = Shows(PERSON_360).given(registered).document("p")["visits"]["v"]
    assert visit["steps"] == {"registered": AT.isoformat()}


def test_every_visit_has_steps_of_its_own() -> None:
    other = changed(ADMITTED, visit=changed(VISIT, visit_id="w"), at=AT + timedelta(days=9))
    visits = Shows(PERSON_360).given(ADMITTED, other, DISCHARGED).document("p")["visits"]
    assert {id: sorted(visit["steps"]) for id, visit in visits.items()} == {
        "v": ["admitted", "discharged"],
        "w": ["admitted"],
    }


def test_a_fact_that_is_no_step_of_a_visit_is_counted() -> None:
    report = person_facts.ReportReady(at=AT, person_id="p", source_key="k1", report_id="r")
    shown = Shows(PERSON_360).given(REGISTERED, report, report).document("p")
    assert (shown["counts"]["ReportReady"], shown["visits"]) == (2, {})


def test_what_the_registry_told_of_a_human_is_shown_and_its_consents_count_alone() -> None:
    no = ConsentChanged(at=AT, person_id="p", purpose="marketing", granted=False)
    shown = Shows(PERSON_360).given(no, STANDING).document("p")
    assert (shown["consents"], shown["dead"], shown["standing"]) == ({"survey": True}, True, 5)
    assert shown["dead_since"] == "2026-03-01"
    assert {"human", "consented", "death_said"} & shown.keys() == set()
    later = Shows(PERSON_360).given(STANDING, no).document("p")
    assert (later["consents"], later["counts"]["ConsentChanged"]) == ({"survey": True}, 1)


def test_consents_from_before_the_registry_told_of_them_add_up() -> None:
    words = [ConsentChanged(at=AT, person_id="p", purpose=p, granted=g) for p, g in (("care", True), ("survey", False))]
    assert Shows(PERSON_360).given(*words).document("p")["consents"] == {"care": True, "survey": False}


def test_changed_details_are_shown_whole_and_only_what_they_change_is_no_longer_confirmed() -> None:
    confirmed = changed(CONFIRMED, field="email", claim_id="c2")
    shown = Shows(PERSON_360).given(REGISTERED, CONFIRMED, confirmed, CHANGED).document("p")
    assert (shown["identity"]["name"], shown["identity"]["birth_date"]) == ("王秀兰", "1956-04-12")
    assert {field: by["claim_id"] for field, by in shown["confirmed"].items()} == {"email": "c2"}


def test_a_confirmed_claim_says_who_confirmed_it_and_when() -> None:
    other = changed(CONFIRMED, field="email", claim_id="c2")
    confirmed = Shows(PERSON_360).given(REGISTERED, CONFIRMED, other).document("p")["confirmed"]
    by = {"confirmed_by": "desk", "at": AT.isoformat()}
    assert confirmed == {"name": {**by, "claim_id": "c"}, "email": {**by, "claim_id": "c2"}}


def test_what_is_claimed_is_kept_by_whichever_event_tells_it() -> None:
    claim = Claim(claim_id="c", field="name", value="别名", touchpoint_id="t", channel="phone", stated_at=AT)
    second = changed(claim, claim_id="c2", channel="app")
    called = TouchpointRecorded(
        at=AT, person_id="p", touchpoint_id="t", channel="app", direction="inbound", claims=(second,)
    )
    shown = Shows(PERSON_360).given(REGISTERED, changed(CHANGED, claims=(claim,)), called).document("p")["claims"]
    assert shown == [each.model_dump(mode="json") for each in (claim, second)]


def test_names_of_deleted_fields_are_no_part_of_who_somebody_is() -> None:
    gone = changed(CHANGED, details=changed(WANG, cleared=("email",)))
    assert "cleared" not in Shows(PERSON_360).given(REGISTERED, gone).document("p")["identity"]
    assert "cleared" not in Shows(PERSON_360).given(REGISTERED).document("p")["identity"]


def steps(*events: Any) -> list[str]:
    return sorted(Shows(PERSON_360).given(*events).document("p")["visits"]["v"]["steps"])
