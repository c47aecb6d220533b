"""One hospital system about one patient: repeats and contradictions. A specification."""

from datetime import timedelta
from typing import Any

import pytest

from services.his_adapter import translate
from services.his_adapter.commands import ReportFact
from services.his_adapter.domain import DECIDER, REMEMBERED, Patient, evolve
from services.his_adapter.hl7.message import parse
from shared.contracts import his_adapter as his
from shared.personal import plan_of, take_out
from shared.testing import Spec
from tests.his_adapter.test_translate import KEY, SITE, message
from tests.support.hl7 import segment

RULES = Spec(DECIDER)


def facts_of(kind: str, message_id: str, *lines: str, **segments: str) -> list[Any]:
    return list(translate.facts(KEY, SITE, parse("\r".join([message(kind, **segments), *lines])), message_id))


def fact(kind: str, message_id: str = "m1", hours: int = 0, *lines: str, **segments: str) -> Any:
    found, *_ = facts_of(kind, message_id, *lines, **segments)
    return found.model_copy(update={"at": found.at + timedelta(hours=hours)})


def report(told: his.PatientFact, id: str = "") -> ReportFact:
    return ReportFact(
        id=id or f"c-{told.message_id}-{type(told).__name__}",
        at=told.at,
        patient_key=told.patient_key,
        message_id=told.message_id,
        fact_type=type(told).wire,
        fact=told.model_dump(mode="json", exclude={"at"}),
    )


IN, OUT = fact("ADT^A01"), fact("ADT^A03", "m2", 72)


def test_a_fact_is_published_as_it_was_told() -> None:
    RULES.when(report(IN)).then(IN)


def test_the_same_message_under_another_command_is_not_told_twice() -> None:
    RULES.given(IN).when(report(IN, "other")).then_nothing()


def test_a_second_admission_of_the_same_visit_is_no_news() -> None:
    RULES.given(IN).when(report(fact("ADT^A01", "m9"))).then_nothing()


def test_a_discharge_is_told_once_until_it_is_undone() -> None:
    history = RULES.given(IN, OUT)
    history.when(report(fact("ADT^A03", "m3", 73))).then_only(his.FactConfirmed)
    history.when(report(fact("ADT^A13", "m4", 74))).then_only(his.VisitCancelled)
    history.when(report(fact("ADT^A03", "m5", 75))).then_only(his.PatientDischarged)


def test_a_discharge_without_an_admission_still_counts() -> None:
    RULES.when(report(OUT)).then(OUT)


def test_an_undone_transfer_leaves_the_stay_open() -> None:
    history = RULES.given(IN, fact("ADT^A02", "m2", 1))
    history.when(report(fact("ADT^A12", "m3", 2))).then_only(his.VisitCancelled)
    history.when(report(fact("ADT^A11", "m4", 3))).then_only(his.VisitCancelled)


def test_a_cancel_of_what_is_not_there_is_no_news() -> None:
    RULES.given(IN).when(report(fact("ADT^A13", "m4"))).then_nothing()


def test_late_news_of_a_visit_does_not_move_it_back() -> None:
    RULES.given(OUT).when(report(IN)).then_nothing()
    cancelled = fact("ADT^A11", "m2", 5)
    RULES.given(IN, cancelled).when(report(fact("ADT^A03", "m3", 4))).then_nothing()


def test_a_cancel_that_comes_before_what_it_undoes_wins() -> None:
    early = fact("ADT^A11", "m2", 5)
    RULES.when(report(early)).then(early)
    RULES.given(early).when(report(IN)).then_nothing()


def test_a_stay_that_was_cancelled_may_begin_after_all() -> None:
    RULES.given(IN, fact("ADT^A11", "m2", 1)).when(report(fact("ADT^A01", "m3", 2))).then_only(his.PatientAdmitted)


