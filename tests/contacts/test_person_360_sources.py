"""Diagnoses and allergies that several sources state, which withdraw, end or name them differently."""

import pytest

from shared.contracts.facts import Coded, Visit
from shared.contracts.person_facts import PatientAdmitted
from tests.contacts.test_person_360_clinical import (
    HYPERTENSION,
    NONE_KNOWN,
    PENICILLIN,
    allergy,
    codes,
    diagnosis,
    head,
    sections,
)


@pytest.mark.parametrize("record", ["p", "q"])
def test_an_allergy_that_one_source_withdraws_stands_while_another_states_it(record: str) -> None:
    stated = (
        allergy(NONE_KNOWN),
        allergy(PENICILLIN, 1, item="his"),
        allergy(PENICILLIN, 2, item="emr", person=record),
    )
    withdrawn = allergy(PENICILLIN, 3, "entered-in-error", item="emr", person=record)
    shown = sections(*stated, withdrawn)
    assert (codes(shown["allergies"]), shown["no_known_allergies"]) == (["青霉素"], [])
    assert shown["allergies"][0]["at"] == head(1)["at"].isoformat()
    both = sections(*stated, withdrawn, allergy(PENICILLIN, 4, "entered-in-error", item="his"))
    assert (both["allergies"], codes(both["no_known_allergies"])) == ([], ["716186003"])


@pytest.mark.parametrize("record", ["p", "q"])
def test_a_diagnosis_that_one_source_withdraws_stands_while_another_states_it(record: str) -> None:
    stated = (diagnosis(HYPERTENSION, 1, item="his"), diagnosis(HYPERTENSION, 2, item="emr", person=record))
    withdrawn = diagnosis(HYPERTENSION, 3, status="entered-in-error", item="emr", person=record)
    assert codes(sections(*stated, withdrawn)["diagnoses"]) == ["I10"]


def test_a_diagnosis_recorded_in_error_leaves_the_admission_that_repeated_it() -> None:
    admitted = PatientAdmitted(**head(), visit=Visit(visit_id="v"), diagnoses=(HYPERTENSION,))
    wrong = diagnosis(HYPERTENSION, 2, status="entered-in-error")
    assert sections(admitted, diagnosis(HYPERTENSION), wrong)["diagnoses"] == []


@pytest.mark.parametrize("over_last", [True, False])
def test_an_allergy_that_one_source_ends_and_another_states_is_active_and_disputed(over_last: bool) -> None:
    active, over = allergy(PENICILLIN, 1, item="his"), allergy(PENICILLIN, 2, "resolved", item="emr")
    [shown] = sections(*((active, over) if over_last else (over, active)))["allergies"]
    assert (shown["status"], shown["disputed"]) == ("active", True)
    [ended] = sections(active, over, allergy(PENICILLIN, 3, "resolved", item="his"))["allergies"]
    assert (ended["status"], ended["disputed"]) == ("resolved", False)


def test_that_none_is_known_is_not_said_if_a_source_took_it_back() -> None:
    taken_back = allergy(NONE_KNOWN, 1, "resolved", item="emr")
    assert sections(allergy(NONE_KNOWN, item="his"), taken_back)["no_known_allergies"] == []


@pytest.mark.parametrize("items", [("his", "lis"), ("same", "same")])
@pytest.mark.parametrize("systems", [("HIS-A", "LIS-B"), ("LOCAL", "LOCAL"), ("", "")])
def test_one_local_code_for_two_things_is_two_allergies(systems: tuple[str, str], items: tuple[str, str]) -> None:
    penicillin = Coded(system=systems[0], code="1001", text="青霉素")
    pollen = Coded(system=systems[1], code="1001", text="花粉")
    facts = (allergy(penicillin, item=items[0]), allergy(pollen, 1, item=items[1]))
    assert {each["text"] for each in sections(*facts)["allergies"]} == {"青霉素", "花粉"}
    one_left = sections(*facts, allergy(pollen, 2, "entered-in-error", item=items[1]))
    assert [each["text"] for each in one_left["allergies"]] == ["青霉素"]


def test_one_local_code_of_two_systems_is_two_diagnoses() -> None:
    two = (Coded(system="HIS-A", code="77", text="肺炎"), Coded(system="LIS-B", code="77", text="肺炎"))
    assert len(sections(*(diagnosis(what, item=what.system) for what in two))["diagnoses"]) == 2


def test_one_code_of_a_public_terminology_is_one_thing_whatever_its_text_and_the_name_of_its_system() -> None:
    names = ("SCT", "http://snomed.info/sct", "2.16.840.1.113883.6.96", "urn:oid:2.16.840.1.113883.6.96")
    facts = (allergy(Coded(system=name, code="91936005", text=name), item=name) for name in names)
    assert codes(sections(*facts)["allergies"]) == ["91936005"]
