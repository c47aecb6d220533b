"""Response models of sources and watches."""

from pydantic import AwareDatetime

from services.his_adapter.formats.projections import Status
from shared.answers import Answer


class Acknowledged(Answer):
    """Milliseconds until acknowledgement, over the last `count` messages that the answering process received."""

    p50: float
    p99: float
    count: int


class Source(Answer):
    """A sending system: its last message, and counts over the requested hours.

    `undecided` counts messages that are stored but not translated yet, `refusals` counts refused ones by reason.
    """

    source: str
    last_message: AwareDatetime
    silent_seconds: int
    messages: int
    per_minute: float
    undecided: int
    acknowledged: Acknowledged | None
    repeats: int
    by_status: dict[Status, int]
    refusals: dict[str, int]


class Watched(Answer):
    """A watched source; `since` is the start of its present or last silence."""

    watch: str
    title: str
    source: str
    types: list[str]
    minutes: int
    silent: bool
    since: AwareDatetime | None
    changed: AwareDatetime | None
