"""Each sending system as operations see it: when it was last heard, how much it sent, what was refused and why."""

from collections import Counter
from collections.abc import AsyncIterable
from datetime import datetime
from typing import Any

from services.his_adapter.formats.hl7.acks import ACKS


def per_source(since: datetime) -> list[dict[str, Any]]:
    """The aggregation over messages: one row per sender with its counts by status and by reason."""
    reason = {"$cond": [{"$eq": ["$status", "refused"]}, "$refused", None]}
    sums = {"messages": {"$sum": 1}, "repeats": {"$sum": "$repeats"}, "last": {"$max": "$received"}}
    each = {"status": "$_id.status", "reason": "$_id.reason", "messages": "$messages", "repeats": "$repeats"}
    return [
        {"$match": {"received": {"$gte": since}}},
        {"$group": {"_id": {"sender": "$sender", "status": "$status", "reason": reason}, **sums}},
        {"$group": {"_id": "$_id.sender", "last": {"$max": "$last"}, "rows": {"$push": each}}},
    ]


def source(row: dict[str, Any], now: datetime, hours: int) -> dict[str, Any]:
    """One row of that aggregation, as it is shown: `undecided` are stored and not translated yet (the lag).

    `acknowledged` is in milliseconds, of the last messages that the process asked took over MLLP and HTTP.
    """
    statuses, reasons = Counter[str](), Counter[str]()
    for each in row["rows"]:
        statuses[each["status"]] += each["messages"]
        if each["reason"]:
            reasons[each["reason"]] += each["messages"]
    return {
        "source": row["_id"],
        "last_message": row["last"].isoformat(),
        "silent_seconds": int((now - row["last"]).total_seconds()),
        "messages": statuses.total(),
        "per_minute": round(statuses.total() / (hours * 60), 3),
        "undecided": statuses["received"],
        "acknowledged": ACKS.shown(row["_id"]),
        "repeats": sum(each["repeats"] for each in row["rows"]),
        "by_status": dict(statuses),
        "refusals": dict(reasons.most_common(20)),
    }


async def all_sources(
    messages: AsyncIterable[dict[str, Any]], heard: AsyncIterable[dict[str, Any]], now: datetime, hours: int
) -> list[dict[str, Any]]:
    """Those that sent something in the last `hours`, and those that are silent for longer."""
    rows = {row["_id"]: row async for row in messages}
    async for row in heard:
        rows.setdefault(row["_id"], {**row, "rows": []})
    return [source(rows[id], now, hours) for id in sorted(rows)]


LAST_HEARD = [{"$group": {"_id": "$source", "last": {"$max": "$last"}}}]
"""The aggregation over `heard`: one row per sender, however long ago."""
