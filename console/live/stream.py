"""What waits to be sent to one browser. It does no I/O, so that a slow browser holds up nobody."""

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from console.live.changes import Change, key_of
from shared.positions import Vector, token

RATE = 20
"""Most notes a second: a browser that would hear more is told to look at everything again, once."""
SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a browser may hear of under one key: changes after the number `since`, until `until` (monotonic time)."""

    since: int
    until: float


@dataclass(frozen=True, slots=True)
class Note:
    """One word to the browser: `change` with type, id and position, or `refresh` with the position of all it missed.

    `id`: of all that the browser subscribed to and that it concerns, with spaces between: a case, and its person.
    """

    number: int
    kind: str
    fields: dict[str, str] = field(default_factory=dict)


class Stream:
    """Notes for one browser. `deciders`: whose changes its reader's roles may see. `wanted`: key → what it subscribed.

    At most `RATE` changes wait; when one more comes, they become one refresh.
    """

    def __init__(self, deciders: Collection[str], wanted: Mapping[str, Wanted]) -> None:
        self._deciders, self._wanted = frozenset(deciders), dict(wanted)
        self._waiting: deque[tuple[Change, str]] = deque()
        self._places: dict[str, None] = {}
        self._missed: Vector = {}
        self._last = 0
        self._window, self._sent = -SECOND, 0
        self.arrived, self.ended = asyncio.Event(), False

    def offer(self, change: Change, now: float) -> None:
        """Let a change wait, if this browser may hear of it."""
        id = self._ids_for(change, now)
        if id is None:
            return
        self._last = change.number
        if self._missed or len(self._waiting) == RATE:
            self._give_up(change)
        else:
            self._waiting.append((change, id))
        self.arrived.set()

    def _ids_for(self, change: Change, now: float) -> str | None:
        """The ids under which the browser subscribed to it; "" if for lists alone, None if it did not."""
        if change.decider not in self._deciders:
            return None
        wanted = [id for key, id in change.keys.items() if self._wants(key, change.number, now)]
        return " ".join(filter(None, wanted)) if wanted else None

    def _wants(self, key: str, number: int, now: float) -> bool:
        wanted = self._wanted.get(key)
        return wanted is not None and number > wanted.since and now < wanted.until

    def _give_up(self, *changes: Change) -> None:
        """Replace all that waits by one refresh."""
        for change in (*(change for change, _ in self._waiting), *changes):
            for partition, offset in change.position.items():
                self._missed[partition] = max(offset, self._missed.get(partition, 0))
        self._waiting.clear()

    def offer_place(self, subject: str, now: float) -> None:
        """Let it wait who is at this subject, if this browser may hear of it."""
        decider, id = subject.split("/", 1)
        wanted = self._wanted.get(key_of(decider, id))
        if decider in self._deciders and wanted and now < wanted.until:
            self._places[subject] = None
            self.arrived.set()

    def places(self) -> list[str]:
        """The subjects of which it is to be sent now who is there."""
        waiting, self._places = list(self._places), {}
        return waiting

    @property
    def keys(self) -> Collection[str]:
        """What this browser subscribed to."""
        return self._wanted.keys()

    def end(self) -> None:
        """Close it."""
        self.ended = True
        self.arrived.set()

    def take(self, now: float) -> list[Note]:
        """What may be sent now; the rest stays for the next second."""
        if now - self._window >= SECOND:
            self._window, self._sent = now, 0
        if len(self._waiting) > RATE - self._sent:
            self._give_up()
        notes: list[Note] = []
        if self._missed:
            if self._sent < RATE:
                notes = [Note(self._last, "refresh", {"position": token(self._missed)})]
                self._missed, self._sent = {}, RATE
        else:
            notes = [_note(change, id) for change, id in self._waiting]
            self._sent += len(notes)
            self._waiting.clear()
        if not self.pending:
            self.arrived.clear()
        return notes

    @property
    def pending(self) -> bool:
        """Whether something waits for the next second."""
        return bool(self._waiting or self._missed)


def _note(change: Change, id: str) -> Note:
    return Note(change.number, "change", {"type": change.type, "id": id, "position": token(change.position)})
