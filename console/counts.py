"""Counts by status of a service, as pages show them: `12`, or `3+` if not all rows were looked at."""

from collections.abc import Collection

from careloop_client.complaints.models import CaseCounts
from careloop_client.followup.models import TaskCounts


def counted(counts: CaseCounts | TaskCounts, statuses: Collection[str]) -> dict[str, str]:
    """How many in each of these statuses."""
    return {status: together(counts, (status,)) for status in statuses}


def together(counts: CaseCounts | TaskCounts, statuses: Collection[str]) -> str:
    """How many in all of these statuses."""
    number = sum(getattr(counts, status) for status in statuses)
    return f"{number}{'' if set(statuses).isdisjoint(counts.cut) else '+'}"
