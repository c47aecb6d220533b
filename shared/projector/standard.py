"""The collections of every service: causality of records, outcomes of commands, dead letters."""

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
    """The fields of commands and events that a trace uses.

    `ids`: fields by whose values records are found (`careloop trace <id>`); `says`: fields that are shown, in this
    order. Personal fields are encrypted, so they cannot be used.
    """

    ids: tuple[str, ...] = ("person_id",)
    says: tuple[str, ...] = ("due", "timer_id", "reason")


@cache
def standard(
    service: str, extra: tuple[str, ...] = (), also: tuple[str, ...] = (), trace: Trace = Trace()
) -> tuple[Projection, ...]:
    """The standard collections of a service. `extra`: its further deciders; `also`: further topics to trace."""
    sources, kinds = (service, *extra), ("commands", "events")
    return (
        Projection("causality", sources, None, _record, partial(_cause, trace), kinds, _FOUND_BY, also, once=True),
        Projection("command_outcomes", sources, None, _command, _outcome, ("outcomes",), once=True, kept_seconds=WEEK),
        Projection("dead_letters", sources, None, _letter, _dead_letter, ("dlq",), ("where", "about"), once=True),
    )


_FOUND_BY = ("correlation", "subject", "about")


def _record(item: Item) -> list[str]:
    return [inbox_id(item.raw["source"], item.raw["id"]) if is_inbox(item.topic) else item.raw["id"]]


def _cause(trace: Trace, before: Document | None, id: str, item: Item) -> Document | None:
    """One small document per record, without personal data, for `careloop trace`."""
    raw, where = item.raw, f"{item.topic}-{item.partition}@{item.offset}"
    if before is not None and _place(before["where"]) <= _place(where):  # of repeats the first one counts
        return before
    data = raw.get("data") if isinstance(raw.get("data"), dict) else {}
    about = {str(data[name]) for name in trace.ids if data and data.get(name)}
    shown = {name: data[name] for name in trace.says if data and data.get(name) not in (None, "", [])}
    if " " in str(shown.get("reason", "")):  # older versions stored free text here
        del shown["reason"]
    shown |= {"by": by.id} if (by := actor_of(raw)).type in OUTSIDE else {}
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
        "said": {} if is_inbox(item.topic) else shown,  # data of outside clients may be personal
    }


def _place(where: str) -> tuple[str, int]:
    partition, _, offset = where.rpartition("@")
    return partition, int(offset)


def _command(item: Item) -> list[str]:
    return [item.raw["causationid"]]


def _outcome(before: Document | None, id: str, item: Item) -> Document | None:
    """The outcome of a command; a failed command may be decided later."""
    if before is not None and before["status"] != "failed":
        return before
    return {**item.raw["data"], "time": datetime.fromisoformat(item.raw["time"]), "written": item.written}


def _letter(item: Item) -> list[str]:
    return [item.raw["subject"]]


def _dead_letter(before: Document | None, id: str, item: Item) -> Document | None:
    """Why a record was refused and its position, without the record."""
    data = item.raw["data"]
    if before is not None and not data["redriven"]:
        return before
    fields = {name: data[name] for name in ("reason", "detail", "reader", "time", "about", "redriven") if name in data}
    return {
        **fields,
        "where": f"{data['topic']}-{data['partition']}@{data['offset']}",
        "first": (before or data)["time"],
    }
