"""Runs a service's policies: events of other services → commands of our own deciders."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from aiokafka import AIOKafkaProducer

from shared.actor import Actor, system
from shared.bus.topics import topic_name
from shared.bus.writing import Out, TooLarge, fits, send_spread
from shared.clock import Clock
from shared.codec import Codec, Refusal
from shared.contracts.base import Command, Event
from shared.deadletter import DeadLetters
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive, inbox_id
from shared.origin import Origin
from shared.telemetry import batch_span, carried_trace

log = logging.getLogger(__name__)
Sent = tuple[Envelope[Command], list[tuple[str, bytes]]]
React = Callable[[Envelope[Any], Definitions], Sequence[Command]]


class Refused(Exception):
    """A policy cannot handle an event, which becomes a dead letter with this reason."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail)


@dataclass(frozen=True)
class Policy:
    """`react` turns each event of `types` on the events topics of `sources` into commands of `target`.

    The policies of a service share one consumer group. A policy that is added when events exist already declares where
    it `begins` and gets a group of its own, `<service>.policies.<name>` (`group` gives another name). Deciders remember
    the `name`: no two policies of one `target` may share it on one topic. `names`: the identities in a refused record
    that is not encrypted, so that their erasure reaches its dead letter.
    """

    name: str
    sources: tuple[str, ...]
    types: tuple[type[Event], ...]
    react: React
    target: str
    kind: str = "events"
    begins: Literal["beginning", "now"] | None = None
    group: str | None = None
    names: Callable[[Any, Definitions], Sequence[str]] | None = None

    @property
    def own_group(self) -> str | None:
        """The last part of its own group's name; None if it belongs to the shared group."""
        return self.group or (self.name if self.begins else None)

    @cached_property
    def topics(self) -> list[str]:
        """The topics that it consumes."""
        return [topic_name(source, self.kind) for source in self.sources]


def caused(envelope: Envelope[Any], policy: str, target: object = "") -> str:
    """The id of the command that `policy` derives from an event for `target`."""
    return derive(envelope.id, policy, target)


class RecordPlace(NamedTuple):
    """The position of a record."""

    topic: str
    partition: int
    offset: int


class Reaction(NamedTuple):
    """The result of one policy for one record: commands of `target`, or a refusal."""

    target: str
    commands: list[Envelope[Command]]
    refusal: Refusal | None = None


def reactions(
    policies: Iterable[Policy], event: Envelope[Any], place: RecordPlace, definitions: Definitions, now: datetime
) -> list[Reaction]:
    """The results of all policies for a record. Pure, so that the same record gives the same commands.

    Each command carries its origin, by which a decider detects a redelivery at any time.
    """
    matching = [p for p in policies if isinstance(event.data, p.types) and place.topic in p.topics]
    return [_reaction(policy, event, place, definitions, now) for policy in matching]


def _reaction(
    policy: Policy, event: Envelope[Any], place: RecordPlace, definitions: Definitions, now: datetime
) -> Reaction:
    try:
        commands = policy.react(event, definitions)
    except Refused as refused:
        return Reaction(policy.target, [], refused.refusal)
    except Exception as error:  # a poison event must not stop the partition
        log.exception("%s failed on %s", policy.name, event.id)
        return Reaction(policy.target, [], Refusal("policy-failed", f"{type(error).__name__} in {policy.name}"))
    cause = inbox_id(event.source, event.id) if policy.kind == "inbox" else event.id
    correlation = cause if event.correlation_id == event.id else event.correlation_id
    origin = f"{policy.name}/{place.topic}-{place.partition}"
    sent = [
        command_envelope(policy.target, command, now, correlation, cause, actor=_actor(policy, event))
        for command in commands
    ]
    return Reaction(
        policy.target,
        [each._replace(origin=Origin(origin, place.offset, at), keyid=event.keyid) for at, each in enumerate(sent)],
    )


def _actor(policy: Policy, event: Envelope[Any]) -> Actor:
    """The policy itself; for an inbox the actor that the record claims, which is not verified."""
    return (
        Actor("claimed", event.actor.id or event.source) if policy.kind == "inbox" else system(f"policy/{policy.name}")
    )


def command_envelope(
    target: str,
    command: Command,
    now: datetime,
    correlation: str = "",
    causation: str = "",
    fingerprint: str = "",
    *,
    actor: Actor,
) -> Envelope[Command]:
    """A command with its context."""
    return Envelope(
        data=command,
        id=command.id,
        source=f"/careloop/{target}",
        time=command.at,
        recorded=now,
        correlation_id=correlation or command.id,
        causation_id=causation or command.id,
        fingerprint=fingerprint,
        actor=actor,
    )


