"""Diagnoses, allergies, results and spend of a human, folded from facts in the order of the timeline."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from services.contacts.person_360 import compose
from services.contacts.person_360.answers import View360
from services.contacts.person_360.clinical import CHARGES_SHOWN, ClinicalFacts
from shared.contracts.facts import Coded, Visit
from shared.contracts.person_facts import (
    AllergyRecorded,
    ChargePosted,
    DiagnosisRecorded,
    PatientAdmitted,
    PatientDischarged,
    PersonFact,
    ReportReady,
    VisitCancelled,
)

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
Status = Literal["active", "resolved", "entered-in-error"]
HYPERTENSION, INFARCT = (
    Coded(system="I10", code="I10", text="原发性高血压"),
    Coded(system="I10", code="I21.9", text="急性心肌梗死"),
)
PENICILLIN, NONE_KNOWN = Coded(text="青霉素"), Coded(system="SCT", code="716186003", text="否认过敏史")


def head(day: float = 0, person: str = "p") -> Any:
    return {"at": AT + timedelta(days=day), "person_id": person, "source_key": "k"}


def diagnosis(
    what: Coded, day: float = 0, visit: str | None = "v", status: Status = "active", item: str = "", **more: Any
) -> DiagnosisRecorded:
    return DiagnosisRecorded(
        **head(day, **more), item_id=item or f"{what.code}/{visit}", what=what, visit_id=visit, status=status
    )


def allergy(what: Coded, day: float = 0, status: Status = "active", item: str = "", **more: Any) -> AllergyRecorded:
    id = item or f"a/{what.code}/{what.text}"
    return AllergyRecorded(**head(day, **more), item_id=id, what=what, status=status)


def charge(id: str, amount: str, day: float = 0, currency: str = "CNY", **more: Any) -> ChargePosted:
    what = Coded(code="CT", text="CT检查")
    return ChargePosted(**head(day, **more), charge_id=id, amount=Decimal(amount), currency=currency, what=what)


def sections(*facts: PersonFact, erased: tuple[str, ...] = ()) -> Any:
    return ClinicalFacts(facts, SHANGHAI).sections(erased)


def codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["code"] or row["text"] for row in rows]


def test_a_diagnosis_stands_once_a_visit_however_often_it_is_stated() -> None:
    visit = Visit(visit_id="v")
    admitted = PatientAdmitted(**head(), visit=visit, diagnoses=(HYPERTENSION,))
    discharged = PatientDischarged(**head(3), visit=visit, diagnoses=(HYPERTENSION, INFARCT))
    shown = sections(admitted, diagnosis(HYPERTENSION), discharged, diagnosis(HYPERTENSION, 9, "w"))["diagnoses"]
    assert [(row["code"], row["visit_id"]) for row in shown] == [("I10", "w"), ("I10", "v"), ("I21.9", "v")]
    assert (shown[1]["since"], shown[1]["at"]) == (AT.isoformat(), (AT + timedelta(days=3)).isoformat())


def test_a_diagnosis_that_is_over_says_so_and_one_recorded_in_error_is_gone() -> None:
    over = diagnosis(HYPERTENSION, 5, status="resolved")
    assert [row["status"] for row in sections(diagnosis(HYPERTENSION), over)["diagnoses"]] == ["resolved"]
    wrong = diagnosis(HYPERTENSION, 5, status="entered-in-error")
    assert codes(sections(diagnosis(HYPERTENSION), diagnosis(INFARCT), wrong)["diagnoses"]) == ["I21.9"]


def test_a_diagnosis_whose_code_was_corrected_is_no_longer_what_it_was() -> None:
    assert codes(sections(diagnosis(HYPERTENSION, item="d"), diagnosis(INFARCT, 1, item="d"))["diagnoses"]) == ["I21.9"]


@pytest.mark.parametrize(("undoes", "left"), [("discharge", ["I10"]), ("admission", ["I21.9"]), ("transfer", None)])
def test_what_only_an_undone_step_stated_is_gone(undoes: Any, left: list[str] | None) -> None:
    visit = Visit(visit_id="v")
    admitted = PatientAdmitted(**head(), visit=visit, diagnoses=(HYPERTENSION,))
    discharged = PatientDischarged(**head(3), visit=visit, diagnoses=(INFARCT,))
    undone = VisitCancelled(**head(4), visit=visit, undoes=undoes)
    assert codes(sections(admitted, discharged, undone)["diagnoses"]) == (left or ["I21.9", "I10"])
    other = VisitCancelled(**head(4), visit=Visit(visit_id="w"), undoes=undoes)
    assert codes(sections(admitted, discharged, other)["diagnoses"]) == ["I21.9", "I10"]


def test_that_none_is_known_is_not_the_same_as_nothing_stated() -> None:
    silent, free = sections(), sections(allergy(NONE_KNOWN))
    assert (silent["allergies"], silent["no_known_allergies"]) == ([], [])
    assert (free["allergies"], codes(free["no_known_allergies"])) == ([], ["716186003"])


@pytest.mark.parametrize("none_known_first", [True, False])
def test_an_active_allergy_outweighs_the_statement_that_none_is_known_whichever_came_later(
    none_known_first: bool,
) -> None:
    days = (0, 5) if none_known_first else (5, 0)
    facts = sorted([allergy(NONE_KNOWN, days[0]), allergy(PENICILLIN, days[1])], key=lambda each: each.at)
    shown = sections(*facts)
    assert (codes(shown["allergies"]), shown["no_known_allergies"]) == (["青霉素"], [])


def test_a_withdrawn_allergy_is_gone_and_one_that_is_over_is_still_shown() -> None:
    wrong = sections(allergy(NONE_KNOWN), allergy(PENICILLIN, 1), allergy(PENICILLIN, 2, "entered-in-error"))
    assert (wrong["allergies"], codes(wrong["no_known_allergies"])) == ([], ["716186003"])
    over = sections(allergy(PENICILLIN, 1), allergy(PENICILLIN, 2, "resolved"))
    assert [row["status"] for row in over["allergies"]] == ["resolved"]


def test_an_allergy_under_two_records_of_one_human_stands_once() -> None:
    shown = sections(allergy(PENICILLIN), allergy(PENICILLIN, 1, person="q"))
    assert codes(shown["allergies"]) == ["青霉素"]


def test_of_a_report_the_newest_word_counts() -> None:
    first = ReportReady(**head(), report_id="r", title="血钾", status="preliminary", abnormal=False, critical=False)
    last = ReportReady(**head(1), report_id="r", title="血钾", status="corrected", abnormal=True, critical=True)
    [shown] = sections(first, last)["results"]
    assert (shown["title"], shown["status"], shown["abnormal"], shown["critical"]) == ("血钾", "corrected", True, True)


def test_spend_is_summed_by_year_of_the_hospital_and_currency_and_a_corrected_charge_counts_once() -> None:
    eve = (datetime(2026, 12, 31, 17, tzinfo=UTC) - AT) / timedelta(days=1)  # already 2027 in Shanghai
    facts = [charge("a", "100.10"), charge("a", "90.10"), charge("b", "-0.10"), charge("c", "5", eve)]
    shown = sections(*facts, charge("d", "7", currency="USD"))
    assert shown["spend"] == [
        {"year": 2027, "currency": "CNY", "total": "5", "charges": 1},
        {"year": 2026, "currency": "USD", "total": "7", "charges": 1},
        {"year": 2026, "currency": "CNY", "total": "90.00", "charges": 2},
    ]
    assert [row["charge_id"] for row in shown["charges"]] == ["c", "a", "b", "d"]


def test_all_charges_count_and_the_latest_are_listed() -> None:
    shown = sections(*(charge(f"{number}", "1", number / 100) for number in range(CHARGES_SHOWN + 5)))
    assert (shown["spend"][0]["charges"], len(shown["charges"])) == (CHARGES_SHOWN + 5, CHARGES_SHOWN)
    assert shown["charges"][0]["charge_id"] == f"{CHARGES_SHOWN + 4}"


def test_of_an_erased_record_only_amounts_are_left() -> None:
    report = ReportReady(**head(), report_id="r", title="血钾", critical=True)
    shown = sections(diagnosis(HYPERTENSION), allergy(PENICILLIN), report, charge("a", "9"), erased=("p",))
    assert [shown[name] for name in ("diagnoses", "allergies", "no_known_allergies", "results")] == [[], [], [], []]
    assert (shown["spend"][0]["total"], shown["charges"][0]["text"]) == ("9", None)


def test_what_the_360_answers_is_what_its_model_says() -> None:
    facts = (diagnosis(HYPERTENSION), allergy(PENICILLIN), charge("a", "1"), ReportReady(**head(), report_id="r"))
    view = compose("p", ["p"], [], [], ClinicalFacts(facts, SHANGHAI, ("spend",)))
    shown = View360.model_validate({**view, "identity": {}})
    assert (shown.diagnoses[0].text, shown.allergies[0].text, shown.incomplete) == ("原发性高血压", "青霉素", ["spend"])
