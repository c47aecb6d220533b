"""Whether a system is at rest (no lag, nothing pending), and when its next timer is due."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

Status = dict[str, Any]


def _groups(status: Status) -> Iterator[dict[str, Any]]:
    for role in status.values():
        yield from role.get("groups", {}).values()


def is_quiet(status: Status, pending: int) -> bool:
    """Return whether all roles are ready, without lag, and `pending` is 0. Due timers are not considered."""
    ready = all(role.get("ready") for role in status.values())
    return ready and pending == 0 and all(group.get("lag", 1) == 0 for group in _groups(status))


def fingerprint(status: Status) -> str:
    """Return the read positions as text. Equal before and after a quiet moment means that nothing was read between."""
    return repr(sorted(repr(sorted(group.get("next", {}).items())) for group in _groups(status)))


def next_due(status: Status) -> datetime | None:
    """Return when the next timer of any service is due; None without one."""
    due = [datetime.fromisoformat(group["due"]) for group in _groups(status) if group.get("due")]
    return min(due, default=None)
