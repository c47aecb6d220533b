"""DG1, AL1, IAM, PR1, IN1: diagnoses, allergies, procedures and insurance (HL7 v2 chapters 3 and 6)."""

from collections.abc import Iterable

from services.his_adapter.formats.hl7.message import Segment
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import coded, diagnosis, text
from shared.contracts import his_adapter as his
from shared.contracts.facts import (
    NO_ALLERGY,
    NO_DRUG_ALLERGY,
    NO_ENVIRONMENTAL_ALLERGY,
    NO_FOOD_ALLERGY,
    Clinical,
    Coded,
    Payer,
)

SEGMENTS = ("DG1", "AL1", "IAM", "PR1", "IN1")
BARE = "无"
"""Says that there is none, and not of what: that is in the type."""
NONE_KNOWN = {
    "NKA": NO_ALLERGY,
    "NO KNOWN ALLERGIES": NO_ALLERGY,
    BARE: NO_ALLERGY,
    "无过敏史": NO_ALLERGY,
    "否认过敏史": NO_ALLERGY,
    "NKDA": NO_DRUG_ALLERGY,
    "NO KNOWN DRUG ALLERGIES": NO_DRUG_ALLERGY,
    "无药物过敏史": NO_DRUG_ALLERGY,
    "否认药物过敏史": NO_DRUG_ALLERGY,
    "NKFA": NO_FOOD_ALLERGY,
}
"""Values of AL1-3 and IAM-3 that state that no allergy is known → the code in SNOMED CT (`NO_KNOWN_ALLERGY`)."""
OF_TYPE = {
    "": NO_ALLERGY,
    "DA": NO_DRUG_ALLERGY,
    "FA": NO_FOOD_ALLERGY,
    "EA": NO_ENVIRONMENTAL_ALLERGY,
    "AA": NO_ENVIRONMENTAL_ALLERGY,
    "PA": NO_ENVIRONMENTAL_ALLERGY,
    "LA": NO_ENVIRONMENTAL_ALLERGY,
}
"""AL1-2 and IAM-2 (table 0127) → what a segment says that states no allergy without saying to what."""


def known(c: MessageContext) -> Iterable[his.PatientFact]:
    """Yield one fact per segment of these kinds, and only one per code."""
    if not any(segment.name in SEGMENTS for segment in c.m.every()):
        return
    head = c.head()
    diagnoses = ((dg1, diagnosis(dg1), dg1.get(21)) for dg1 in c.m.all("DG1"))
    allergies = [(al1, _allergy(al1), "") for al1 in c.m.all("AL1")]
    allergies += [(iam, _allergy(iam), iam.get(6)) for iam in c.m.all("IAM")]
    procedures = ((pr1, coded(pr1, 3, pr1.get(4)), pr1.get(20)) for pr1 in c.m.all("PR1"))
    for kind, model, rows in (
        ("condition", his.DiagnosisRecorded, diagnoses),
        ("allergy", his.AllergyRecorded, allergies),
        ("procedure", his.ProcedureRecorded, procedures),
    ):
        for item in {item.item_id: item for item in _items(c, kind, rows)}.values():
            yield model(**head, **dict(item))
    payers = [payer for in1 in c.m.all("IN1") if (payer := _payer(c, in1))]
    for payer in {payer.coverage_id: payer for payer in payers}.values():
        yield his.CoverageReported(**head, coverage=payer)


def _items(c: MessageContext, kind: str, rows: Iterable[tuple[Segment, Coded, str]]) -> Iterable[Clinical]:
    visit = c.visit_id()
    for segment, code, action in rows:
        name = code.code or code.text
        if name and (kind == "allergy" or name.upper() not in NONE_KNOWN):
            when = segment.get(5) if kind == "procedure" else ""
            item = c.key(kind, c.patient_key, name, visit or "" if kind != "allergy" else "", when)
            deleted = action.upper() == "D"
            yield Clinical(item_id=item, what=code, visit_id=visit, status="entered-in-error" if deleted else "active")


def _allergy(segment: Segment) -> Coded:
    """AL1-3 or IAM-3; that none is known gets its code in SNOMED CT, and keeps the text.

    Of what none is known is in the words, or else in the type, AL1-2 or IAM-2. A bare "none" of a type that has no
    such code, such as MA (miscellaneous), states nothing.
    """
    stated, type = coded(segment, 3), segment.get(2).upper()
    for name in filter(None, (stated.code, stated.text)):
        if none := NONE_KNOWN.get(name.upper()):
            if none == NO_ALLERGY:
                if name == BARE and type not in OF_TYPE:
                    return Coded()
                none = OF_TYPE.get(type, NO_ALLERGY)
            return Coded(system="SCT", code=none, text=stated.text or name)
    return stated


def _payer(c: MessageContext, in1: Segment) -> Payer | None:
    """IN1-2 plan, IN1-3 company id, IN1-4 company name, IN1-12 and 13 validity, IN1-36 policy number."""
    company, plan = in1.get(3), in1.get(2)
    if not (company or plan or in1.get(4)):
        return None
    return Payer(
        coverage_id=c.key("coverage", c.patient_key, company or in1.get(4), plan, in1.get(36)),
        payer=company,
        payer_name=in1.get(4),
        plan=plan,
        number=text(in1.get(36)),
        starts=c.day(in1.get(12)),
        ends=c.day(in1.get(13)),
    )
