"""The mark: the last record of a checkpoint, which says up to which offsets the state topic is complete.

A decider without `state` writes the mark alone, as the handled origins are state too.
"""

from dataclasses import asdict, dataclass, field

import orjson

from shared.bus.writing import Out

MARK = "!checkpoint"


@dataclass(slots=True)
class Mark:
    """State is complete up to `events` (next event offset), `origins` up to `commands` (highest offset decided).

    Old marks have no origins: these begin with the commands after the mark.
    """

    events: int
    commands: int
    version: int
    origins: dict[str, tuple[int, int]] = field(default_factory=dict)


def mark_record(mark: Mark, partition: int) -> Out:
    """The record of a mark."""
    return Out(f"{MARK}-{partition}", orjson.dumps(asdict(mark)))


def read_mark(value: bytes) -> Mark:
    """The mark in a record."""
    raw = orjson.loads(value)
    origins = {name: (offset, index) for name, (offset, index) in raw.get("origins", {}).items()}
    return Mark(raw["events"], raw["commands"], raw["version"], origins)