def test_older_details_are_no_news() -> None:
    RULES.given(fact("ADT^A08", "m2", 2)).when(report(fact("ADT^A31", "m3", 1))).then_nothing()
    RULES.given(fact("ADT^A08", "m2", 2)).when(report(fact("ADT^A31", "m3", 3))).then_only(his.PatientDetailsReported)


def siu(event: str, message_id: str, hours: int, starts: str = "20260420090000") -> Any:
    return fact(f"SIU^{event}", message_id, hours, f"SCH|P1|F1|||||||||^^30^{starts}")


BOOKED = siu("S12", "m1", 0)


def test_an_appointment_is_moved_only_to_another_time() -> None:
    history = RULES.given(BOOKED)
    history.when(report(siu("S14", "m2", 1))).then_only(his.FactConfirmed)
    history.when(report(siu("S13", "m3", 2, "20260421090000"))).then_only(his.AppointmentMoved)
    history.when(report(siu("S13", "m4", 1, "20260422090000"))).then_nothing()
    history.when(report(siu("S15", "m5", 3))).then_only(his.AppointmentCancelled)
    history.when(report(siu("S15", "m6", 4))).then_only(his.FactConfirmed)
    history.when(report(siu("S12", "m7", 5))).then_only(his.AppointmentBooked)


def oru(status: str, message_id: str, hours: int) -> Any:
    return fact("ORU^R01", message_id, hours, f"OBR|1||F7|LIPID^血脂{'|' * 21}{status}")


def test_a_report_goes_from_preliminary_to_final_to_corrected_and_never_back() -> None:
    history = RULES.given(oru("P", "m1", 0))
    history.when(report(oru("P", "m2", 1))).then_only(his.FactConfirmed)
    history.when(report(oru("F", "m3", 2))).then_only(his.ReportReady)
    history.when(report(oru("P", "m4", 3))).then_only(his.FactConfirmed)
    history.when(report(oru("C", "m5", 4))).then_only(his.ReportReady)
    history.when(report(oru("C", "m6", 5))).then_only(his.ReportReady)
    history.when(report(oru("F", "m7", 6))).then_only(his.FactConfirmed)


def test_numbers_are_linked_once_and_may_be_unlinked() -> None:
    def pair(kind: str, id: str, hours: int) -> Any:
        return fact(kind, id, hours, "PID|2||300^^^CITY^MR")

    history = RULES.given(pair("ADT^A24", "m1", 0))
    history.when(report(pair("ADT^A24", "m2", 1))).then_only(his.FactConfirmed)
    history.when(report(pair("ADT^A37", "m3", 2))).then_only(his.PatientsUnlinked)
    history.when(report(pair("ADT^A24", "m4", 3))).then_only(his.PatientsLinked)


def test_a_diagnosis_is_told_once_until_it_is_withdrawn() -> None:
    [told] = [each for each in facts_of("ADT^A08", "m1") if isinstance(each, his.DiagnosisRecorded)]
    [again] = [each for each in facts_of("ADT^A08", "m2") if isinstance(each, his.DiagnosisRecorded)]
    RULES.when(report(told)).then_only(his.DiagnosisRecorded)
    RULES.given(told).when(report(again)).then_nothing()


def test_what_was_not_spoken_of_for_longest_is_forgotten_first() -> None:
    patient = DECIDER.initial()
    for number in range(REMEMBERED + 5):
        patient = evolve(patient, oru("F", f"m{number}", number).model_copy(update={"report_id": str(number)}))
    assert len(patient.stands) == REMEMBERED
    assert "report/0" not in patient.stands


def test_a_correction_is_told_again_and_moves_nothing_back() -> None:
    history = RULES.given(IN, OUT)
    history.when(report(IN)).then_nothing()
    history.when(report(IN, "replayed").model_copy(update={"corrects": True})).then(IN)
    history.when(report(fact("ADT^A03", "m9", 80))).then_only(his.FactConfirmed)


