"""Work with effects outside: an assigned attempt is started (if its decider agrees), made, and its result reported."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import uuid4

from shared.actor import system
from shared.bus.group import Unfinished
from shared.bus.topics import topic_name
from shared.contracts.base import Command, Event, Stamp
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.ids import derive
from shared.outcomes import Outcome
from shared.pulse import beat
from shared.telemetry import Headers, batch_span, carried_trace

MAX_OUTCOME_WAIT_SECONDS = 60.0
"""How long a sender waits until the decider has taken its command."""
AT_ONCE = 20
BEGIN_SECONDS = 30.0
"""How long a batch begins new attempts, so that with the last one it stays below the poll interval of 300 s."""


class NoAnswer(Exception):
    """The decider did not answer in time, or has forgotten its answer: the batch is given up and read again."""


class Attempts(ABC):
    """A `PartitionHandler` for the assigned attempts of one decider; the loop commits when each has a result.

    A run has an id of its own: an attempt that is read again is started anew, and only if the decider accepts it.
    """

    target: ClassVar[str]
    assigned: ClassVar[type[Event]]
    started: ClassVar[type[Event]]

    def __init__(self, deps: Deps) -> None:
        self._deps, self._run = deps, uuid4().hex
        self._slots = asyncio.Semaphore(AT_ONCE)

    @abstractmethod
    def start(self, assigned: Any, stamp: Stamp, sender: str) -> Command:
        """The command that starts an attempt."""

    @abstractmethod
    async def attempt(self, assigned: Any) -> Any:
        """Make the attempt. Must not raise: an error is a result."""

    @abstractmethod
    def finish(self, assigned: Any, stamp: Stamp, result: Any) -> Command:
        """The command that reports the result."""

    async def open(self, committed: int) -> int:
        """Nothing to recover: the decider knows which attempts were started."""
        return committed

    async def close(self) -> None:  # noqa: B027 most hold nothing
        """Nothing to release."""

    async def work(self, records: Sequence[Any]) -> None:
        """Make the attempts of a batch. Raises `Unfinished` at the first one that was not begun."""
        events = await self._deps.codec.decode(records, frozenset({self.assigned.wire}))
        pairs = [(record, event) for record, event in zip(records, events, strict=True) if isinstance(event, Envelope)]
        if not pairs:
            return
        topic, group = topic_name(self.target, "events"), f"{self.target}.sender"
        with batch_span("process", topic, records[0].partition, [record for record, _ in pairs], group) as span:
            until = time.monotonic() + BEGIN_SECONDS
            attempts = (self._carry_out(record, event, span, until) for record, event in pairs)
            results = await asyncio.gather(*attempts, return_exceptions=True)
        for error in results:  # only after all attempts have ended
            if isinstance(error, BaseException):
                raise error
        if left := [record.offset for (record, _), begun in zip(pairs, results, strict=True) if not begun]:
            raise Unfinished(min(left))

    async def _carry_out(self, record: Any, assigned: Envelope[Any], span: str, until: float) -> bool:
        """Make one attempt; False if it was not begun: the process stops, or the batch has lasted too long."""
        async with self._slots:
            if self._deps.draining.is_set() or time.monotonic() > until:
                return False
            headers = carried_trace(record.headers, span)
            begun = Stamp(id=derive(assigned.id, "start", self._run), at=self._deps.clock())
            outcome = await self._ask(self.start(assigned.data, begun, self._run), assigned, headers)
            beat()
            if outcome.forgotten:  # perhaps started: the next run has another id, and is told "unknown"
                raise NoAnswer(f"what came of {begun['id']} is not remembered any more")
            if self.started.wire not in outcome.event_types:
                return True
            result = await self.attempt(assigned.data)
            beat()
            ended = Stamp(id=derive(assigned.id, "finish", self._run), at=self._deps.clock())
            await self._ask(self.finish(assigned.data, ended, result), assigned, headers)
            return True

    async def _ask(self, command: Command, assigned: Envelope[Any], headers: Headers) -> Outcome:
        envelope = self._deps.sender.envelope(
            self.target, command, assigned.correlation_id, assigned.id, actor=system("sender")
        )
        sent = self._deps.sender.send(self.target, [(envelope, headers)])
        outcome = await self._deps.replies.answer(command.id, sent, MAX_OUTCOME_WAIT_SECONDS)
        if outcome is None:
            raise NoAnswer(f"no outcome of {type(command).__name__} within {MAX_OUTCOME_WAIT_SECONDS:g} s")
        return outcome
