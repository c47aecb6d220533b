"""What the process that polls a source remembers of it beside its read position."""

from services.his_adapter.pulling.projections import FEEDS
from services.his_adapter.pulling.tables.watermark import Watermarks
from shared import progress
from shared.contracts.his_raw import FeedAdvanced
from shared.host.deps import Deps


class Trouble(Exception):
    """A source cannot be read for now; the text says why."""


class Progress(progress.Progress):
    """Progress of one source. `name` is `feed/<id>` or `table/<id>`.

    `next_look`: when to poll again. `seen`: the rows that the next poll of a view may return again;
    `seen_now`: those of the current poll. `last_trouble`: the last reported problem with the source itself.
    """

    def __init__(self, deps: Deps, name: str) -> None:
        super().__init__(deps, FEEDS.collection, FeedAdvanced, name)
        self.next_look = 0.0
        self.last_trouble = ""
        self.seen: Watermarks = {}
        self.seen_now: Watermarks = {}
