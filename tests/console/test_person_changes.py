"""What changed between two moments of knowledge, and what was recorded in between that says so."""

from typing import Any

import pytest

from careloop_client.contacts.models import View360
from console.screens.person.changes import EVENTS_SHOWN, MOST_EVENTS, Change, Comparison, comparison
from shared.contracts.contacts import ConsentChanged, PersonDetailsChanged
from shared.contracts.person_facts import (
    AllergyRecorded,
    ChargePosted,
    DiagnosisRecorded,
    PatientDied,
    PatientDischarged,
    ReportReady,
)
from tests.console.test_person_clinical import NOW, days, entry, human, report

SINCE = NOW


def event(model: Any, recorded: float = 1, **data: Any) -> dict[str, Any]:
    """An entry of the timeline, recorded days after the first moment."""
    fields = {"person_id": "p", "time": days(-3), "recorded": days(recorded), "type": model.wire, "data": data}
    return {"event_id": f"{model.__name__} {recorded} {data}", **fields}


def changed(before: View360, *events: dict[str, Any], **after: Any) -> Comparison:
    return comparison(before, human(timeline=list(events), **after), SINCE)


def sides(change: Change) -> tuple[str, str]:
    return change.before.key or change.before.text, change.after.key or change.after.text


def visit(**steps: str) -> dict[str, Any]:
    fields = {"patient_class": "inpatient", "department": "CARD", "department_name": "心内科", "ward": "", "doctor": ""}
    return {"visit_id": "v", **fields, "doctor_name": "", "steps": steps}


CASES = {
    "identity": (
        {"identity": {"name": "王秀英", "phones": ["138"]}},
        {"identity": {"name": "王秀兰", "phones": ["138"]}},
        event(PersonDetailsChanged),
        ("王秀英", "王秀兰"),
    ),
    "death": ({}, {"dead": True, "dead_since": "2026-03-08"}, event(PatientDied), ("", "deceased")),
    "allergies": (
        {},
        {"allergies": [entry("青霉素")]},
        event(AllergyRecorded, what={"text": "青霉素"}),
        ("", "allergy.active"),
    ),
    "diagnoses": (
        {"diagnoses": [{**entry("肺炎", 0, "J18"), "visit_id": None}]},
        {"diagnoses": [{**entry("肺炎", 0, "J18", "resolved"), "visit_id": None}]},
        event(DiagnosisRecorded, what={"system": "I10", "code": "J18", "text": "肺炎"}),
        ("diagnosis.active", "diagnosis.resolved"),
    ),
    "results": (
        {"results": [report(status="preliminary")]},
        {"results": [report(abnormal=True, critical=True)]},
        event(ReportReady, report_id="r"),
        ("report.preliminary", "flag.critical"),
    ),
    "visits": (
        {"visits": [visit(admitted=days(-5))]},
        {"visits": [visit(admitted=days(-5), discharged=days(-3))]},
        event(PatientDischarged, visit={"visit_id": "v"}),
        ("step.admitted", "step.discharged"),
    ),
    "spend": (
        {"spend": [{"year": 2026, "currency": "CNY", "total": "10", "charges": 1}]},
        {"spend": [{"year": 2026, "currency": "CNY", "total": "12.50", "charges": 2}]},
        event(ChargePosted, charge_id="c", currency="CNY"),
        ("10 CNY", "12.50 CNY"),
    ),
    "consents": (
        {"consents": {"survey": True}},
        {"consents": {"survey": False}},
        event(ConsentChanged, purpose="survey", granted=False),
        ("consent.true", "consent.false"),
    ),
}


@pytest.mark.parametrize("section", CASES)
def test_a_change_shows_both_sides_and_what_said_it(section: str) -> None:
    before, after, said, values = CASES[section]
    unrelated = [
        event(ConsentChanged, purpose="care"),
        event(DiagnosisRecorded, what={"code": "X"}),
        event(ReportReady),
    ]
    earlier = {**said, "event_id": "earlier", "recorded": days(-1)}
    compared = changed(human(**before), earlier, *unrelated, said, **after)
    [change] = compared.changes
    assert (change.section, sides(change)) == (section, values)
    assert [each.event_id for each in change.events] == [said["event_id"]]
    assert {each.event_id for each in compared.others} == {each["event_id"] for each in unrelated}


def test_a_diagnosis_that_a_discharge_states_is_said_by_the_discharge() -> None:
    left = event(
        PatientDischarged, visit={"visit_id": "w"}, diagnoses=[{"system": "I10", "code": "I10", "text": "高血压"}]
    )
    [change] = changed(human(), left, diagnoses=[{**entry("高血压", 0, "I10"), "visit_id": "w"}]).changes
    assert [each.type for each in change.events] == [PatientDischarged.wire]


@pytest.mark.parametrize("section", CASES)
def test_of_what_is_the_same_nothing_is_said(section: str) -> None:
    fields = CASES[section][1]
    assert changed(human(**fields), event(ConsentChanged, purpose="care"), **fields).changes == []


def test_a_local_code_that_means_two_things_is_two_allergies_and_each_event_states_its_own() -> None:
    named = [{"system": system, "code": "1001", "text": text} for system, text in (("A", "青霉素"), ("B", "花粉"))]
    rows = [{**entry(each["text"], code="1001"), "system": each["system"]} for each in named]
    said = [event(AllergyRecorded, what=each) for each in named]
    changes = changed(human(), *said, allergies=rows).changes
    assert {each.name for each in changes} == {"青霉素", "花粉"}
    assert all([entry.data["what"]["text"] for entry in each.events] == [each.name] for each in changes)


def test_a_dispute_and_of_which_allergies_none_is_known_are_shown() -> None:
    [change] = changed(
        human(no_known_allergies=[entry("无", code="429625007")]), allergies=[{**entry("青霉素"), "disputed": True}]
    ).changes[1:]
    assert sides(change) == ("", "allergy.disputed")
    [none] = changed(human(), no_known_allergies=[entry("无", code="429625007")]).changes
    assert sides(none) == ("", "none-known.429625007")


@pytest.mark.parametrize("status", ["corrected", "cancelled"])
@pytest.mark.parametrize("flags", [{}, {"abnormal": True, "critical": True}])
def test_a_report_that_is_taken_back_with_the_same_flag_and_time_is_a_change(status: str, flags: Any) -> None:
    before = human(results=[report(**flags)])
    [change] = changed(before, event(ReportReady, report_id="r"), results=[report(status=status, **flags)]).changes
    assert "report.final" in (change.before.key, change.before.more)
    assert f"report.{status}" in (change.after.key, change.after.more)


def test_of_many_events_the_newest_are_listed_and_the_others_counted() -> None:
    posted = [
        event(ChargePosted, number / 100, charge_id=str(number), currency="CNY")
        for number in range(1, EVENTS_SHOWN + 4)
    ]
    spend = [{"year": 2026, "currency": "CNY", "total": "8", "charges": 8}]
    [change] = changed(human(), *posted, spend=spend).changes
    assert ([each.data["charge_id"] for each in change.events], change.more) == (["8", "7", "6", "5", "4"], 3)


def test_that_the_oldest_events_may_be_missing_is_said() -> None:
    many = [event(ReportReady, -1, report_id=str(number)) for number in range(MOST_EVENTS)]
    assert (changed(human(), *many).cut, changed(human(), *many[1:]).cut) == (True, False)


def test_the_moment_itself_belongs_to_what_was_known() -> None:
    assert changed(human(), event(ReportReady, 0, report_id="r")).others == []
