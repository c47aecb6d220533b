"""What is said of a visit, and which visit is meant: updates, wards, steps without a number. A specification."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from tests.his_adapter.test_domain import RULES, facts_of, report
from tests.support.hl7 import segment


def stay(kind: str, id: str, hours: int, ward: str = "W3", doctor: str = "D1", left: str = "", **more: str) -> Any:
    """The fact of a visit in a message: class inpatient unless `more` says so."""
    pv1 = {2: "I", 3: ward, 7: doctor, 19: "V001", 44: "20260309080000", 45: left}
    pv1 |= {int(field): value for field, value in more.items()}
    translated = facts_of(kind, id, PV1=segment("PV1", pv1))
    [visit_fact] = [each for each in translated if isinstance(each, his.VisitFact)]
    return changed(visit_fact, updated=(visit_fact.updated or visit_fact.at) + timedelta(hours=hours))


def test_an_update_of_a_visit_nobody_heard_of_creates_it_when_it_began() -> None:
    [admitted] = RULES.when(report(stay("ADT^A08", "m1", 1))).events
    assert isinstance(admitted, his.PatientAdmitted)
    assert admitted.at.isoformat() == "2026-03-09T08:00:00+08:00"
    [registered] = RULES.when(report(stay("ADT^A08", "m1", 1, **{"2": "O"}))).events
    assert isinstance(registered, his.VisitRegistered)


def test_an_update_of_a_visit_that_is_over_or_has_no_number_speaks_of_none() -> None:
    for pv1 in ({2: "I", 19: "V001", 45: "20260310080000"}, {2: "I"}):
        translated = facts_of("ADT^A08", "m1", PV1=segment("PV1", pv1))
        assert not [each for each in translated if isinstance(each, his.VisitFact)]


@pytest.mark.parametrize("pv1", [{19: "V001", 44: "20260301"}, {2: "I", 19: "V001"}, {2: "I", 19: "V001", 44: "2027"}])
def test_an_update_begins_no_visit_of_which_it_does_not_say_what_it_is_or_since_when(pv1: dict[int, str]) -> None:
    translated = facts_of("ADT^A08", "m1", PV1=segment("PV1", pv1))
    [update] = [each for each in translated if isinstance(each, his.VisitUpdated)]
    RULES.when(report(update)).then_nothing()


def test_an_update_does_not_make_a_discharge_late() -> None:
    history = RULES.given(stay("ADT^A01", "m1", 0))
    history.when(report(stay("ADT^A08", "m2", 5, ward="W4"))).then_only(his.VisitUpdated)
    [ended] = history.when(report(stay("ADT^A03", "m3", 4))).events
    assert isinstance(ended, his.PatientDischarged)
    clock = history.state.clock(ended.patient_key, f"said/{ended.visit.visit_id}")
    assert clock is not None
    assert clock.at > ended.updated


def test_a_step_without_a_number_is_of_a_visit_of_its_own_class_that_has_none_either() -> None:
    begun = unnumbered("ADT^A01", "m1", 9)
    passing = unnumbered("ADT^A04", "m2", 10)
    passing = changed(passing, visit=changed(passing.visit, patient_class="outpatient"))
    [published] = RULES.given(begun, passing).when(report(unnumbered("ADT^A03", "m3", 12))).events
    assert published.visit.visit_id == begun.visit.visit_id
    numbered = stay("ADT^A01", "m1", 0)
    [other] = RULES.given(numbered).when(report(unnumbered("ADT^A03", "m3", 12))).events
    assert other.visit.visit_id != numbered.visit.visit_id


def test_what_is_said_of_a_visit_cannot_break_what_follows() -> None:
    odd = stay("ADT^A01", "m1", 0, ward=r"W\X1F\ard")
    RULES.given(odd).when(report(stay("ADT^A03", "m2", 1, ward=r"W\X1F\3"))).then_only(his.PatientDischarged)


def test_another_ward_or_doctor_is_told_and_what_is_left_out_stays() -> None:
    begun = stay("ADT^A01", "m1", 0)
    for kind in ("ADT^A08", "ADT^A01", "ADT^A54"):
        history = RULES.given(begun)
        [published] = history.when(report(stay(kind, "m2", 1, ward="W4", doctor=""))).events
        assert (type(published), published.visit.ward) == (his.VisitUpdated, "W4")
        assert (published.at, published.updated) == (stay(kind, "m2", 1).updated, None)
        history.when(report(stay(kind, "m3", 2, ward="W4"))).then_only(his.FactConfirmed)
    for same in (stay("ADT^A08", "m2", 1), stay("ADT^A08", "m2", 1, ward="", doctor="")):
        RULES.given(begun).when(report(same)).then_only(his.FactConfirmed)
    RULES.given(begun).when(report(stay("ADT^A08", "m2", -1, ward="W4"))).then_nothing()


def test_an_update_brings_no_visit_back() -> None:
    for end in ("ADT^A03", "ADT^A11"):
        gone = RULES.given(stay("ADT^A01", "m1", 0), stay(end, "m2", 1))
        gone.when(report(stay("ADT^A08", "m3", 2, ward="W4"))).then_nothing()


def unnumbered(kind: str, id: str, day: int, hour: int = 9) -> Any:
    """A step of a visit that nobody numbered."""
    when = f"202603{day:02d}{hour:02d}0000"
    translated = facts_of(kind, id, PV1="PV1|1|I|W3", EVN=f"EVN|{kind[4:]}|{when}")
    [visit_fact] = [each for each in translated if isinstance(each, his.VisitFact)]
    return visit_fact


def test_the_steps_of_a_visit_without_a_number_are_of_the_one_that_is_open() -> None:
    begun = unnumbered("ADT^A01", "m1", 9)
    assert begun.visit.number is None
    for kind in ("ADT^A02", "ADT^A03", "ADT^A11"):
        [published] = RULES.given(begun).when(report(unnumbered(kind, "m2", 12))).events
        assert published.visit.visit_id == begun.visit.visit_id
    history = RULES.given(begun)
    [ended] = history.when(report(unnumbered("ADT^A03", "m2", 12))).events
    history.when(report(unnumbered("ADT^A03", "m2", 12))).then_nothing()
    history.when(report(unnumbered("ADT^A03", "m3", 12, 10))).then_only(his.FactConfirmed)
    [back] = history.when(report(unnumbered("ADT^A13", "m4", 13))).events
    assert back.visit.visit_id == ended.visit.visit_id == begun.visit.visit_id


def test_a_repeated_cancellation_of_a_visit_without_a_number_is_told_once() -> None:
    history = RULES.given(unnumbered("ADT^A01", "m1", 9))
    history.when(report(unnumbered("ADT^A11", "m2", 12))).then_only(his.VisitCancelled)
    history.when(report(unnumbered("ADT^A11", "m2", 12))).then_nothing()


def test_a_second_visit_without_a_number_is_another_and_a_late_step_moves_nothing_of_it() -> None:
    first, second = unnumbered("ADT^A01", "m1", 9), unnumbered("ADT^A01", "m3", 20)
    history = RULES.given(first, RULES.given(first).when(report(unnumbered("ADT^A03", "m2", 12))).events[0])
    [again] = history.when(report(second)).events
    assert again.visit.visit_id != first.visit.visit_id
    [late] = history.when(report(unnumbered("ADT^A03", "m4", 18))).events
    assert late.visit.visit_id not in (first.visit.visit_id, second.visit.visit_id)
    [last] = history.when(report(unnumbered("ADT^A03", "m5", 23))).events
    assert last.visit.visit_id == second.visit.visit_id


def test_a_discharge_of_a_stay_nobody_heard_of_still_counts_without_a_number() -> None:
    RULES.when(report(unnumbered("ADT^A03", "m1", 12))).then_only(his.PatientDischarged)
