"""Given a Bundle, when it is unpacked, then single resources that name each other by id."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.formats.fhir.bundle import BundleEntry, BundleFault, unpack
from services.his_adapter.formats.fhir.resource import Invalid
from tests.support.fhir import KEY, encounter, facts, patient


def entry(resource: dict[str, Any] | None, method: str = "POST", url: str = "", full: str = "") -> dict[str, Any]:
    kind = resource["resourceType"] if resource else ""
    request = {"method": method, "url": url or kind}
    return {"request": request, **({"fullUrl": full} if full else {}), **({"resource": resource} if resource else {})}


def opened(*entries: dict[str, Any], type: str = "transaction") -> list[Any]:
    return list(unpack({"resourceType": "Bundle", "type": type, "entry": list(entries)}, "his", KEY))


def without_id(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "id"}


PATIENT, STAY = "urn:uuid:1", encounter(subject={"reference": "urn:uuid:1"})


def test_patients_come_first_and_are_named_by_id() -> None:
    first, second = opened(entry(STAY), entry(patient(), full=PATIENT))
    assert (first.resource["resourceType"], first.number) == ("Patient", 1)
    assert second.resource["subject"]["reference"] == "Patient/p1"


def test_a_new_patient_gets_the_same_id_in_every_bundle_that_tells_their_number() -> None:
    ids = set()
    for place in ("urn:uuid:1", "urn:uuid:2"):
        stay = encounter(subject={"reference": place})
        new_patient, visit = opened(entry(without_id(patient()), full=place), entry(stay))
        assert visit.resource["subject"]["reference"] == f"Patient/{new_patient.resource['id']}"
        ids.add(new_patient.resource["id"])
    assert len(ids) == 1


def test_an_encounter_brings_the_diagnoses_it_names() -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I21.9"}]}
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, "code": code}
    stay = encounter("finished", diagnosis=[{"condition": {"reference": "urn:uuid:7"}}])
    visit, _ = opened(entry(stay), entry(condition, full="urn:uuid:7"))
    _, discharged = facts(visit.resource)
    assert [(each.code, each.system) for each in discharged.diagnoses] == [("I21.9", "I10")]


@pytest.mark.parametrize(
    ("flag", "abnormal", "critical"), [("N", False, False), ("H", True, False), ("HH", True, True)]
)
def test_a_report_brings_the_flags_of_the_results_it_names(flag: str, abnormal: bool, critical: bool) -> None:
    subject, code = {"reference": "Patient/p1"}, {"text": "血钾"}
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    result = {"resourceType": "Observation", "status": "final", "code": code, "subject": subject}
    flagged = {**result, "interpretation": [{"coding": [{"system": system, "code": flag}]}]}
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": code,
        "subject": subject,
        "issued": "2026-03-09T10:00:00+08:00",
        "result": [{"reference": "urn:uuid:8"}],
    }
    reports = [one for one in opened(entry(report), entry(flagged, full="urn:uuid:8")) if "result" in one.resource]
    [ready] = facts(reports[0].resource)
    assert (ready.abnormal, ready.critical) == (abnormal, critical)


def test_a_put_names_what_it_puts() -> None:
    [put] = opened(entry(without_id(patient()), "PUT", "Patient/p7"))
    assert put.resource["id"] == "p7"


def test_a_deletion_is_told() -> None:
    [gone] = opened(entry(None, "DELETE", "PractitionerRole/r1"))
    assert (gone.deleted, gone.resource) == (True, {"resourceType": "PractitionerRole", "id": "r1"})
    assert isinstance(opened(entry(None, "DELETE", "Role"))[0], BundleFault)


def test_a_notification_brings_its_resources_and_not_its_status() -> None:
    status = {"resourceType": "SubscriptionStatus", "type": "event-notification"}
    assert [type(each) for each in opened(entry(status), entry(patient()), type="history")] == [BundleEntry]


def test_a_fault_names_the_entry_and_the_place() -> None:
    _, fault = opened(entry(patient()), entry({**encounter(), "status": 7}))
    assert isinstance(fault, BundleFault)
    assert fault.wrong.faults[0][0] == "Bundle.entry[1].resource.Encounter.status"


@pytest.mark.parametrize("row", [{"request": {"method": "PUT", "url": "Patient/1"}}, {"resource": "x"}])
def test_an_entry_without_its_resource_is_a_fault(row: dict[str, Any]) -> None:
    [fault] = opened(row)
    assert fault.wrong.faults == [("Bundle.entry[0].resource", "is missing")]
    assert fault.raw == row


@pytest.mark.parametrize("bundle", [{"type": "document"}, {}, {"type": "batch", "entry": [1]}])
def test_what_is_no_bundle_of_ours_is_refused(bundle: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        unpack(bundle, "his", KEY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["resourceType", "id", "resource", "request", "method", "url", "fullUrl", "identifier", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


OBJECT = st.dictionaries(
    st.sampled_from(["resourceType", "id", "identifier", "subject", "reference"]), JSON, max_size=3
)
ROW = st.fixed_dictionaries({}, optional={"resource": OBJECT, "fullUrl": JSON, "request": OBJECT | JSON})


@given(st.lists(ROW | JSON, max_size=4), st.sampled_from(["transaction", "batch", "history"]))
def test_no_bundle_crashes_it(rows: list[Any], kind: str) -> None:
    with suppress(Invalid):
        unpack({"resourceType": "Bundle", "type": kind, "entry": rows}, "his", KEY)
