"""ORM, OML, OMG, OMI: orders for surgery and examinations (HL7 v2 chapter 4)."""

from collections.abc import Iterable
from datetime import datetime

from services.his_adapter.formats.hl7.message import Broken, Segment
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import coded, entity
from shared.contracts import his_adapter as his
from shared.contracts.facts import Coded

PRIOR = "PR"
"""ORC-1 of a prior result that is sent along (OML)."""
TIMES = ("ORC-7.4", "TQ1-7", "OBR-27.4", "OBR-36", "OBR-6")
"""Fields that may hold the scheduled time, best first."""


def ordered(c: MessageContext) -> Iterable[his.PatientFact]:
    """Yield one order for each ORC with its OBR; orders are numbered by ORC/OBR-2, else by ORC/OBR-3."""
    head, groups = c.head(), list(_groups(c))
    if not groups:
        raise Broken("the message holds neither ORC nor OBR", "ORC", 0)
    placers = set[str]()
    for number, group in enumerate(groups, 1):
        orc, obr = group.get("ORC"), group.get("OBR")
        if orc and orc.get(1).upper() == PRIOR:
            continue
        placer = next(filter(None, (entity(s, 2) for s in (obr, orc))), "")
        filler = next(filter(None, (entity(s, 3) for s in (obr, orc))), "")
        number_parts: tuple[str, ...] = (
            ("placer", placer) if placer else ("filler", filler or f"{c.message_id}/{number}")
        )
        if placer and placer in placers and obr:  # a second item under the same order number
            number_parts += (obr.get(4) or obr.get(4, 4),)
        placers.add(placer)
        control, progress = (orc.get(1), orc.get(5)) if orc else ("", "")
        yield his.OrderPlaced(
            **head,
            order_id=c.key("order", *number_parts),
            category=obr.get(24) if obr else "",
            what=coded(obr, 4) if obr else Coded(),
            status=c.means("order-control", control) or c.means("order-status", progress, "active"),
            scheduled=_scheduled(c, group),
        )


def _groups(c: MessageContext) -> Iterable[dict[str, Segment]]:
    group: dict[str, Segment] = {}
    for segment in c.m.every():
        if segment.name == "ORC" or (segment.name == "OBR" and "OBR" in group):
            if group:
                yield group
            shares_orc = segment.name == "OBR" and "ORC" in group  # one ORC may precede several OBR
            group = {"ORC": group["ORC"]} if shares_orc else {}
        if segment.name in ("ORC", "OBR", "TQ1"):
            group.setdefault(segment.name, segment)
    if group:
        yield group


def _scheduled(c: MessageContext, group: dict[str, Segment]) -> datetime | None:
    for path in TIMES:
        name, _, place = path.partition("-")
        if (segment := group.get(name)) and (scheduled := segment.get(*map(int, place.split(".")))):
            return c.maybe_time(scheduled)
    return None
