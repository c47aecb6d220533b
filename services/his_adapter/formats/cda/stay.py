"""Translate a document about an inpatient stay into facts. Pure."""

from collections.abc import Iterator

from services.his_adapter.formats.cda.document import ADMISSION, DISCHARGE, Document, coded
from services.his_adapter.formats.cda.xml import attribute, every, first, parse
from services.his_adapter.formats.common.head import Head, heading
from services.his_adapter.formats.definitions import Site
from shared.contracts import his_adapter as his
from shared.contracts.facts import Clinical

OURS = {"C0053": "discharge summary", "C0049": "discharge record", "C0032": "front page of the record"}
"""ClinicalDocument/code (2.16.156.10011.2.4) of translated documents; others are only stored and counted."""


def facts(site_key: bytes, site: Site, received: his.HospitalMessageReceived) -> list[his.PatientFact]:
    """Return patient details, admission, discharge, diagnoses and procedures; none for other documents."""
    if received.message_type not in OURS:
        return []
    return list(_facts(Document(site_key, site, parse(received.text or "")), received))


def _facts(d: Document, received: his.HospitalMessageReceived) -> Iterator[his.PatientFact]:
    patient, written, left = d.details(), d.written(), d.left()
    head: Head = {
        "at": written,
        "updated": written,
        "patient_key": patient.identifiers[0].key,
        "patient": patient,
        "message_id": received.message_id,
        "control_id": received.control_id,
        "source_system": received.sender,
        "historical": received.historical,
    }
    yield his.PatientDetailsReported(**head)
    visit, admitted = d.visit(head["patient_key"]), d.time(attribute(d.encounter, "effectiveTime/low"))
    discharged = d.diagnoses(DISCHARGE)
    yield his.PatientAdmitted(
        **heading(head, admitted or left or written), visit=visit, diagnoses=d.diagnoses(ADMISSION) or discharged
    )
    if left:
        yield his.PatientDischarged(**heading(head, left), visit=visit, diagnoses=discharged)
    for what in discharged:
        item = d.key("condition", head["patient_key"], str(what.code or what.text), visit.visit_id, "")
        yield his.DiagnosisRecorded(**head, **dict(Clinical(item_id=item, what=what, visit_id=visit.visit_id)))
    for procedure in every(d.root, "component/structuredBody/component/section/entry/procedure"):
        what = coded(first(procedure, "code"))
        when = attribute(procedure, "effectiveTime") or attribute(procedure, "effectiveTime/low")
        if what.code or what.text:
            item = d.key("procedure", head["patient_key"], str(what.code or what.text), visit.visit_id, when)
            yield his.ProcedureRecorded(**head, **dict(Clinical(item_id=item, what=what, visit_id=visit.visit_id)))
