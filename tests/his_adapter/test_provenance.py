"""Where a value came from, found by changing the message."""

from services.his_adapter.formats.hl7.provenance import leaves, origins
from tests.his_adapter.test_translate import KEY, SITE, facts, message


def test_every_value_knows_the_fields_it_depends_on() -> None:
    fields_by_value = origins(message(), SITE, KEY)
    assert fields_by_value["PatientAdmitted", "patient.name"] == ["PID-5.1", "PID-5.2"]
    assert fields_by_value["PatientAdmitted", "patient.identifiers.0.value"] == ["PID-3.1"]
    assert fields_by_value["PatientAdmitted", "at"] == ["EVN-2"]
    assert fields_by_value["PatientAdmitted", "visit.department_name"] == ["PV1-10"]
    assert fields_by_value["PatientAdmitted", "visit.visit_id"] == ["PID-3.1", "PID-3.4", "PV1-19"]
    assert fields_by_value["DiagnosisRecorded", "what.text"] == ["DG1-3.2"]
    assert fields_by_value.keys() == leaves(facts(message())).keys()


def test_a_mapping_that_looks_elsewhere_is_followed() -> None:
    fields_by_value = origins(message(EVN="EVN|A01"), SITE, KEY)
    assert fields_by_value["PatientAdmitted", "at"] == ["MSH-7"]


def test_repeated_segments_are_told_apart() -> None:
    text = "\r".join([message("ADT^A08", DG1="DG1|1||A^甲"), "DG1|2||B^乙"])
    assert origins(text, SITE, KEY)["DiagnosisRecorded 2", "what.text"] == ["DG1[2]-3.2"]
