"""Outcomes of commands. Each command has one outcome on the outcomes topic of its decider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from shared.envelope import dumps, parse

Status = Literal["accepted", "rejected", "no-op", "failed"]


@dataclass(slots=True)
class Outcome:
    """`position` is {"topic-partition": next offset}: a read model at or beyond it shows the effect.

    A plain class, no model: a decider creates one per command and keeps the latest of each aggregate.
    """

    command_id: str
    status: Status
    slug: str = ""
    detail: str = ""
    event_ids: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    position: dict[str, int] = field(default_factory=dict)
    time: str = ""
    aggregate: str = ""
    fingerprint: str = ""

    @property
    def forgotten(self) -> bool:
        """Whether the command was decided before and its result is not remembered (answers are only a cache)."""
        return self.status == "accepted" and not self.event_ids

    def dump(self) -> bytes:
        """The bytes that are stored and sent."""
        return dumps(self)


def outcome_of(data: Mapping[str, Any], time: str = "") -> Outcome:
    """The outcome that was dumped; `time` if it was transported separately."""
    fields = {name: data[name] for name in Outcome.__slots__ if name in data}
    ids, types = tuple(fields.get("event_ids", ())), tuple(fields.get("event_types", ()))
    return Outcome(**{**fields, "time": time or fields["time"], "event_ids": ids, "event_types": types})


def write(outcome: Outcome, dumped: bytes, service: str) -> bytes:
    """The CloudEvent of an outcome; `dumped` is its `dump()`."""
    return dumps(
        {
            "specversion": "1.0",
            "id": f"{outcome.command_id}/outcome",
            "source": f"/careloop/{service}",
            "type": "careloop.outcome.v1",
            "time": outcome.time,
            "subject": outcome.aggregate,
            "causationid": outcome.command_id,
            "datacontenttype": "application/json",
            "data": orjson.Fragment(dumped),
        }
    )


def command_of(value: bytes) -> str:
    """The command id of an outcome record, without parsing the rest."""
    return str(orjson.loads(value).get("causationid", ""))


def read(value: bytes) -> Outcome:
    """The outcome in a record."""
    raw = parse(value)
    return outcome_of(raw["data"], raw.get("time", ""))
