"""DFT: charges (HL7 v2 chapter 6)."""

from collections.abc import Iterable
from decimal import Decimal

from services.his_adapter.formats.hl7.message import Segment
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import amount, coded
from shared.contracts import his_adapter as his

CREDIT, CHARGES = "CD", ("", "CG", "CHG")
"""Transaction types in FT1-6 (table 0017); payments and adjustments are not charges."""


def charged(c: MessageContext) -> Iterable[his.PatientFact]:
    """Yield patient details, and one charge for each FT1 that has an amount."""
    head, visit = c.head(), c.visit_id()
    yield his.PatientDetailsReported(**head)
    for number, ft1 in enumerate(c.m.all("FT1"), 1):
        kind, charge_amount = ft1.get(6).upper(), worth(ft1)
        if charge_amount is None or kind not in (CREDIT, *CHARGES):
            continue
        number_parts = (ft1.get(2), ft1.get(7)) if ft1.get(2) else (c.message_id, str(number))
        yield his.ChargePosted(
            **head,
            charge_id=c.key("charge", c.patient_key, *number_parts),
            amount=-abs(charge_amount) if kind == CREDIT else charge_amount,
            currency=(ft1.get(11, 1, 2) or ft1.get(12, 1, 2) or "CNY").upper(),
            department=c.department(ft1.get(13))[0],
            visit_id=visit,
            what=coded(ft1, 7, ft1.get(8)),
        )


def worth(ft1: Segment) -> Decimal | None:
    """Extended amount of FT1-11, else unit amount (FT1-12) times quantity (FT1-10)."""
    total, unit = amount(ft1, 11), amount(ft1, 12)
    if total is not None or unit is None:
        return total
    quantity = amount(ft1, 10)
    return unit * (Decimal(1) if quantity is None else quantity)
