"""Projections: cases."""

from datetime import datetime
from typing import assert_never, get_args

from shared.access import ACCESS
from shared.contracts.complaints import (
    CaseAssigned,
    CaseEscalated,
    CaseOpened,
    CaseResolved,
    NoSlaPolicyMatched,
    SlaBreached,
    SlaStarted,
)
from shared.humans import HUMANS
from shared.people import PEOPLE
from shared.projector import Item, Projection
from shared.projector.model import Document

CaseNews = CaseOpened | SlaStarted | SlaBreached | CaseEscalated | CaseAssigned | CaseResolved | NoSlaPolicyMatched


def _case(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: CaseNews = item.envelope.data
    at = item.envelope.time
    return {**(before or {"sla": {}, "escalations": []}), **_news(before or {}, event, at, item.raw), "changed": at}


def _news(case: Document, event: CaseNews, at: datetime, raw: Document) -> Document:
    match event:
        case CaseOpened():
            public = event.model_dump(exclude={"at", "case_id", "description"})
            return {**public, "opened": at, "status": "open", "level": 0, "opened_by": raw}
        case SlaStarted():
            clock = {"due": event.due, "policy": event.policy, "provisional": event.provisional, "breached": False}
            return {"sla": {**case.get("sla", {}), event.target: clock}}
        case SlaBreached():
            sla = case.get("sla", {})
            return {"sla": {**sla, event.target: {**sla.get(event.target, {}), "breached": True}}}
        case CaseEscalated():
            step = {"level": event.level, "role": event.role, "to": list(event.escalated_to), "at": at}
            return {"level": event.level, "escalations": [*case.get("escalations", []), step]}
        case CaseAssigned():
            return {"status": "assigned", "assignee": event.assignee}
        case CaseResolved():
            return {"status": "resolved", "resolved": at, "resolved_by": event.resolved_by, "closed_by": raw}
        case NoSlaPolicyMatched():
            return {"no_sla": True}
        case _:
            assert_never(event)


CASES = Projection(
    collection="cases",
    sources=("complaints",),
    types=get_args(CaseNews),
    keys=lambda item: [item.envelope.key] if item.envelope else [],
    fold=_case,
    indexes=([("person_id", 1), ("opened", 1)], [("status", 1), ("opened", 1)]),
)
PROJECTIONS = (CASES, HUMANS, PEOPLE, ACCESS)
