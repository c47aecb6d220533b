"""ORU, OUL and MDM: a report or a document is ready; headlines only, never values (HL7 v2 chapters 7 and 9)."""

from collections.abc import Iterable
from typing import Literal

from services.his_adapter.hl7.message import Broken, Segment
from services.his_adapter.translate.context import Context, coded, following, text
from shared.contracts import his_adapter as his

Status = Literal["preliminary", "final", "corrected", "cancelled"]
STATUS: dict[str, Status] = {  # tables 0123 (OBR-25) and 0085 (OBX-11)
    "P": "preliminary",
    "A": "preliminary",
    "R": "preliminary",
    "F": "final",
    "M": "final",
    "U": "final",
    "C": "corrected",
    "W": "corrected",
    "X": "cancelled",
    "D": "cancelled",
}
NOT_YET = ("I", "S", "O", "N", "Y", "Z")
NORMAL, CRITICAL = ("", "N"), ("HH", "LL", "AA", ">", "<")
"""Table 0078 (OBX-8)."""
DOCUMENT = {"IN": "preliminary", "IP": "preliminary", "DI": "preliminary", "PA": "preliminary"}
CHANGED = {"T05", "T06", "T07", "T08", "T09", "T10"}


def reported(c: Context) -> Iterable[his.PatientFact]:
    """One report per OBR that has something to show."""
    head, groups = c.head(), list(following(c.m, "OBR", ("OBX",)))
    if not groups:
        raise Broken("the message holds no OBR segment", "OBR", 0)
    for number, (obr, *values) in enumerate(groups, 1):
        status = _status(obr, values)
        if status is None:
            continue
        flags = [field.get(1).upper() for obx in values for field in obx.repetitions(8)]
        order = obr.get(3) or obr.get(2) or f"{c.m.get('MSH-10')}/{number}"
        yield his.ReportReady(
            **head,
            report_id=c.key("report", order, obr.get(4)),
            category=obr.get(24),
            title=coded(obr, 4).text or text(obr.get(4)),
            status=status,
            abnormal=any(flag not in NORMAL for flag in flags) if values else None,
            critical=any(flag in CRITICAL for flag in flags) if values else None,
        )


def _status(obr: Segment, values: list[Segment]) -> Status | None:
    """OBR-25, else the least settled of its OBX-11; None where nothing is there to show yet."""
    if said := obr.get(25).upper():
        return None if said in NOT_YET else STATUS.get(said, "preliminary")
    told = {STATUS.get(obx.get(11).upper(), "final") for obx in values if obx.get(11).upper() not in NOT_YET}
    order: tuple[Status, ...] = ("preliminary", "corrected", "final", "cancelled")
    return next((status for status in order if status in told), None)


def documented(c: Context) -> Iterable[his.PatientFact]:
    """MDM: T01/T02 new, T05 to T10 changed, T11 cancelled."""
    txa = c.m.first("TXA")
    number = txa.get(12) or txa.get(14)
    if not number:
        raise Broken("TXA-12 does not number the document", "TXA", 12)
    event = c.m.get("MSH-9.2")
    status = "corrected" if event in CHANGED else DOCUMENT.get(txa.get(17).upper(), "final")
    yield his.ReportReady.model_validate(
        {
            **c.head(),
            "report_id": c.key("document", number),
            "category": "document",
            "title": text(txa.get(16)) or coded(txa, 2).text or text(txa.get(2)),
            "status": "cancelled" if event == "T11" else status,
        }
    )
