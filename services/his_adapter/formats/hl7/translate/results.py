"""ORU, OUL and MDM: a report or a document is ready; headlines only, never values (HL7 v2 chapters 7 and 9)."""

from collections.abc import Callable, Iterable
from typing import cast

from services.his_adapter.formats.hl7.message import Broken, Segment
from services.his_adapter.formats.hl7.translate.context import Context
from services.his_adapter.formats.hl7.translate.fields import coded, entity, following, text
from shared.contracts import his_adapter as his
from shared.contracts.facts import ReportStatus

GONE = ("D", "W", "X")
"""OBX-11 of a value that no longer counts."""
CHANGED = {"T05", "T06", "T07", "T08", "T09", "T10"}


def reported(c: Context) -> Iterable[his.PatientFact]:
    """One report per OBR that has something to show."""
    head, groups = c.head(), list(following(c.m, "OBR", ("OBX",)))
    if not groups:
        raise Broken("the message holds no OBR segment", "OBR", 0)
    reports: dict[str, list[list[Segment]]] = {}
    parent = _parents([group[0] for group in groups])
    for number, group in enumerate(groups, 1):
        obr = parent(group[0])
        order = entity(obr, 3) or entity(obr, 2) or f"{c.message_id}/{number}"
        reports.setdefault(c.key("report", order, obr.get(4) or obr.get(4, 4)), []).append(group)
    for report_id, parts in reports.items():  # the panels of one report come as several OBR
        obr, values = parts[0][0], [obx for part in parts for obx in part[1:]]
        if status := _status(c, obr, values):
            title = coded(obr, 4)
            category, shown = obr.get(24), title.text or title.code
            abnormal, critical = _flags(c, values)
            yield his.ReportReady(
                **head,
                report_id=report_id,
                category=category,
                title=shown,
                status=status,
                abnormal=abnormal,
                critical=critical,
            )


def _parents(every: list[Segment]) -> Callable[[Segment], Segment]:
    """Gives the OBR whose report one is a part of: OBR-29 names it by a number, or by its code; else itself."""
    named: dict[tuple[int, str], Segment] = {}
    if any(obr.raw(29) for obr in every):
        for other in (obr for obr in every if not obr.raw(29)):
            for field in (2, 3, 4):
                named.setdefault((field, other.get(field)), other)

    def parent(obr: Segment) -> Segment:
        placer, filler = obr.get(29), obr.get(29, 2)
        places = [place for place in ((3, filler), (2, placer), (4, placer), (4, filler)) if place[1]]
        return next((named[place] for place in places if place in named), obr)

    return parent


def _flags(c: Context, values: list[Segment]) -> tuple[bool | None, bool | None]:
    """Whether any value is abnormal, and critical; None where no value carries a flag."""
    counting = [obx for obx in values if obx.get(11).upper() not in GONE]
    told = [flag for obx in counting for field in obx.repetitions(8) if (flag := field.get(1))]
    flags = [c.means("abnormal-flag", flag, "abnormal") for flag in told]
    if not flags:
        return None, None
    return any(f != "normal" for f in flags), "critical" in flags


def _status(c: Context, obr: Segment, values: list[Segment]) -> ReportStatus | None:
    """OBR-25, else the least settled of its OBX-11; None where nothing is there to show yet."""
    if said := obr.get(25):
        found = c.means("result-status", said, "preliminary")
        return None if found == "not-yet" else cast("ReportStatus", found)
    told = {c.means("result-status", obx.get(11), "final") for obx in values}
    order: tuple[ReportStatus, ...] = ("preliminary", "corrected", "final", "cancelled")
    return next((status for status in order if status in told), None)


def documented(c: Context) -> Iterable[his.PatientFact]:
    """MDM: T01/T02 new, T05 to T10 changed, T11 cancelled."""
    txa = c.m.first("TXA")
    number = entity(txa, 12) or entity(txa, 14)
    if not number:
        raise Broken("TXA-12 does not number the document", "TXA", 12)
    event = c.m.type.partition("^")[2]
    status = "corrected" if event in CHANGED else c.means("document-status", txa.get(17), "final")
    gone = event == "T11" or txa.get(19).upper() == "CA"
    yield his.ReportReady(
        **c.head(),
        report_id=c.key("document", number),
        category="document",
        title=text(txa.get(16)) or coded(txa, 2).text or text(txa.get(2)),
        status="cancelled" if gone else cast("ReportStatus", status),
    )
