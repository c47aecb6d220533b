"""The collections every service has: who caused what, what became of each command, what was refused."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from shared.actor import OUTSIDE, actor_of
from shared.bus.topics import is_inbox
from shared.ids import inbox_id
from shared.projector.model import Document, Item, Projection

WEEK = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Trace:
    """What a trace takes from a service's commands and events.

    `ids` are the fields by whose values a record is looked up (`careloop trace <id>`), `says` those that are shown, in
    this order. Personal fields are sealed in a record, so they cannot be taken.
    """

    ids: tuple[str, ...] = ("person_id",)
    says: tuple[str, ...] = ("due", "timer_id", "reason")


@cache
def standard(
    service: str, extra: tuple[str, ...] = (), also: tuple[str, ...] = (), trace: Trace = Trace()
) -> tuple[Projection, ...]:
    """The standard collections of a service. `extra` are further deciders of it, `also` topics to trace from."""
    sources, kinds = (service, *extra), ("commands", "events")
    return (
        Projection("causality", sources, None, _record, partial(_cause, trace), kinds, _FOUND_BY, also, once=True),
        Projection("command_outcomes", sources, None, _command, _outcome, ("outcomes",), once=True, kept_seconds=WEEK),
        Projection("dead_letters", sources, None, _letter, _dead_letter, ("dlq",), ("where", "about"), once=True),
    )


_CAUSES = ("commands", "events")
_FOUND_BY = ("correlation", "subject", "about")


def _record(item: Item) -> list[str]:
    return [inbox_id(item.raw["source"], item.raw["id"]) if is_inbox(item.topic) else item.raw["id"]]


def _cause(trace: Trace, before: Document | None, id: str, item: Item) -> Document | None:
    """One small document per record, without personal data. `careloop trace` walks it."""
    raw, where = item.raw, f"{item.topic}-{item.partition}@{item.offset}"
    if before is not None and _place(before["where"]) <= _place(where):  # a resend: the first counts, in any order
        return before
    data = raw.get("data") if isinstance(raw.get("data"), dict) else {}
    about = {str(data[name]) for name in trace.ids if data and data.get(name)}
    said = {name: data[name] for name in trace.says if data and data.get(name) not in (None, "", [])}
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
    partition, _, offset = where.rpartition("@")
    return partition, int(offset)


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
