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


def page(
    letters: Sequence[DeadLetter], every: Sequence[DeadLetter], after: str | None, limit: int, left_out: int = 0
) -> Json:
    """Return one page of `letters`, the newest first; `every`: all, whose readers and reasons can be chosen from.

    `after`: the id of the last letter of the page before; one that is gone begins again. `left_out`: how many the index
    does not hold.
    """
    newest = sorted(letters, key=lambda each: (each.time, each.id), reverse=True)
    ids = [each.id for each in newest]
    start = ids.index(after) + 1 if after in ids else 0
    chosen, rest = newest[start : start + limit], newest[start + limit :]
    return {
        "data": [letter(each) for each in chosen],
        "next": chosen[-1].id if rest else None,
        "total": len(newest),
        "left_out": left_out,
        "readers": sorted({each.reader for each in every}),
        "reasons": sorted({each.reason for each in every}),
    }
