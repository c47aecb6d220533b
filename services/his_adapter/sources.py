"""Each sending system as operations see it: when it was last heard, how much it sent, what was refused and why."""

from collections import Counter
from datetime import datetime
from typing import Any


def per_source(since: datetime) -> list[dict[str, Any]]:
    """The aggregation over messages: one row per sender with its counts by status and by reason."""
    reason = {"$cond": [{"$eq": ["$status", "refused"]}, "$refused", None]}
    sums = {"messages": {"$sum": 1}, "repeats": {"$sum": "$repeats"}, "last": {"$max": "$received"}}
    each = {"status": "$_id.status", "reason": "$_id.reason", "messages": "$messages", "repeats": "$repeats"}
    return [
        {"$match": {"received": {"$gte": since}}},
        {"$group": {"_id": {"sender": "$sender", "status": "$status", "reason": reason}, **sums}},
        {"$group": {"_id": "$_id.sender", "last": {"$max": "$last"}, "rows": {"$push": each}}},
        {"$sort": {"_id": 1}},
    ]


def source(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """One row of that aggregation, as it is shown."""
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
        "repeats": sum(each["repeats"] for each in row["rows"]),
        "by_status": dict(statuses),
        "refusals": dict(reasons.most_common(20)),
    }
