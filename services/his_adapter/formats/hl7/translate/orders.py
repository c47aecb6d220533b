"""ORM, OML, OMG: surgery and examinations booked (HL7 v2 chapter 4)."""

from collections.abc import Iterable
from datetime import datetime

from services.his_adapter.formats.hl7.message import Broken, Segment
from services.his_adapter.formats.hl7.translate.context import Context
from services.his_adapter.formats.hl7.translate.fields import coded, entity
from shared.contracts import his_adapter as his
from shared.contracts.facts import Coded

PRIOR = "PR"
"""ORC-1 of a former result that comes along (OML)."""
TIMES = ("ORC-7.4", "TQ1-7", "OBR-27.4", "OBR-36", "OBR-6")


def ordered(c: Context) -> Iterable[his.PatientFact]:
    """One order per ORC and the OBR that belongs to it."""
    head, groups = c.head(), list(_groups(c))
    if not groups:
        raise Broken("the message holds neither ORC nor OBR", "ORC", 0)
    named = set[str]()
    for number, group in enumerate(groups, 1):
        orc, obr = group.get("ORC"), group.get("OBR")
        if orc and orc.get(1).upper() == PRIOR:
            continue
        placed = next(filter(None, (entity(s, 2) for s in (obr, orc))), "")
        filled = next(filter(None, (entity(s, 3) for s in (obr, orc))), "")
        numbered: tuple[str, ...] = ("placer", placed) if placed else ("filler", filled or f"{c.message_id}/{number}")
        if placed and placed in named and obr:  # a second thing under the same number
            numbered += (obr.get(4) or obr.get(4, 4),)
        named.add(placed)
        control, progress = (orc.get(1), orc.get(5)) if orc else ("", "")
        yield his.OrderPlaced(
            **head,
            order_id=c.key("order", *numbered),
            category=obr.get(24) if obr else "",
            what=coded(obr, 4) if obr else Coded(),
            status=c.means("order-control", control) or c.means("order-status", progress, "active"),
            scheduled=_scheduled(c, group),
        )


def _groups(c: Context) -> Iterable[dict[str, Segment]]:
    group: dict[str, Segment] = {}
    for segment in c.m.every():
        if segment.name == "ORC" or (segment.name == "OBR" and "OBR" in group):
            if group:
                yield group
            same = segment.name == "OBR" and "ORC" in group  # one ORC may head several OBR
            group = {"ORC": group["ORC"]} if same else {}
        if segment.name in ("ORC", "OBR", "TQ1"):
            group.setdefault(segment.name, segment)
    if group:
        yield group


def _scheduled(c: Context, group: dict[str, Segment]) -> datetime | None:
    for path in TIMES:
        name, _, place = path.partition("-")
        if (segment := group.get(name)) and (found := segment.get(*map(int, place.split(".")))):
            return c.maybe_time(found)
    return None
