"""What is answered about sending systems and their silence."""

from pydantic import AwareDatetime

from services.his_adapter.projections import Status
from shared.answers import Answer


class Acknowledged(Answer):
    """How long senders waited for the last `count` acknowledgements of the process asked: milliseconds."""

    p50: float
    p99: float
    count: int


class Source(Answer):
    """A sending system: when it was last heard, how much it sent in the hours asked for.

    `undecided` are stored and not translated yet; `refusals` are counts by reason.
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
    """A watched source; `since` when it is, or was last, silent."""

    watch: str
    title: str
    source: str
    types: list[str]
    minutes: int
    silent: bool
    since: AwareDatetime | None
    changed: AwareDatetime | None
