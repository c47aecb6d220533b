"""What became of a command. Each command yields one outcome on its service's outcomes topic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from shared.envelope import parse

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

    def dump(self) -> dict[str, Any]:
        """As it is stored and sent; `time` apart, which travels as the CloudEvents time."""
        return {name: getattr(self, name) for name in _FIELDS}


_FIELDS = tuple(name for name in Outcome.__slots__ if name != "time")


def outcome_of(data: Mapping[str, Any], time: str = "") -> Outcome:
    """The outcome that was dumped."""
    known = {name: data[name] for name in _FIELDS if name in data}
    ids, types = tuple(known.get("event_ids", ())), tuple(known.get("event_types", ()))
    return Outcome(**{**known, "event_ids": ids, "event_types": types}, time=time)


def write(outcome: Outcome, service: str) -> bytes:
    """The CloudEvent that carries an outcome."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{outcome.command_id}/outcome",
            "source": f"/careloop/{service}",
            "type": "careloop.outcome.v1",
            "time": outcome.time,
            "subject": outcome.aggregate,
            "causationid": outcome.command_id,
            "datacontenttype": "application/json",
            "data": outcome.dump(),
        }
    )


def command_of(value: bytes) -> str:
    """The id of the command an outcome record is about, before anything else of it is read."""
    return str(orjson.loads(value).get("causationid", ""))


def read(value: bytes) -> Outcome:
    """The outcome a record carries."""
    raw = parse(value)
    return outcome_of(raw["data"], raw.get("time", ""))
