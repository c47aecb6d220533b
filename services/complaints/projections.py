"""Projections: cases, and what happened to each."""

from datetime import UTC, datetime
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

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""`due_by` of a case without a running clock: it is sorted behind all others."""
CaseNews = CaseOpened | SlaStarted | SlaBreached | CaseEscalated | CaseAssigned | CaseResolved | NoSlaPolicyMatched


def _case(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: CaseNews = item.envelope.data
    at = item.envelope.time
    case = {**(before or {"sla": {}, "escalations": []}), **_news(before or {}, event, at, item.raw), "changed": at}
    revision = case.get("revision", 0) + isinstance(event, CaseOpened | CaseAssigned | CaseResolved)
    return {**case, "revision": revision, "due_by": _due_by(case)}


def _due_by(case: Document) -> datetime:
    """When the next target is due. An assigned case has been responded to, a resolved one has no targets."""
    running = {"open": ("respond", "resolve"), "assigned": ("resolve",)}.get(case.get("status", ""), ())
    dues = [clock["due"] for target, clock in case["sla"].items() if target in running and clock.get("due")]
    return min(dues, default=NEVER)


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
    indexes=(
        [("person_id", 1), ("opened", 1)],
        [("status", 1), ("opened", 1)],
        [("status", 1), ("due_by", 1), ("_id", 1)],
        [("assignee", 1), ("due_by", 1), ("_id", 1)],
    ),
)


def _step(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: CaseNews = item.envelope.data
    actor = {"actor_type": item.envelope.actor.type, "actor_id": item.envelope.actor.id}
    step = {"case_id": event.case_id, "person_id": event.person_id, "type": event.wire, "at": item.envelope.time}
    return {**step, **actor, **_details(event)}


def _details(event: CaseNews) -> Document:
    """What a step of the history says beside its type; texts about the person stay with the case."""
    match event:
        case SlaStarted() | SlaBreached():
            return {"target": event.target, "due": event.due}
        case CaseEscalated():
            return {"level": event.level, "role": event.role, "to": list(event.escalated_to)}
        case CaseAssigned():
            return {"assignee": event.assignee}
        case CaseOpened() | CaseResolved() | NoSlaPolicyMatched():
            return {}
        case _:
            assert_never(event)


HISTORY = Projection(
    collection="case_history",
    sources=("complaints",),
    types=get_args(CaseNews),
    keys=lambda item: [f"{item.envelope.key}/{item.envelope.sequence:08}"] if item.envelope else [],
    fold=_step,
    indexes=([("case_id", 1), ("_id", 1)],),
    once=True,
)
PROJECTIONS = (CASES, HISTORY, HUMANS, PEOPLE, ACCESS)
