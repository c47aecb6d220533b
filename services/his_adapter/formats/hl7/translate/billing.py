"""DFT: what was charged (HL7 v2 chapter 6)."""

from collections.abc import Iterable
from decimal import Decimal

from services.his_adapter.formats.hl7.message import Segment
from services.his_adapter.formats.hl7.translate.context import Context
from services.his_adapter.formats.hl7.translate.fields import amount, coded
from shared.contracts import his_adapter as his

CREDIT, CHARGES = "CD", ("", "CG", "CHG")
"""FT1-6, table 0017; payments and adjustments are no charges."""


def charged(c: Context) -> Iterable[his.PatientFact]:
    """One charge per FT1 that names an amount; who the patient is in any case."""
    head, visit = c.head(), c.visit_id()
    yield his.PatientDetailsReported(**head)
    for number, ft1 in enumerate(c.m.all("FT1"), 1):
        kind, due = ft1.get(6).upper(), worth(ft1)
        if due is None or kind not in (CREDIT, *CHARGES):
            continue
        numbered = (ft1.get(2), ft1.get(7)) if ft1.get(2) else (c.message_id, str(number))
        yield his.ChargePosted(
            **head,
            charge_id=c.key("charge", c.patient_key, *numbered),
            amount=-abs(due) if kind == CREDIT else due,
            currency=(ft1.get(11, 1, 2) or ft1.get(12, 1, 2) or "CNY").upper(),
            department=c.department(ft1.get(13))[0],
            visit_id=visit,
            what=coded(ft1, 7, ft1.get(8)),
        )


def worth(ft1: Segment) -> Decimal | None:
    """FT1-11, the whole amount, else FT1-12 times FT1-10."""
    whole, unit = amount(ft1, 11), amount(ft1, 12)
    if whole is not None or unit is None:
        return whole
    count = amount(ft1, 10)
    return unit * (Decimal(1) if count is None else count)
