"""Interpret answers of hospital systems (MSA, ERR, QAK, SCH, FT1) as fields of `HearAnswer`. Pure."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import assert_never

from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.message import Broken, Hl7Message, Segment
from services.his_adapter.formats.hl7.translate.billing import worth
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import coded, following
from services.his_adapter.requests.commands import AnswerFields, AttemptOutcome
from services.his_adapter.requests.definitions import Endpoint
from shared.contracts.his_asks import Slot
from shared.contracts.his_requests import BillLine, HospitalAnswer

OUTCOME_BY_CODE: Mapping[str, AttemptOutcome] = {
    **dict.fromkeys(("AA",), "accepted"),
    **dict.fromkeys(("CA",), "received"),
    **dict.fromkeys(("AE", "AR", "CE", "CR"), "refused"),
}
"""MSA-1, table 0008."""
BUSY = ("207", "206")
"""ERR-3, table 0357: application error and locked record. The request is sent again."""
UNDECIDED_STATUSES, CANCELLED_STATUSES = ("PENDING", "WAITLIST"), ("CANCELLED", "CANCELED", "DC", "DELETED", "BLOCKED")
"""SCH-25, table 0278: not decided yet, and cancelled."""
_ID = re.compile(r"CL[A-Z2-7]{18}")


def request_id(cause: str) -> str:
    """Derive a request id from the id of its cause. It is also the control id (MSH-10: 20 characters before v2.7)."""
    return "CL" + base64.b32encode(hashlib.sha256(cause.encode()).digest())[:18].decode()


def request_answered(message: Hl7Message) -> str:
    """Return the id of the request that a message answers (MSA-2, or SCH-1 without an MSA); "" if none of ours."""
    id = message.get("MSA-2") if message.first("MSA") else message.get("SCH-1")
    return id if _ID.fullmatch(id) else ""


def appointment_fields(message: Hl7Message, endpoint: Endpoint) -> AnswerFields:
    """Interpret an SIU about an appointment that we requested: booked, or cancelled by the hospital."""
    if message.get("MSH-9.2") in ("S15", "S16", "S17") or message.get("SCH-25").upper() in CANCELLED_STATUSES:
        return {"outcome": "refused", "reason": "cancelled-by-hospital", "detail": message.get("SCH-6.2") or None}
    return _accepted(message, endpoint)


def reply_fields(message: Hl7Message, endpoint: Endpoint) -> AnswerFields:
    """Interpret an answer by MSA-1 and the segments that follow."""
    outcome = OUTCOME_BY_CODE.get(message.get("MSA-1").upper())
    if outcome is None:
        return {"outcome": "trouble", "reason": "answer-unreadable"}
    match outcome:
        case "refused":
            return _refused(message)
        case "received" | "trouble":
            return {"outcome": outcome}
        case "accepted":
            return _accepted(message, endpoint)
        case _:
            assert_never(outcome)


def _refused(message: Hl7Message) -> AnswerFields:
    code = message.get("ERR-3.1")
    text = message.get("ERR-8") or message.get("ERR-7") or message.get("ERR-3.2") or message.get("MSA-3")
    if code in BUSY:
        return {"outcome": "trouble", "reason": "hospital-busy", "detail": text or None}
    return {"outcome": "refused", "reason": "refused-by-hospital", "detail": text or None}


def _accepted(message: Hl7Message, endpoint: Endpoint) -> AnswerFields:
    match message.get("QAK-2").upper():
        case "NF":
            return {"outcome": "refused", "reason": "not-found", "detail": message.get("MSA-3") or None}
        case "AE" | "AR":
            return {"outcome": "refused", "reason": "refused-by-hospital", "detail": message.get("MSA-3") or None}
    filler_status = message.get("SCH-25").upper()
    if filler_status in UNDECIDED_STATUSES:
        return {"outcome": "received"}
    try:
        answer = _answer(message, endpoint)
    except Broken as error:  # an order was carried out even if its details are unreadable; a query has no answer
        is_query = message.type.startswith("RSP")
        return {"outcome": "refused" if is_query else "accepted", "reason": "answer-unreadable", "detail": error.detail}
    cancelled = (
        message.type.startswith("SRR") and message.get("MSH-9.2") != "S04" and filler_status in CANCELLED_STATUSES
    )
    if cancelled:
        return {"outcome": "refused", "reason": "refused-by-hospital", "detail": message.get("SCH-6.2") or None}
    return {"outcome": "accepted", "answer": answer}


def _answer(message: Hl7Message, endpoint: Endpoint) -> HospitalAnswer:
    context, sch = context_of(message, endpoint), message.first("SCH")
    place = message.get("AIL-3")
    return HospitalAnswer(
        filler=sch.get(2) or None,
        queue_number=message.get(endpoint.queue_number) or None,
        starts=context.maybe_time(sch.get(11, 4)),
        department=endpoint.ours.get(place, place),
        doctor=message.get("AIP-3"),
        bill=tuple(_lines(context)),
    )


def context_of(message: Hl7Message, endpoint: Endpoint) -> MessageContext:
    """Return a context to read an answer with the fields' parsers; authority and time zone are the endpoint's."""
    site = Site(id="endpoint", version=1, authority=endpoint.facility or endpoint.application, zone=endpoint.zone)
    return MessageContext(b"", site, "", False, message)


def _lines(context: MessageContext) -> Iterator[BillLine]:
    for ft1 in context.m.all("FT1"):
        due = worth(ft1)
        if due is None:
            raise Broken("neither FT1-11 nor FT1-12 holds an amount", "FT1", 11)
        yield BillLine(
            charge=ft1.get(2),
            at=context.maybe_time(ft1.get(4)),
            amount=-abs(due) if ft1.get(6).upper() in ("CD", "PY") else due,
            currency=(ft1.get(11, 1, 2) or "CNY").upper(),
            what=coded(ft1, 7, ft1.get(8)),
        )


def slots(message: Hl7Message, endpoint: Endpoint) -> list[Slot]:
    """Return the open slots of an SQR^S25. Raises `Broken` for an invalid time."""
    context, open_slots = context_of(message, endpoint), []
    for group in following(message, "SCH", ("AIP", "AIL", "AIG", "AIS", "RGS")):
        segments = {segment.name: segment for segment in group}
        sch, place = segments["SCH"], segments.get("AIL")
        begins = context.time(sch.get(11, 4), "SCH", 11)
        ends = context.maybe_time(sch.get(11, 5))
        open_slots.append(
            Slot(
                starts=begins,
                minutes=_minutes(sch, begins, ends),
                department=endpoint.ours.get(place.get(3), place.get(3)) if place else "",
                doctor=segments["AIP"].get(3) if "AIP" in segments else "",
                doctor_name=segments["AIP"].get(3, 2) if "AIP" in segments else "",
                slot_id=sch.get(5) or sch.get(2),
            )
        )
    return open_slots


def _minutes(sch: Segment, begins: datetime, ends: datetime | None) -> int:
    if ends:
        return max(0, int((ends - begins).total_seconds() // 60))
    return int(sch.get(9)) if sch.get(9).isascii() and sch.get(9).isdigit() and len(sch.get(9)) < 4 else 0
