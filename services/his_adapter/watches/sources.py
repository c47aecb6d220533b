"""Sending systems for operations: last message, number of messages, refusals by reason."""

from collections import Counter
from collections.abc import AsyncIterable
from datetime import datetime
from typing import Any

from services.his_adapter.formats.hl7.acks import ACKS


def per_source(since: datetime) -> list[dict[str, Any]]:
    """Return the aggregation over `messages`: one row per sender with its counts by status and reason."""
    reason = {"$cond": [{"$eq": ["$status", "refused"]}, "$refused", None]}
    sums = {"messages": {"$sum": 1}, "repeats": {"$sum": "$repeats"}, "last": {"$max": "$received"}}
    counts = {"status": "$_id.status", "reason": "$_id.reason", "messages": "$messages", "repeats": "$repeats"}
    return [
        {"$match": {"received": {"$gte": since}}},
        {"$group": {"_id": {"sender": "$sender", "status": "$status", "reason": reason}, **sums}},
        {"$group": {"_id": "$_id.sender", "last": {"$max": "$last"}, "rows": {"$push": counts}}},
    ]


def source(row: dict[str, Any], now: datetime, hours: int) -> dict[str, Any]:
    """Return a row of `per_source` for the response; fields as in `answers.Source`.

    `acknowledged` covers messages that this process received over MLLP and HTTP.
    """
    statuses, reasons = Counter[str](), Counter[str]()
    for counts in row["rows"]:
        statuses[counts["status"]] += counts["messages"]
        if counts["reason"]:
            reasons[counts["reason"]] += counts["messages"]
    return {
        "source": row["_id"],
        "last_message": row["last"].isoformat(),
        "silent_seconds": int((now - row["last"]).total_seconds()),
        "messages": statuses.total(),
        "per_minute": round(statuses.total() / (hours * 60), 3),
        "undecided": statuses["received"],
        "acknowledged": ACKS.shown(row["_id"]),
        "repeats": sum(counts["repeats"] for counts in row["rows"]),
        "by_status": dict(statuses),
        "refusals": dict(reasons.most_common(20)),
    }


async def all_sources(
    messages: AsyncIterable[dict[str, Any]], latest: AsyncIterable[dict[str, Any]], now: datetime, hours: int
) -> list[dict[str, Any]]:
    """Return the sources that sent messages in the last `hours`, and those whose last message is older."""
    rows = {row["_id"]: row async for row in messages}
    async for row in latest:
        rows.setdefault(row["_id"], {**row, "rows": []})
    return [source(rows[id], now, hours) for id in sorted(rows)]


LAST_HEARD = [{"$group": {"_id": "$source", "last": {"$max": "$last"}}}]
"""The aggregation over `heard`: one row per sender, whatever the age of its last message."""
