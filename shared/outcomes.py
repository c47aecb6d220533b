"""What became of a command. Each command yields one outcome on its service's outcomes topic."""

from typing import Literal

import orjson

from shared.contracts.base import Part
from shared.envelope import parse

Status = Literal["accepted", "rejected", "no-op", "failed"]


class Outcome(Part):
    """`position` is {"topic-partition": next offset}: a read model at or past it shows the effect."""

    command_id: str
    status: Status
    slug: str = ""
    detail: str = ""
    event_ids: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    position: dict[str, int] = {}
    time: str = ""
    aggregate: str = ""
    fingerprint: str = ""


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
            "data": outcome.model_dump(exclude={"time"}),
        }
    )


def read(value: bytes) -> Outcome:
    """The outcome a record carries."""
    raw = parse(value)
    return Outcome.model_validate({**raw["data"], "time": raw.get("time", "")})
