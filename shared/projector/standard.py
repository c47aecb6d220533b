"""The collections every service has: who caused what, what became of each command, what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from shared.actor import OUTSIDE, actor_of
from shared.bus.topics import is_inbox
from shared.ids import inbox_id
from shared.projector.model import Document, Item, Projection

WEEK = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Traced:
    """What a trace of a service takes from its records.

    `about` are fields with ids that a record is looked up by, `said` those that are shown, in this order. What is
    personal is sealed in a record, and not there to be taken.
    """

    about: tuple[str, ...]
    said: tuple[str, ...]


def standard(
    service: str, traced: Traced, extra: Sequence[str] = (), also: Sequence[str] = ()
) -> tuple[Projection, ...]:
    """The standard collections of a service. `extra` are further deciders of it, `also` topics to trace from."""
    sources, cause = (service, *extra), partial(_cause, traced)
    return (
        Projection("causality", sources, None, _record, cause, _CAUSES, _FOUND_BY, tuple(also), once=True),
        Projection("command_outcomes", sources, None, _command, _outcome, ("outcomes",), once=True, kept_seconds=WEEK),
        Projection("dead_letters", sources, None, _letter, _dead_letter, ("dlq",), ("where", "about"), once=True),
    )


_CAUSES = ("commands", "events")
_FOUND_BY = ("correlation", "subject", "about")


def _record(item: Item) -> list[str]:
    return [inbox_id(item.raw["source"], item.raw["id"]) if is_inbox(item.topic) else item.raw["id"]]


def _cause(traced: Traced, before: Document | None, id: str, item: Item) -> Document | None:
    """One small document per record, without personal data. `careloop trace` walks it."""
    raw, where = item.raw, f"{item.topic}-{item.partition}@{item.offset}"
    if before is not None and _place(before["where"]) <= _place(where):  # a resend: the first counts, in any order
        return before
    data = raw.get("data") if isinstance(raw.get("data"), dict) else {}
    about = {str(data[name]) for name in traced.about if data and data.get(name)}
    said = {name: data[name] for name in traced.said if data and data.get(name) not in (None, "", [])}
    if " " in str(said.get("reason", "")):  # of older versions: somebody's words, not ours
        del said["reason"]
    said |= {"by": by.id} if (by := actor_of(raw)).type in OUTSIDE else {}
    return {
        "type": raw["type"],
        "subject": raw.get("subject"),
        "about": sorted(about | {raw["id"]} if is_inbox(item.topic) else about),
        "cause": raw.get("causationid"),
        "correlation": raw.get("correlationid") or id,
        "time": raw.get("time"),
        "recorded": raw.get("recordedtime"),
        "where": where,
        "trace": item.traceparent,
        "said": {} if is_inbox(item.topic) else said,  # an outside client may have put anything there
    }


def _place(where: str) -> tuple[str, int]:
    lane, _, offset = where.rpartition("@")
    return lane, int(offset)


def _command(item: Item) -> list[str]:
    return [item.raw["causationid"]]


def _outcome(before: Document | None, id: str, item: Item) -> Document | None:
    """What became of a command; a failed one may be decided later."""
    if before is not None and before["status"] != "failed":
        return before
    return {**item.raw["data"], "time": datetime.fromisoformat(item.raw["time"]), "written": item.written}


def _letter(item: Item) -> list[str]:
    return [item.raw["subject"]]


def _dead_letter(before: Document | None, id: str, item: Item) -> Document | None:
    """Why a record was refused and where it stands, without the record."""
    data = item.raw["data"]
    if before is not None and not data["redriven"]:
        return before
    told = {name: data[name] for name in ("reason", "detail", "reader", "time", "about", "redriven") if name in data}
    return {**told, "where": f"{data['topic']}-{data['partition']}@{data['offset']}", "first": (before or data)["time"]}