class CommandSender:
    """Sends commands of one service to the partition of their key; `counts`: partitions of each decider."""

    def __init__(self, codec: Codec, producer: AIOKafkaProducer, counts: Mapping[str, int], clock: Clock) -> None:
        self._codec, self._producer, self._counts, self._clock = codec, producer, counts, clock

    def envelope(
        self,
        target: str,
        command: Command,
        correlation: str = "",
        causation: str = "",
        fingerprint: str = "",
        *,
        actor: Actor,
    ) -> Envelope[Command]:
        """A command with its context."""
        return command_envelope(target, command, self.now(), correlation, causation, fingerprint, actor=actor)

    def now(self) -> datetime:
        """The time at which sent commands are recorded."""
        return self._clock()

    async def send(self, target: str, commands: Sequence[Sent]) -> None:
        """Write the commands (each with its headers) and wait for the broker; in order within each partition.

        Raises `TooLarge` for commands that fit no record, before any is written.
        """
        values = await self._codec.encode([envelope for envelope, _ in commands])
        outs = [Out(each.key, value, headers) for (each, headers), value in zip(commands, values, strict=True)]
        if large := [each.id for (each, _), out in zip(commands, outs, strict=True) if not fits([out])]:
            raise TooLarge(large)
        await send_spread(self._producer, topic_name(target, "commands"), self._counts[target], outs)


class PolicyPartition:
    """A `PartitionHandler`: react, send, wait; the loop commits.

    After a crash the batch is read and sent again. Deciders skip known origins, which works because commands of one
    record, and of successive records, reach each of their partitions in this order.
    """

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
        """Nothing to recover: ids and origins derive from causes."""
        return committed

    async def close(self) -> None:
        """Nothing to release."""

    async def work(self, records: Sequence[Any]) -> None:
        """Send all commands that follow from a batch, in order."""
        topic, partition = records[0].topic, records[0].partition
        policies = [policy for policy in self._policies if topic in policy.topics]
        types = frozenset(model.wire for policy in policies for model in policy.types)
        if any(policy.kind == "inbox" for policy in policies):
            decoded = [_expected(event, types) for event in await self._codec.decode(records, strict=True)]
        else:
            decoded = await self._codec.decode(records, types)
        if not any(decoded):
            return
        with batch_span("process", topic, partition, records, self._group) as span:
            by_target: dict[str, list[Sent]] = {}
            record_of = dict[str, Any]()
            for record, event in zip(records, decoded, strict=True):
                for reaction in self._reactions(policies, record, event):
                    if reaction.refusal:
                        await self._letters.keep(record, reaction.refusal, self._group, self._named(policies, record))
                    sent = [(each, carried_trace(record.headers, span)) for each in reaction.commands]
                    record_of |= dict.fromkeys((each.id for each in reaction.commands), record)
                    if sent:
                        by_target.setdefault(reaction.target, []).extend(sent)
            for target, commands in by_target.items():
                await self._send(target, commands, record_of)

    async def _send(self, target: str, commands: list[Sent], record_of: Mapping[str, Any]) -> None:
        """Send the commands that fit a record; for the others keep the record they follow from as a dead letter."""
        try:
            await self._sender.send(target, commands)
        except TooLarge as error:
            for each, _ in commands:
                if each.id in error.ids:
                    refusal = Refusal("too-large", f"{type(each.data).__name__}, which follows from it, fits no record")
                    await self._letters.keep(record_of[each.id], refusal, self._group)
            await self._sender.send(target, [sent for sent in commands if sent[0].id not in error.ids])

    def _named(self, policies: list[Policy], record: Any) -> tuple[str, ...]:
        """The identities in a record that was refused, as far as one of the policies can tell."""
        return tuple(who for policy in policies if policy.names for who in policy.names(record, self._definitions()))

    def _reactions(self, policies: list[Policy], record: Any, event: Any) -> list[Reaction]:
        if event is None:
            return []
        if isinstance(event, Refusal):
            return [Reaction("", [], event)]
        place = RecordPlace(record.topic, record.partition, record.offset)
        return reactions(policies, event, place, self._definitions(), self._sender.now())


def _expected(event: Any, types: frozenset[str]) -> Any:
    """Refuse types that an inbox does not take, so that nothing is skipped silently."""
    if isinstance(event, Refusal) or type(event.data).wire in types:
        return event
    return Refusal("type-not-taken", f"`type` {type(event.data).wire!r} is not taken here, only {sorted(types)}")
