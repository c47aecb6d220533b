"""What became of a command. Each command yields one outcome on its service's outcomes topic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from shared.envelope import dumps, parse

Status = Literal["accepted", "rejected", "no-op", "failed"]


@dataclass(slots=True)
class Outcome:
    """`position` is {"topic-partition": next offset}: a read model at or past it shows the effect.

    A plain class, not a model: a decider makes one for each command and keeps the latest of each aggregate.
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
        """Whether the command was decided before, and what came of it is not remembered: only answers are a cache."""
        return self.status == "accepted" and not self.event_ids

    def dump(self) -> bytes:
        """As it is stored and sent."""
        return dumps(self)


def outcome_of(data: Mapping[str, Any], time: str = "") -> Outcome:
    """The outcome that was dumped; `time` where it travelled apart."""
    known = {name: data[name] for name in Outcome.__slots__ if name in data}
    ids, types = tuple(known.get("event_ids", ())), tuple(known.get("event_types", ()))
    return Outcome(**{**known, "time": time or known["time"], "event_ids": ids, "event_types": types})


def write(outcome: Outcome, dumped: bytes, service: str) -> bytes:
    """The CloudEvent that carries an outcome; `dumped` is its `dump()`."""
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
    """The id of the command an outcome record is about, before anything else of it is read."""
    return str(orjson.loads(value).get("causationid", ""))


def read(value: bytes) -> Outcome:
    """The outcome a record carries."""
    raw = parse(value)
    return outcome_of(raw["data"], raw.get("time", ""))
