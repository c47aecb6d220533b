"""One hospital system about one patient: repeats and contradictions. A specification."""

from datetime import timedelta
from typing import Any

from services.his_adapter.facts.clocks import Bucket
from services.his_adapter.facts.commands import ReportFact
from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.message import parse
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.personal import field_tree, take_out
from shared.testing import Spec
from tests.his_adapter.test_translate import KEY, SITE, message

RULES = Spec(DECIDER)


def facts_of(kind: str, message_id: str, *lines: str, **segments: str) -> list[Any]:
    return list(translate.facts(KEY, SITE, parse("\r".join([message(kind, **segments), *lines])), message_id))


def fact(kind: str, message_id: str = "m1", hours: int = 0, *lines: str, **segments: str) -> Any:
    first, *_ = facts_of(kind, message_id, *lines, **segments)
    return changed(first, at=first.at + timedelta(hours=hours))


def report(reported: his.PatientFact, id: str = "") -> ReportFact:
    return ReportFact(
        id=id or f"c-{reported.message_id}-{type(reported).__name__}",
        at=reported.at,
        patient_key=reported.patient_key,
        message_id=reported.message_id,
        fact_type=type(reported).wire,
        fact=reported.model_dump(mode="json", exclude={"at"}),
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
    [diagnosis] = [each for each in facts_of("ADT^A08", "m1") if isinstance(each, his.DiagnosisRecorded)]
    [again] = [each for each in facts_of("ADT^A08", "m2") if isinstance(each, his.DiagnosisRecorded)]
    RULES.when(report(diagnosis)).then_only(his.DiagnosisRecorded)
    RULES.given(diagnosis).when(report(again)).then_nothing()


def test_a_correction_is_told_again_and_moves_nothing_back() -> None:
    history = RULES.given(IN, OUT)
    history.when(report(IN)).then_nothing()
    history.when(changed(report(IN, "replayed"), corrects=True)).then(IN)
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


def test_a_result_that_turns_critical_is_told_though_its_status_stays() -> None:
    calm, critical = oru("P", "m1", 0), changed(oru("P", "m2", 1), critical=True, abnormal=True)
    RULES.given(calm).when(report(critical)).then_only(his.ReportReady)


def test_what_is_stored_of_a_result_is_sealed() -> None:
    """Digests of so few words can be guessed: where a result stands is in the sealed part, and only there."""
    calm, critical = (changed(oru("F", "m1", 0), abnormal=odd, critical=odd) for odd in (False, True))
    open_, sealed = zip(*(stored_openly(RULES.given(result).state) for result in (calm, critical)), strict=True)
    assert open_[0] == open_[1]
    assert sealed[0] != sealed[1]


def stored_openly(patient: Patient) -> tuple[Any, Any]:
    """What a checkpoint shows of a patient, and what it seals."""
    shown: list[Any] = [patient.model_dump(mode="json")]
    secret: list[Any] = [take_out(field_tree(Patient), shown[0])]
    for value in patient.parts().values():
        shown.append(patient.stored(value).model_dump(mode="json"))
        secret.append(take_out(field_tree(Bucket), shown[-1]))
    return shown, secret


def test_a_fact_that_cannot_be_read_is_rejected() -> None:
    RULES.when(changed(report(IN), fact=None)).rejected("fact-unknown")