def test_what_was_confirmed_later_is_not_undone_by_what_was_said_before() -> None:
    history = RULES.given(IN, OUT, fact("ADT^A13", "m3", 80))
    history.when(report(fact("ADT^A13", "m4", 90))).then_only(his.FactConfirmed)
    history.when(report(fact("ADT^A03", "m5", 85))).then_nothing()
    booked = RULES.given(BOOKED)
    booked.when(report(siu("S14", "m2", 5))).then_only(his.FactConfirmed)
    booked.when(report(siu("S15", "m3", 3))).then_nothing()


def test_an_emergency_visit_becomes_a_stay_and_a_stay_an_outpatient_visit() -> None:
    emergency = fact("ADT^A04", "m1", 0, PV1="PV1|1|E|0301||||||||||||||||V001")
    history = RULES.given(emergency)
    history.when(report(fact("ADT^A06", "m2", 1))).then_only(his.PatientAdmitted)
    history.when(report(fact("ADT^A07", "m3", 2, PV1="PV1|1|O|0301||||||||||||||||V001"))).then_only(
        his.VisitRegistered
    )


def test_a_deleted_visit_goes_whatever_became_of_it_and_no_transfer_brings_it_back() -> None:
    history = RULES.given(IN, OUT)
    history.when(report(fact("ADT^A02", "m3", 80))).then_only(his.FactConfirmed)
    history.when(report(fact("ADT^A23", "m4", 81))).then_only(his.VisitCancelled)
    history.when(report(fact("ADT^A02", "m5", 82))).then_only(his.FactConfirmed)


def test_a_modified_appointment_does_not_come_back_from_cancellation() -> None:
    history = RULES.given(BOOKED, siu("S15", "m2", 1))
    history.when(report(siu("S14", "m3", 2))).then_only(his.FactConfirmed)
    same = siu("S12", "m4", 3, "20260420010000+0000")
    RULES.given(BOOKED).when(report(same)).then_only(his.FactConfirmed)


def test_a_missed_or_cancelled_appointment_may_be_booked_for_another_time() -> None:
    for gone in ("S26", "S15"):
        history = RULES.given(BOOKED, siu(gone, "m2", 1))
        history.when(report(siu("S13", "m3", 2, "20260421090000"))).then_only(his.AppointmentBooked)


def stay(kind: str, id: str, hours: int, ward: str = "W3", doctor: str = "D1", left: str = "", **more: str) -> Any:
    """The fact of a visit in a message: class inpatient unless `more` says so."""
    pv1 = {2: "I", 3: ward, 7: doctor, 19: "V001", 44: "20260309080000", 45: left}
    pv1 |= {int(field): value for field, value in more.items()}
    found = facts_of(kind, id, PV1=segment("PV1", pv1))
    [told] = [each for each in found if isinstance(each, his.VisitFact)]
    return told.model_copy(update={"updated": (told.updated or told.at) + timedelta(hours=hours)})


def test_an_update_of_a_visit_nobody_heard_of_creates_it_when_it_began() -> None:
    [admitted] = RULES.when(report(stay("ADT^A08", "m1", 1))).events
    assert isinstance(admitted, his.PatientAdmitted)
    assert admitted.at.isoformat() == "2026-03-09T08:00:00+08:00"
    [registered] = RULES.when(report(stay("ADT^A08", "m1", 1, **{"2": "O"}))).events
    assert isinstance(registered, his.VisitRegistered)


def test_an_update_of_a_visit_that_is_over_or_has_no_number_speaks_of_none() -> None:
    for pv1 in ({2: "I", 19: "V001", 45: "20260310080000"}, {2: "I"}):
        found = facts_of("ADT^A08", "m1", PV1=segment("PV1", pv1))
        assert not [each for each in found if isinstance(each, his.VisitFact)]


@pytest.mark.parametrize("pv1", [{19: "V001", 44: "20260301"}, {2: "I", 19: "V001"}, {2: "I", 19: "V001", 44: "2027"}])
def test_an_update_begins_no_visit_of_which_it_does_not_say_what_it_is_or_since_when(pv1: dict[int, str]) -> None:
    found = facts_of("ADT^A08", "m1", PV1=segment("PV1", pv1))
    [told] = [each for each in found if isinstance(each, his.VisitUpdated)]
    RULES.when(report(told)).then_nothing()


