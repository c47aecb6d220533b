"""Where a value came from, found by changing the message."""

from services.his_adapter.formats.hl7.provenance import leaves, origins
from tests.his_adapter.test_translate import KEY, SITE, facts, message


def test_every_value_knows_the_fields_it_depends_on() -> None:
    found = origins(message(), SITE, KEY)
    assert found["PatientAdmitted", "patient.name"] == ["PID-5.1", "PID-5.2"]
    assert found["PatientAdmitted", "patient.identifiers.0.value"] == ["PID-3.1"]
    assert found["PatientAdmitted", "at"] == ["EVN-2"]
    assert found["PatientAdmitted", "visit.department_name"] == ["PV1-10"]
    assert found["PatientAdmitted", "visit.visit_id"] == ["PID-3.1", "PID-3.4", "PV1-19"]
    assert found["DiagnosisRecorded", "what.text"] == ["DG1-3.2"]
    assert found.keys() == leaves(facts(message())).keys()


def test_a_mapping_that_looks_elsewhere_is_followed() -> None:
    found = origins(message(EVN="EVN|A01"), SITE, KEY)
    assert found["PatientAdmitted", "at"] == ["MSH-7"]


def test_repeated_segments_are_told_apart() -> None:
    text = "\r".join([message("ADT^A08", DG1="DG1|1||A^甲"), "DG1|2||B^乙"])
    assert origins(text, SITE, KEY)["DiagnosisRecorded 2", "what.text"] == ["DG1[2]-3.2"]
