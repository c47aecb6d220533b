"""The state of one partition of a decider: bookkeeping around `decide` and `evolve`, without I/O."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import orjson

from shared.contracts.base import Command, Event, Part
from shared.decider.model import Decider, Parted, Rejection
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.origin import Origin
from shared.outcomes import Outcome, Status, outcome_of
from shared.personal import forgotten
from shared.sealing import identity_of, version_of

log = logging.getLogger(__name__)
S = TypeVar("S")


class SequenceGap(Exception):
    """An event is missing from the log; the text names the place. To continue would falsify history."""

    def __init__(self, where: str, key: str, last: int, next: int) -> None:
        super().__init__(f"{where}: {key} jumps from sequence {last} to {next}: events are missing from the log")


@dataclass(slots=True)
class Aggregate(Generic[S]):
    """One aggregate: state, last sequence, and the outcomes of its latest commands (for repeats).

    Outcomes are kept as the bytes that were sent: a tenth of the memory, and a checkpoint only copies them. `saved`:
    the parts of the state (`Parted`) on the state topic, with `lineage`. `keyid`: the key version of the state, if its
    person may come back after an erasure.
    """

    state: S
    sequence: int = 0
    recent: dict[str, Outcome | bytes] = field(default_factory=dict)
    keyid: str = ""
    saved: Mapping[str, Any] | None = None
    lineage: str = ""

    def belong_to(self, keyid: str, key: str) -> None:
        """A message was encrypted with this key; a later key version erases the personal state of the earlier one.

        Otherwise the next checkpoint would encrypt it with a key that the erasure did not destroy. A message that is
        encrypted for another identity than the aggregate `key` has no effect.
        """
        state = self.state
        if identity_of(keyid) != key or not isinstance(state, Part) or not state.reborn:
            return
        if self.keyid and version_of(keyid) > version_of(self.keyid):
            self.state = _forgotten(state)
        self.keyid = max(keyid, self.keyid, key=version_of)

    def outcome_of(self, command_id: str) -> Outcome | None:
        """The outcome of a command, if it is one of the latest."""
        outcome = self.recent.get(command_id)
        return outcome_of(orjson.loads(outcome)) if isinstance(outcome, bytes) else outcome

    def remember(self, outcome: Outcome, limit: int) -> None:
        """Keep the outcome for repeats, dropping the oldest beyond the limit."""
        self.recent[outcome.command_id] = outcome
        while len(self.recent) > limit:
            del self.recent[next(iter(self.recent))]


def _forgotten(state: Any) -> Any:
    """The state after its person was erased, with its parts."""
    if not isinstance(state, Parted):
        return forgotten(state)
    return forgotten(state).joined({name: forgotten(state.stored(part)) for name, part in state.parts().items()})


class Decision(NamedTuple):
    """A command's events and outcome. `repeated`: the outcome is an earlier one; `error`: why it failed.

    `before`: state and sequence before its events.
    """

    outcome: Outcome
    events: list[Envelope[Event]]
    repeated: bool = False
    error: str = ""
    before: tuple[Any, int] | None = None


class Partition(Generic[S]):
    """All aggregates of one partition, and up to where the commands of each origin were handled.

    `highs`: the highest (offset, number) by the origin's name; commands of a policy come in that order, so one at or
    below it is a redelivery. `next_event`: the offset after the last known event.
    """

    def __init__(self, decider: Decider[S], where: str) -> None:
        self._decider, self._where = decider, where
        self.aggregates: dict[str, Aggregate[S]] = {}
        self.dirty: set[str] = set()
        self.highs: dict[str, tuple[int, int]] = {}
        self.command_offset = -1
        self.next_event = 0

    def first_time(self, origin: Origin | None) -> bool:
        """Whether a command of this origin is new; marks it as handled."""
        if origin is None:
            return True
        place = origin.offset, origin.number
        if place <= self.highs.get(origin.name, (-1, -1)):
            return False
        self.highs[origin.name] = place
        return True

    def replay(self, event: Envelope[Event], offset: int) -> None:
        """Apply an event of the log: skip known sequences. Raises `SequenceGap`."""
        key = event.key
        self.next_event = offset + 1
        self.command_offset = max(self.command_offset, event.command_offset)
        aggregate = self._aggregate(key)
        if event.sequence > aggregate.sequence + 1:
            raise SequenceGap(f"{self._where} offset {offset}", key, aggregate.sequence, event.sequence)
        if event.sequence <= aggregate.sequence:
            return
        aggregate.belong_to(event.keyid, key)
        aggregate.state = self._decider.evolve(aggregate.state, event.data)
        aggregate.sequence = event.sequence
        self.aggregates[key] = aggregate
        self.dirty.add(key)
        outcome = aggregate.outcome_of(event.causation_id)
        if outcome is None:
            outcome = Outcome(event.causation_id, "accepted", aggregate=key, time=event.recorded.isoformat())
        outcome.event_ids += (event.id,)
        outcome.event_types += (type(event.data).wire,)
        aggregate.remember(outcome, self._decider.remembered)

    def handle(
        self, command: Envelope[Command], offset: int, definitions: Definitions, now: datetime, too_large: bool = False
    ) -> Decision:
        """Decide one command. State changes only if all events could be applied.

        `too_large` fails it: the events of an earlier decision (`undo`) fit no record.
        """
        key = command.key
        aggregate = self._aggregate(key)
        aggregate.belong_to(command.keyid, key)
        redelivered = not self.first_time(command.origin)
        if earlier := aggregate.outcome_of(command.id):
            return Decision(earlier, [], repeated=True)
        if redelivered or offset <= self.command_offset:
            return Decision(self._outcome(command, now, "accepted", "", "decided before"), [], repeated=True)
        if too_large:
            text = f"the events of {type(command.data).__name__} do not fit a record: shorten its texts and lists"
            return Decision(self._outcome(command, now, "failed", "too-large", text), [], error=text)
        try:
            decided = self._decider.decide(command.data, aggregate.state, definitions)
            if isinstance(decided, Rejection):
                outcome = self._outcome(command, now, "rejected", decided.slug, decided.detail)
                return self._remembered(aggregate, key, Decision(outcome, []))
            state = aggregate.state
            for event in decided:
                state = self._decider.evolve(state, event)
        except Exception as error:  # a poison command: the caller makes it a dead letter
            log.exception("%s: %s failed on %s", self._where, type(command.data).__name__, key)
            text = f"{type(error).__name__} in {type(command.data).__name__}"
            return Decision(self._outcome(command, now, "failed", "rule-failed", text), [], error=text)
        events = self._envelopes(command, decided, aggregate.sequence, offset, now)
        before = aggregate.state, aggregate.sequence
        aggregate.state, aggregate.sequence = state, aggregate.sequence + len(events)
        self.dirty.add(key)
        outcome = self._outcome(command, now, "accepted" if events else "no-op")
        outcome.event_ids = tuple([event.id for event in events])
        outcome.event_types = tuple([event.wire for event in decided])
        return self._remembered(aggregate, key, Decision(outcome, events, before=before))

    def undo(self, answers: Sequence[Decision], highs: dict[str, tuple[int, int]]) -> None:
        """Undo the latest commands; `highs`: those before them."""
        self.highs = highs
        for answer in reversed(answers):
            aggregate = self.aggregates.get(answer.outcome.aggregate)
            if aggregate is None or answer.repeated:
                continue
            aggregate.recent.pop(answer.outcome.command_id, None)
            if answer.before:
                aggregate.state, aggregate.sequence = answer.before

    def sent(self, outcome: Outcome, dumped: bytes) -> None:
        """An outcome is final: remember its bytes."""
        aggregate = self.aggregates.get(outcome.aggregate)
        if aggregate is not None and outcome.command_id in aggregate.recent:
            aggregate.recent[outcome.command_id] = dumped

    def first(self) -> S:
        """The state of an aggregate without events."""
        return self._decider.initial()

    def _aggregate(self, key: str) -> Aggregate[S]:
        return self.aggregates.get(key) or Aggregate(self.first())

    def _remembered(self, aggregate: Aggregate[S], key: str, answer: Decision) -> Decision:
        aggregate.remember(answer.outcome, self._decider.remembered)
        self.aggregates[key] = aggregate
        return answer

    def _envelopes(
        self, command: Envelope[Command], events: Sequence[Event], sequence: int, offset: int, now: datetime
    ) -> list[Envelope[Event]]:
        return [
            Envelope(
                data=event,
                id=derive(command.id, index),
                source=f"/careloop/{self._decider.name}",
                time=event.at,
                recorded=now,
                correlation_id=command.correlation_id,
                causation_id=command.id,
                sequence=sequence + 1 + index,
                command_offset=offset,
                keyid=command.keyid,
                actor=command.actor,
            )
            for index, event in enumerate(events)
        ]

    def _outcome(
        self, command: Envelope[Command], now: datetime, status: Status, slug: str = "", detail: str = ""
    ) -> Outcome:
        key, when = command.key, _written(now)
        return Outcome(command.id, status, slug, detail, time=when, aggregate=key, fingerprint=command.fingerprint)


@lru_cache(maxsize=1)
def _written(now: datetime) -> str:
    return now.isoformat()  # a batch has one `now`