def test_an_update_does_not_make_a_discharge_late() -> None:
    history = RULES.given(stay("ADT^A01", "m1", 0))
    history.when(report(stay("ADT^A08", "m2", 5, ward="W4"))).then_only(his.VisitUpdated)
    [ended] = history.when(report(stay("ADT^A03", "m3", 4))).events
    assert isinstance(ended, his.PatientDischarged)
    assert history.state.stands[f"said/{ended.visit.visit_id}"].at > ended.updated


def test_a_step_without_a_number_is_of_a_visit_of_its_own_class_that_has_none_either() -> None:
    begun = unnumbered("ADT^A01", "m1", 9)
    passing = unnumbered("ADT^A04", "m2", 10).model_copy(deep=True)
    passing = passing.model_copy(update={"visit": passing.visit.model_copy(update={"patient_class": "outpatient"})})
    [told] = RULES.given(begun, passing).when(report(unnumbered("ADT^A03", "m3", 12))).events
    assert told.visit.visit_id == begun.visit.visit_id
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
        [told] = history.when(report(stay(kind, "m2", 1, ward="W4", doctor=""))).events
        assert (type(told), told.visit.ward) == (his.VisitUpdated, "W4")
        assert (told.at, told.updated) == (stay(kind, "m2", 1).updated, None)
        history.when(report(stay(kind, "m3", 2, ward="W4"))).then_only(his.FactConfirmed)
    for same in (stay("ADT^A08", "m2", 1), stay("ADT^A08", "m2", 1, ward="", doctor="")):
        RULES.given(begun).when(report(same)).then_only(his.FactConfirmed)
    RULES.given(begun).when(report(stay("ADT^A08", "m2", -1, ward="W4"))).then_nothing()


def test_an_update_brings_no_visit_back() -> None:
    for end in ("ADT^A03", "ADT^A11"):
        gone = RULES.given(stay("ADT^A01", "m1", 0), stay(end, "m2", 1))
        gone.when(report(stay("ADT^A08", "m3", 2, ward="W4"))).then_nothing()


def test_a_result_that_turns_critical_is_told_though_its_status_stays() -> None:
    calm, critical = oru("P", "m1", 0), oru("P", "m2", 1).model_copy(update={"critical": True, "abnormal": True})
    RULES.given(calm).when(report(critical)).then_only(his.ReportReady)


def test_what_is_stored_of_a_result_is_sealed() -> None:
    critical = oru("F", "m1", 0).model_copy(update={"abnormal": True, "critical": True})
    stored = RULES.given(critical).state.model_dump(mode="json")
    secret = take_out(plan_of(Patient), stored)
    assert "True" in str(secret)
    assert "True" not in str(stored)


def test_a_fact_that_cannot_be_read_is_rejected() -> None:
    RULES.when(report(IN).model_copy(update={"fact": None})).rejected("fact-unknown")


def unnumbered(kind: str, id: str, day: int, hour: int = 9) -> Any:
    """A step of a visit that nobody numbered."""
    when = f"202603{day:02d}{hour:02d}0000"
    found = facts_of(kind, id, PV1="PV1|1|I|W3", EVN=f"EVN|{kind[4:]}|{when}")
    [told] = [each for each in found if isinstance(each, his.VisitFact)]
    return told


def test_the_steps_of_a_visit_without_a_number_are_of_the_one_that_is_open() -> None:
    begun = unnumbered("ADT^A01", "m1", 9)
    assert begun.visit.number is None
    for kind in ("ADT^A02", "ADT^A03", "ADT^A11"):
        [told] = RULES.given(begun).when(report(unnumbered(kind, "m2", 12))).events
        assert told.visit.visit_id == begun.visit.visit_id
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
