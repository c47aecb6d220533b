"""Running a service's policies: other services' events in, our own commands out."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka import AIOKafkaProducer

from shared.bus.clients import partition_of
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.clock import Clock
from shared.codec import Codec, Refusal
from shared.contracts.base import Command, Event
from shared.deadletter import DeadLetters
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive, inbox_id
from shared.telemetry import batch_span, carried_trace

log = logging.getLogger(__name__)
React = Callable[[Envelope[Any], Definitions], Sequence[Command]]


class Refused(Exception):
    """A policy cannot make sense of an event: it is dead-lettered with this reason."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail)


@dataclass(frozen=True, slots=True)
class Policy:
    """`react` turns each event of `types` on the events of `sources` into commands of `target`.

    A service's policies share one consumer group. One that is added when events stand there already says where it
    `begins` and has a group of its own, `<service>.policies.<name>` (`group` gives it another name than its own).
    """

    name: str
    sources: tuple[str, ...]
    types: tuple[type[Event], ...]
    react: React
    target: str
    kind: str = "events"
    begins: Literal["beginning", "now"] | None = None
    group: str | None = None

    @property
    def own_group(self) -> str | None:
        """The last part of its own group's name; None where it belongs to the group that policies share."""
        return self.group or (self.name if self.begins else None)

    @property
    def topics(self) -> list[str]:
        """The topics this policy reads."""
        return [topic_name(source, self.kind) for source in self.sources]


def caused(envelope: Envelope[Any], policy: str, target: object = "") -> str:
    """The id of the command that `policy` derives from an event for `target`."""
    return derive(envelope.id, policy, target)


class CommandSender:
    """Sends commands of one service to the partition of their key; `lanes` counts the partitions of each decider."""

    def __init__(self, codec: Codec, producer: AIOKafkaProducer, lanes: Mapping[str, int], clock: Clock) -> None:
        self._codec, self._producer, self._lanes, self._clock = codec, producer, lanes, clock

    def envelope(
        self, target: str, command: Command, correlation: str = "", causation: str = "", fingerprint: str = ""
    ) -> Envelope[Command]:
        """The command with its context."""
        return Envelope(
            data=command,
            id=command.id,
            source=f"/careloop/{target}",
            time=command.at,
            recorded=self._clock(),
            correlation_id=correlation or command.id,
            causation_id=causation or command.id,
            fingerprint=fingerprint,
        )

    async def send(self, target: str, commands: Sequence[tuple[Envelope[Command], list[tuple[str, bytes]]]]) -> None:
        """Write the commands (each with its headers) and wait until the broker has them."""
        values = await self._codec.encode([envelope for envelope, _ in commands])
        lanes: dict[int, list[list[Out]]] = {}
        for (envelope, headers), value in zip(commands, values, strict=True):
            lane = partition_of(envelope.key, self._lanes[target])
            lanes.setdefault(lane, []).append([Out(envelope.key, value, headers)])
        for lane, outs in lanes.items():
            await send_groups(self._producer, topic_name(target, "commands"), lane, outs)


class PolicyPartition:
    """A `PartitionHandler`: react, produce, await; the loop commits."""

    def __init__(
        self,
        policies: Sequence[Policy],
        sender: CommandSender,
        codec: Codec,
        definitions: Callable[[], Definitions],
        letters: DeadLetters,
        group: str,
    ) -> None:
        self._policies, self._sender, self._codec = policies, sender, codec
        self._definitions, self._letters, self._group = definitions, letters, group

    async def open(self, committed: int) -> int:
        """Nothing to recover: ids derive from causes."""
        return committed

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, records: Sequence[Any]) -> None:
        """All commands that follow from a batch, in order."""
        topic, partition = records[0].topic, records[0].partition
        mine = [policy for policy in self._policies if topic in policy.topics]
        types = frozenset(model.wire for policy in mine for model in policy.types)
        if any(policy.kind == "inbox" for policy in mine):
            decoded = [_expected(event, types) for event in await self._codec.decode(records, strict=True)]
        else:
            decoded = await self._codec.decode(records, types)
        if not any(decoded):
            return
        with batch_span("process", topic, partition, records, self._group) as span:
            for policy in mine:
                found = await self._commands(policy, records, decoded, span)
                if found:
                    await self._sender.send(policy.target, found)
            for record, refusal in zip(records, decoded, strict=True):
                if isinstance(refusal, Refusal):
                    await self._letters.keep(record, refusal, self._group)

    async def _commands(self, policy: Policy, records: Sequence[Any], decoded: list[Any], span: str) -> list[Any]:
        found = []
        for record, event in zip(records, decoded, strict=True):
            if not isinstance(event, Envelope) or not isinstance(event.data, policy.types):
                continue
            cause = inbox_id(event.source, event.id) if policy.kind == "inbox" else event.id
            correlation = cause if event.correlation_id == event.id else event.correlation_id
            for command in await self._react(policy, record, event):
                sent = self._sender.envelope(policy.target, command, correlation, cause)
                found.append((sent, carried_trace(record.headers, span)))
        return found

    async def _react(self, policy: Policy, record: Any, event: Envelope[Any]) -> Sequence[Command]:
        try:
            return policy.react(event, self._definitions())
        except Refused as refused:
            await self._letters.keep(record, refused.refusal, self._group)
        except Exception as error:  # a poison event stops nobody
            log.exception("%s failed on %s", policy.name, event.id)
            refusal = Refusal("policy-failed", f"{type(error).__name__} in {policy.name}")
            await self._letters.keep(record, refusal, self._group)
        return ()


def _expected(event: Any, types: frozenset[str]) -> Any:
    """Whoever writes to an inbox hears about a type it does not take; nothing is passed over in silence."""
    if isinstance(event, Refusal) or type(event.data).wire in types:
        return event
    return Refusal("type-not-taken", f"`type` {type(event.data).wire!r} is not taken here, only {sorted(types)}")
