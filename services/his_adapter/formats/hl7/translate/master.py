"""MFN: master files of staff (M02), charges (M04) and places (M05); HL7 v2 chapter 8."""

from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

from pydantic import ValidationError

from services.his_adapter.formats.common.entries import EntryReport, by_language, entry_id, filled_entry, report_of
from services.his_adapter.formats.common.shape import shape_of
from services.his_adapter.formats.hl7.message import Broken, Field, Segment
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import amount, following, joined, phone_of
from shared.contracts.base import changed
from shared.contracts.his_directory import ClinicHours, Department, Doctor, Hours, Listed, Location, Price

DELETE, DEACTIVATE = "MDL", "MDC"
ACTIONS = ("MAD", "MUP", "MAC", DEACTIVATE, DELETE)
"""MFE-1, table 0180: add, update, reactivate, deactivate, delete."""
FORMS = {"B": "bed", "R": "room", "N": "nursing-unit", "C": "clinic", "D": "department", "E": "exam-room"}
"""Location types in LOC-3 (table 0260)."""
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
"""Days of the week in VH (table 0267)."""
Fields = dict[str, Any]
MasterEntry = dict[str, Segment]


def listed(c: MessageContext) -> Iterator[EntryReport]:
    """Yield the directory entry of each MFE, or its deletion. Raises `Broken`."""
    for mfe, *rest in following(c.m, "MFE", ("STF", "PRA", "LOC", "LDP", "CDM", "PRC")):
        action = mfe.get(1).upper()
        if action not in ACTIONS:
            raise Broken(f"MFE-1 is {shape_of(mfe.get(1))}, it must be one of {', '.join(ACTIONS)}", "MFE", 1)
        segments = {segment.name: segment for segment in reversed(rest)} | {"MFE": mfe}
        head = HEADS[c.m.type]
        if action in ("MAD", "MUP") and not head & segments.keys():
            raise Broken(
                f"MFE-1 is {action}, so {' or '.join(sorted(head))} must follow and say what is listed", "MFE", 1
            )
        for entry in READS[c.m.type](c, segments):
            if action == DELETE:
                yield EntryReport(at=c.when(), entry_id=entry_id(entry), source=c.m.sender, stated_fields=None)
            else:
                deactivated = {"active": False} if action == DEACTIVATE else {}
                yield report_of(c.when(), c.m.sender, changed(entry, **deactivated))


def _code(segments: MasterEntry, head: str) -> str:
    """Return the code in MFE-4, else in the first field of `head`; for a location (PL) point of care, room and bed."""
    for segment, field in ((segments["MFE"], 4), (segments.get(head), 1)):
        parts = 3 if head == "LOC" else 1
        parts_of_code = [segment.get(field, part) for part in range(1, parts + 1)] if segment else []
        if any(parts_of_code):
            return "-".join(filter(None, parts_of_code))
    raise Broken("MFE-4 does not name the record", "MFE", 4)


def _build(model: type[Listed], fields: Fields) -> Any:
    """Build the entry from its non-empty fields. Raises `Broken` if one is invalid."""
    try:
        return filled_entry(model, **fields)
    except ValidationError as error:
        [first, *_] = error.errors()
        raise Broken(f"{first['loc'][0]} of {fields['code']}: {first['msg']}", "MFE", 4) from error


def _doctor(c: MessageContext, segments: MasterEntry) -> Iterator[Any]:
    stf, pra = segments.get("STF"), segments.get("PRA")
    fields: Fields = {"code": _code(segments, "STF"), "active": True}
    if stf:
        fields |= {
            "names": by_language(joined(stf.get(3, 1), stf.get(3, 2))),
            "title": by_language(stf.get(18)),
            "departments": tuple(c.department(cwe.get(1))[0] for cwe in stf.repetitions(8) if cwe.get(1)),
            "phones": tuple(filter(None, (phone_of(xtn) for xtn in stf.repetitions(10)))),
            "active": stf.get(7).upper() != "I",
            "since": c.day(stf.get(12)),
            "until": c.day(stf.get(13)),
        }
    if pra:
        fields["specialties"] = tuple(spd.get(1) for spd in pra.repetitions(5) if spd.get(1))
    yield _build(Doctor, fields)


def _price(c: MessageContext, segments: MasterEntry) -> Iterator[Any]:
    cdm, prc = segments.get("CDM"), segments.get("PRC")
    fields: Fields = {"code": _code(segments, "CDM"), "active": True}
    if cdm:
        fields |= {
            "names": by_language(cdm.get(3)),
            "about": by_language(cdm.get(4)),
            "active": cdm.get(8).upper() != "I",
        }
    if prc:
        composite_price = next(prc.repetitions(5), None)
        fields |= {
            "amount": amount(prc, 5),
            "currency": composite_price.get(1, 2).upper() if composite_price else "",
            "department": c.department(prc.get(3))[0],
            "category": prc.get(14),
            "since": c.day(prc.get(11)),
            "until": c.day(prc.get(12)),
        }
    yield _build(Price, fields)


def _place(c: MessageContext, segments: MasterEntry) -> Iterator[Any]:
    loc, ldp = segments.get("LOC"), segments.get("LDP")
    code = _code(segments, "LOC")
    form = FORMS.get(loc.get(3).upper(), loc.get(3).lower()) if loc else ""
    fields: Fields = {"code": code, "active": not ldp or ldp.get(6).upper() != "I"}
    if loc:
        fields |= {"names": by_language(loc.get(2)), "phones": tuple(filter(None, map(phone_of, loc.repetitions(6))))}
    department, name = c.department(ldp.get(2) if ldp else "")
    if form == "department":
        own, ours = c.department(code)
        yield _build(
            Department, fields | {"code": own, "names": fields.get("names") or by_language(ours if ours != own else "")}
        )
    else:
        address = by_language(", ".join(filter(None, (loc.get(5, part) for part in (1, 3, 4)))) if loc else "")
        yield _build(Location, fields | {"form": form, "department": department, "address": address})
    hours = tuple(_hours(vh) for vh in ldp.repetitions(11)) if ldp else ()
    if hours:
        yield ClinicHours(
            code=code, department=department, location=code, hours=hours, names=by_language(name), active=True
        )


def _hours(vh: Field) -> Hours:
    """Read VH: first and last weekday, opening and closing time. Raises `Broken`."""
    first, last = (vh.get(part).upper()[:3] for part in (1, 2))
    if first not in DAYS or (last or first) not in DAYS:
        raise Broken(f"LDP-11 begins with a day range ({', '.join(DAYS)})", "LDP", 11)
    begin, end = DAYS.index(first), DAYS.index(last or first)
    days = tuple(day % 7 + 1 for day in range(begin, end + 1 + (7 if end < begin else 0)))
    return Hours(weekdays=days, starts=_clock(vh.get(3)), ends=_clock(vh.get(4)))


def _clock(text: str) -> time | None:
    digits = text.replace(":", "")[:4]
    if not digits:
        return None
    try:
        return time(int(digits[:2]), int(digits[2:] or 0))
    except ValueError as error:
        raise Broken("LDP-11 holds hours as HHMM", "LDP", 11) from error


HEADS = {"MFN^M02": {"STF", "PRA"}, "MFN^M04": {"CDM", "PRC"}, "MFN^M05": {"LOC", "LDP"}}
"""Segments that describe an entry; an added or updated entry needs at least one."""
READS: dict[str, Callable[[MessageContext, MasterEntry], Iterator[Any]]] = {
    "MFN^M02": _doctor,
    "MFN^M04": _price,
    "MFN^M05": _place,
}
