"""The two collections every service has: who caused what, and what became of each command."""

from collections.abc import Sequence
from datetime import datetime

from shared.projector.model import Document, Item, Projection

WEEK = 7 * 24 * 3600


def causality(service: str, kinds: Sequence[str] = ("commands", "events"), extra: Sequence[str] = ()) -> Projection:
    """`causality`: one small document per record, without personal data. `careloop trace` walks it."""
    return Projection(
        collection="causality",
        sources=(service, *extra),
        types=None,
        kinds=tuple(kinds),
        keys=lambda item: [item.raw["id"]],
        fold=_cause,
        indexes=("correlation", "subject", "about"),
        once=True,
    )


def _cause(before: Document | None, id: str, item: Item) -> Document | None:
    raw = item.raw
    if before is not None:  # a resend: the first in log order is the one that counted
        return before
    data = raw.get("data") if isinstance(raw.get("data"), dict) else {}
    about = sorted({str(data[name]) for name in _NAMES if data and data.get(name)})
    return {
        "type": raw["type"],
        "subject": raw.get("subject"),
        "about": about,
        "cause": raw.get("causationid"),
        "correlation": raw.get("correlationid"),
        "time": raw.get("time"),
        "recorded": raw.get("recordedtime"),
        "where": f"{item.topic}-{item.partition}@{item.offset}",
        "trace": item.traceparent,
        "said": {name: data[name] for name in _SAID if data and data.get(name) not in (None, "", [])},
    }


_NAMES = ("person_id", "case_id", "message_id", "task_id", "control_id", "patient_key")
_SAID = (
    "plan",
    "due",
    "timer_id",
    "definition",
    "template",
    "channel",
    "reason",
    "level",
    "status",
    "method",
    "control_id",
    "policy",
    "until",
    "purpose",
    "provider_id",
)


def outcomes(service: str, extra: Sequence[str] = ()) -> Projection:
    """`command_outcomes`: what became of a command, kept seven days."""
    return Projection(
        collection="command_outcomes",
        sources=(service, *extra),
        types=None,
        kinds=("outcomes",),
        keys=lambda item: [item.raw["causationid"]],
        fold=_outcome,
        indexes=(),
        once=True,
    )


def _outcome(before: Document | None, id: str, item: Item) -> Document | None:
    if before is not None:
        return before
    return {**item.raw["data"], "time": datetime.fromisoformat(item.raw["time"])}
