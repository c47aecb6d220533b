"""What the routes answer, from what the functions of `deploy/operating` return. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from deploy.operating.dlq import place_of
from deploy.operating.doctor import Finding
from deploy.operating.redrive import passes_door
from deploy.operating.tracing import in_order
from shared.deadletter import DeadLetter
from shared.readmodel import after as after_cursor
from shared.readmodel import cursor_of

Json = dict[str, Any]
NEVER_A_RECORD = "careloop.refused.v1"


def stated(status: Json, at: datetime) -> Json:
    """Return the answer about every process."""
    processes = [
        {
            "process": name,
            "ready": bool(answer.get("ready")),
            "error": answer.get("error") or "",
            "groups": [_group(group, state) for group, state in sorted(answer.get("groups", {}).items())],
        }
        for name, answer in status.items()
    ]
    return {"at": at, "ready": all(each["ready"] for each in processes), "processes": processes}


def _group(name: str, state: Json) -> Json:
    last = state.get("last") or {}
    return {
        "group": name,
        "ready": bool(state["ready"]),
        "lag": state.get("lag"),
        "read": sum(state.get("next", {}).values()),
        "last": last.get("where", ""),
        "written": last.get("written"),
        "due": state.get("due") or None,
    }


def checked(findings: Iterable[Finding], at: datetime) -> Json:
    """Return the answer about checks."""
    return {"at": at, "data": [asdict(each) for each in findings]}


def trace_records(roots: Sequence[Json], most: int, spans_left_out: bool = False) -> Json:
    """Return the answer to a trace: the first `most` records in order, and how many are left out."""
    nodes = in_order(roots)
    records = [_record(depth, node) for depth, node in islice(nodes, most)]
    return {"data": records, "more": sum(1 for _ in nodes), "spans_left_out": spans_left_out}


def _record(depth: int, node: Json) -> Json:
    return {
        "id": node["id"],
        "type": node["type"],
        "kind": _kind(node),
        "depth": depth,
        "at": node["time"] or None,
        "recorded": node["recorded"] or None,
        "where": node["where"],
        "says": node["said"],
        "milliseconds": node["ms"],
        "outcome": node["outcome"],
        "refused": node["refused"],
    }


def _kind(node: Json) -> str:
    if node["type"] == NEVER_A_RECORD:
        return "refused"
    where = node["where"]
    return "command" if ".commands." in where else "inbox" if ".inbox." in where else "event"


def letter(each: DeadLetter) -> Json:
    """Return a dead letter without its content."""
    names = ("id", "reason", "detail", "reader", "key", "time", "about", "redriven")
    return {**{name: getattr(each, name) for name in names}, "place": place_of(each), "repairable": passes_door(each)}


def _order(letter: DeadLetter) -> tuple[str, str]:
    return letter.time, letter.id


def _place(after: str | None) -> tuple[str, str] | None:
    time, _, id = after_cursor(after).partition(" ")
    return (time, id) if time else None


def page(
    letters: Sequence[DeadLetter], every: Sequence[DeadLetter], after: str | None, limit: int, left_out: int = 0
) -> Json:
    """Return one page of `letters`, the newest first; `every`: all, whose readers and reasons can be chosen from.

    `after`: the `next` of the page before, which stays good when its last letter is gone. `left_out`: how many the
    index does not hold. Raises a 400 problem for an invalid cursor.
    """
    newest = sorted(letters, key=_order, reverse=True)
    place = _place(after)
    below = [each for each in newest if place is None or _order(each) < place]
    chosen, rest = below[:limit], below[limit:]
    return {
        "data": [letter(each) for each in chosen],
        "next": cursor_of(" ".join(_order(chosen[-1]))) if rest else None,
        "total": len(newest),
        "left_out": left_out,
        "readers": sorted({each.reader for each in every}),
        "reasons": sorted({each.reason for each in every}),
    }
