"""Work with effects outside: a claim is started (if its decider agrees), carried out, and its result is reported."""

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
"""How long a batch begins new claims, so that with the last one it stays below the poll interval of 300 s."""


class NoAnswer(Exception):
    """The decider did not answer in time, or has forgotten its answer: the batch is given up and read again."""


class Attempts(ABC):
    """A `PartitionHandler` for the claims of one decider; the loop commits when every claim has a result.

    A run has an id of its own: a claim that is read again is started anew, and only if the decider accepts it.
    """

    target: ClassVar[str]
    claim: ClassVar[type[Event]]
    started: ClassVar[type[Event]]

    def __init__(self, deps: Deps) -> None:
        self._deps, self._run = deps, uuid4().hex
        self._slots = asyncio.Semaphore(AT_ONCE)

    @abstractmethod
    def start(self, claim: Any, stamp: Stamp, sender: str) -> Command:
        """The command that starts an attempt."""

    @abstractmethod
    async def attempt(self, claim: Any) -> Any:
        """Carry out the claim. Must not raise: an error is a result."""

    @abstractmethod
    def finish(self, claim: Any, stamp: Stamp, result: Any) -> Command:
        """The command that reports the result."""

    async def open(self, committed: int) -> int:
        """Nothing to recover: the decider knows which attempts were started."""
        return committed

    async def close(self) -> None:  # noqa: B027 most hold nothing
        """Nothing to release."""

    async def work(self, records: Sequence[Any]) -> None:
        """Carry out the claims of a batch. Raises `Unfinished` at the first claim that was not begun."""
        claims = await self._deps.codec.decode(records, frozenset({self.claim.wire}))
        pairs = [(record, claim) for record, claim in zip(records, claims, strict=True) if isinstance(claim, Envelope)]
        if not pairs:
            return
        topic, group = topic_name(self.target, "events"), f"{self.target}.sender"
        with batch_span("process", topic, records[0].partition, [record for record, _ in pairs], group) as span:
            until = time.monotonic() + BEGIN_SECONDS
            attempts = (self._carry_out(record, claim, span, until) for record, claim in pairs)
            results = await asyncio.gather(*attempts, return_exceptions=True)
        for error in results:  # only after all attempts have ended
            if isinstance(error, BaseException):
                raise error
        if left := [record.offset for (record, _), begun in zip(pairs, results, strict=True) if not begun]:
            raise Unfinished(min(left))

    async def _carry_out(self, record: Any, claim: Envelope[Any], span: str, until: float) -> bool:
        """Carry out one claim; False if it was not begun: the process stops, or the batch has lasted too long."""
        async with self._slots:
            if self._deps.draining.is_set() or time.monotonic() > until:
                return False
            headers = carried_trace(record.headers, span)
            begun = Stamp(id=derive(claim.id, "start", self._run), at=self._deps.clock())
            outcome = await self._ask(self.start(claim.data, begun, self._run), claim, headers)
            beat()
            if outcome.forgotten:  # perhaps started: the next run has another id, and is told "unknown"
                raise NoAnswer(f"what came of {begun['id']} is not remembered any more")
            if self.started.wire not in outcome.event_types:
                return True
            result = await self.attempt(claim.data)
            beat()
            ended = Stamp(id=derive(claim.id, "finish", self._run), at=self._deps.clock())
            await self._ask(self.finish(claim.data, ended, result), claim, headers)
            return True

    async def _ask(self, command: Command, claim: Envelope[Any], headers: Headers) -> Outcome:
        envelope = self._deps.sender.envelope(
            self.target, command, claim.correlation_id, claim.id, actor=system("sender")
        )
        sent = self._deps.sender.send(self.target, [(envelope, headers)])
        outcome = await self._deps.replies.answer(command.id, sent, MAX_OUTCOME_WAIT_SECONDS)
        if outcome is None:
            raise NoAnswer(f"no outcome of {type(command).__name__} within {MAX_OUTCOME_WAIT_SECONDS:g} s")
        return outcome
