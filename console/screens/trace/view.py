"""What the page of a trace shows."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from careloop_client.ops.models import TraceLetter, TraceRecord

DEEPEST = 30
"""How deep the list is nested; what is deeper stands at this depth."""
NO_WORDS = frozenset({"provider_id"})
"""Fields that are left out."""
TIMES = frozenset({"due", "until"})
"""Fields that hold times."""
CODED = frozenset({"action", "channel", "method", "purpose", "reason", "status"})
"""Fields whose values have names, as `<field>.<value>`."""
RECEIVED = "hospital_message_received.v1"


@dataclass(slots=True)
class Node:
    """A record. `type` names its text, `short` is for one that has none.

    `after`: how long after its cause that is shown it was written; `worked`: how long it was worked on. `outcome`: of a
    command that led to no event, "" if it is not decided yet. `lost`: a message that nothing came of.
    """

    id: str
    type: str
    short: str
    kind: str
    at: datetime | None
    after: timedelta | None
    worked: timedelta | None
    outcome: str
    lost: bool
    says: dict[str, str | bool | datetime]
    letters: list[TraceLetter]
    children: list["Node"] = field(default_factory=list)

    @property
    def status(self) -> str:
        """What became of a command: `accepted`, `no-op`, `rejected`, `failed`."""
        return self.outcome.partition(" ")[0]

    @property
    def slug(self) -> str:
        """Why it was rejected."""
        return self.outcome.partition(" (")[2].removesuffix(")")

    @property
    def undecided(self) -> bool:
        """Whether it is a command of which nobody knows yet what became of it."""
        return self.kind == "command" and not self.outcome


def nested(records: Iterable[TraceRecord], commands: bool = False) -> list[Node]:
    """The roots of the tree. Commands are left out that led to events, unless `commands`; what they led to moves up."""
    rows = list(records)
    shown = [commands or not _led_to_events(rows, index) for index in range(len(rows))]
    roots: list[Node] = []
    path: list[tuple[TraceRecord, Node | None]] = []
    for index, (record, visible) in enumerate(zip(rows, shown, strict=True)):
        while path and path[-1][0].depth >= record.depth:
            path.pop()
        above = [(each, node) for each, node in path if node is not None]
        made = _node(record, above[-1][0] if above else None, not any(_under(rows, index))) if visible else None
        if made is not None:
            (above[:DEEPEST][-1][1].children if above else roots).append(made)
        path.append((record, made))
    return roots


def _led_to_events(rows: Sequence[TraceRecord], index: int) -> bool:
    """Whether a record is a command with events under it, and nobody refused it."""
    record = rows[index]
    return record.kind == "command" and not record.refused and "event" in {each.kind for each in _under(rows, index)}


def _under(rows: Sequence[TraceRecord], index: int) -> Iterable[TraceRecord]:
    """The records that a record caused directly."""
    depth = rows[index].depth
    for each in rows[index + 1 :]:
        if each.depth <= depth:
            return
        if each.depth == depth + 1:
            yield each


def _node(record: TraceRecord, cause: TraceRecord | None, alone: bool) -> Node:
    """`alone`: it caused nothing."""
    words = {name: _word(name, value) for name, value in record.says.items() if name not in NO_WORDS}
    return Node(
        record.id,
        record.type,
        record.type.removeprefix("careloop.").removesuffix(".v1"),
        record.kind,
        record.at,
        _after(record, cause),
        timedelta(milliseconds=record.milliseconds) if record.milliseconds is not None else None,
        record.outcome,
        record.type.endswith(RECEIVED) and alone and not record.refused,
        words,
        record.refused,
    )


def _word(name: str, value: object) -> str | bool | datetime:
    """What a field of a record says: a time or a truth value if it is one."""
    if isinstance(value, bool):
        return value
    if name in TIMES:
        with suppress(ValueError):
            return datetime.fromisoformat(str(value))
    return str(value)


def _after(record: TraceRecord, cause: TraceRecord | None) -> timedelta | None:
    if record.recorded is None or cause is None or cause.recorded is None:
        return None
    return max(record.recorded - cause.recorded, timedelta())
