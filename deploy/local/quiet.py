"""When a system is at rest: all lag zero, nothing due, no mail unreported. And when its next timer is due."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

Status = dict[str, Any]


def _groups(status: Status) -> Iterator[dict[str, Any]]:
    for role in status.values():
        yield from role.get("groups", {}).values()


def is_quiet(status: Status, pending: int) -> bool:
    """Whether nothing is under way. Timers are told by `next_due`."""
    ready = all(role.get("ready") for role in status.values())
    return ready and pending == 0 and all(group.get("lag", 1) == 0 for group in _groups(status))


def fingerprint(status: Status) -> str:
    """Changes whenever anything was read: two equal ones around a quiet moment mean rest."""
    return repr(sorted(repr(sorted(group.get("next", {}).items())) for group in _groups(status)))


def next_due(status: Status) -> datetime | None:
    """When the next timer of any service is due."""
    due = [datetime.fromisoformat(group["due"]) for group in _groups(status) if group.get("due")]
    return min(due, default=None)
