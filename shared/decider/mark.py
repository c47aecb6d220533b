"""The record that closes a checkpoint: how far what stands before it on the state topic goes.

A decider without `state` writes it alone: how far the commands of each origin were handled is state too.
"""

from dataclasses import asdict, dataclass, field

import orjson

from shared.bus.writing import Out

MARK = "!checkpoint"


@dataclass(slots=True)
class Mark:
    """State is complete up to `events` (next event offset), `origins` up to `commands` (highest offset decided).

    A mark of before there were origins has none: they begin with the commands after it.
    """

    events: int
    commands: int
    version: int
    origins: dict[str, tuple[int, int]] = field(default_factory=dict)


def mark_record(mark: Mark, partition: int) -> Out:
    """The record that closes a checkpoint."""
    return Out(f"{MARK}-{partition}", orjson.dumps(asdict(mark)))


def read_mark(value: bytes) -> Mark:
    """The mark a record holds."""
    raw = orjson.loads(value)
    origins = {name: (offset, index) for name, (offset, index) in raw.get("origins", {}).items()}
    return Mark(raw["events"], raw["commands"], raw["version"], origins)
