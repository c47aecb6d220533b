"""ORU, OUL and MDM: a report or document is available; title and flags only, no values (HL7 v2 chapters 7 and 9)."""

from collections.abc import Callable, Iterable
from typing import cast

from services.his_adapter.formats.hl7.message import Broken, Segment
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import coded, entity, following, text
from shared.contracts import his_adapter as his
from shared.contracts.facts import ReportStatus

WITHDRAWN_STATUSES = ("D", "W", "X")
"""OBX-11 of a deleted or wrong value."""
CHANGED = {"T05", "T06", "T07", "T08", "T09", "T10"}
"""MDM events that change a document."""


def reported(c: MessageContext) -> Iterable[his.PatientFact]:
    """Yield one report per order and service, if it has a result to show."""
    head, groups = c.head(), list(following(c.m, "OBR", ("OBX",)))
    if not groups:
        raise Broken("the message holds no OBR segment", "OBR", 0)
    reports: dict[str, list[list[Segment]]] = {}
    parent = _parents([group[0] for group in groups])
    for number, group in enumerate(groups, 1):
        obr = parent(group[0])
        order = entity(obr, 3) or entity(obr, 2) or f"{c.message_id}/{number}"
        reports.setdefault(c.key("report", order, obr.get(4) or obr.get(4, 4)), []).append(group)
    for report_id, parts in reports.items():  # panels of one report are sent as several OBR
        obr, values = parts[0][0], [obx for part in parts for obx in part[1:]]
        if status := _status(c, obr, values):
            title = coded(obr, 4)
            category, label = obr.get(24), title.text or title.code
            abnormal, critical = _flags(c, values)
            yield his.ReportReady(
                **head,
                report_id=report_id,
                category=category,
                title=label,
                status=status,
                abnormal=abnormal,
                critical=critical,
            )


def _parents(obrs: list[Segment]) -> Callable[[Segment], Segment]:
    """Return a function from an OBR to its parent OBR, named in OBR-29 by number or code, else to itself."""
    by_reference: dict[tuple[int, str], Segment] = {}
    if any(obr.raw(29) for obr in obrs):
        for candidate in (obr for obr in obrs if not obr.raw(29)):
            for field in (2, 3, 4):
                by_reference.setdefault((field, candidate.get(field)), candidate)

    def parent(obr: Segment) -> Segment:
        placer, filler = obr.get(29), obr.get(29, 2)
        references = [reference for reference in ((3, filler), (2, placer), (4, placer), (4, filler)) if reference[1]]
        return next((by_reference[reference] for reference in references if reference in by_reference), obr)

    return parent


def _flags(c: MessageContext, values: list[Segment]) -> tuple[bool | None, bool | None]:
    """Return whether any value is abnormal and whether any is critical; None and None if no value has a flag."""
    valid = [obx for obx in values if obx.get(11).upper() not in WITHDRAWN_STATUSES]
    codes = [flag for obx in valid for field in obx.repetitions(8) if (flag := field.get(1))]
    flags = [c.means("abnormal-flag", flag, "abnormal") for flag in codes]
    if not flags:
        return None, None
    return any(f != "normal" for f in flags), "critical" in flags


def _status(c: MessageContext, obr: Segment, values: list[Segment]) -> ReportStatus | None:
    """Return OBR-25, else the least final status in OBX-11; None if there is no result yet."""
    if code := obr.get(25):
        report_status = c.means("result-status", code, "preliminary")
        return None if report_status == "not-yet" else cast("ReportStatus", report_status)
    statuses = {c.means("result-status", obx.get(11), "final") for obx in values}
    order: tuple[ReportStatus, ...] = ("preliminary", "corrected", "final", "cancelled")
    return next((status for status in order if status in statuses), None)


def documented(c: MessageContext) -> Iterable[his.PatientFact]:
    """MDM: T01 and T02 are new documents, T05 to T10 changes, T11 cancellations."""
    txa = c.m.first("TXA")
    number = entity(txa, 12) or entity(txa, 14)
    if not number:
        raise Broken("TXA-12 does not number the document", "TXA", 12)
    event = c.m.type.partition("^")[2]
    status = "corrected" if event in CHANGED else c.means("document-status", txa.get(17), "final")
    cancelled = event == "T11" or txa.get(19).upper() == "CA"
    yield his.ReportReady(
        **c.head(),
        report_id=c.key("document", number),
        category="document",
        title=text(txa.get(16)) or coded(txa, 2).text or text(txa.get(2)),
        status="cancelled" if cancelled else cast("ReportStatus", status),
    )
