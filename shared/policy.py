"""Running a service's policies: other services' events in, our own commands out."""

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
    """A policy cannot make sense of an event: it is dead-lettered with this reason."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason, detail)


@dataclass(frozen=True)
class Policy:
    """`react` turns each event of `types` on the events of `sources` into commands of `target`.

    A service's policies share one consumer group. One that is added when events stand there already says where it
    `begins` and has a group of its own, `<service>.policies.<name>` (`group` gives it another name than its own).
    `name` is also what a decider remembers of it: no two policies of one `target` may share it on one topic.
    `names` says whom a record names that nothing sealed and that is refused: the identities whose erasure reaches it.
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
        """The last part of its own group's name; None where it belongs to the group that policies share."""
        return self.group or (self.name if self.begins else None)

    @cached_property
    def topics(self) -> list[str]:
        """The topics this policy reads."""
        return [topic_name(source, self.kind) for source in self.sources]


def caused(envelope: Envelope[Any], policy: str, target: object = "") -> str:
    """The id of the command that `policy` derives from an event for `target`."""
    return derive(envelope.id, policy, target)


class Place(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


class Reaction(NamedTuple):
    """What one policy makes of one record: commands of `target`, or why it cannot."""

    target: str
    commands: list[Envelope[Command]]
    refusal: Refusal | None = None


def reactions(
    policies: Iterable[Policy], event: Envelope[Any], place: Place, definitions: Definitions, now: datetime
) -> list[Reaction]:
    """What every policy that reacts to a record makes of it: pure, so that the same record gives the same commands.

    Each command carries its origin: a decider knows a redelivery by it, however long ago the first one was.
    """
    wanted = [p for p in policies if isinstance(event.data, p.types) and place.topic in p.topics]
    return [_reaction(policy, event, place, definitions, now) for policy in wanted]


def _reaction(policy: Policy, event: Envelope[Any], place: Place, definitions: Definitions, now: datetime) -> Reaction:
    try:
        commands = policy.react(event, definitions)
    except Refused as refused:
        return Reaction(policy.target, [], refused.refusal)
    except Exception as error:  # a poison event stops nobody
        log.exception("%s failed on %s", policy.name, event.id)
        return Reaction(policy.target, [], Refusal("policy-failed", f"{type(error).__name__} in {policy.name}"))
    cause = inbox_id(event.source, event.id) if policy.kind == "inbox" else event.id
    correlation = cause if event.correlation_id == event.id else event.correlation_id
    origin = f"{policy.name}/{place.topic}-{place.partition}"
    made = [
        command_envelope(policy.target, command, now, correlation, cause, actor=_actor(policy, event))
        for command in commands
    ]
    return Reaction(
        policy.target,
        [each._replace(origin=Origin(origin, place.offset, at), keyid=event.keyid) for at, each in enumerate(made)],
    )


def _actor(policy: Policy, event: Envelope[Any]) -> Actor:
    """The rule itself; what comes by an inbox says who it is, and nobody has checked it."""
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
    """The command with its context."""
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
    """Sends commands of one service to the partition of their key; `counts` counts the partitions of each decider."""

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
        """The command with its context."""
        return command_envelope(target, command, self.now(), correlation, causation, fingerprint, actor=actor)

    def now(self) -> datetime:
        """When what is sent was recorded."""
        return self._clock()

    async def send(self, target: str, commands: Sequence[Sent]) -> None:
        """Write the commands (each with its headers) and wait until the broker has them; in order in each partition.

        Raises `TooLarge` for those that fit no record, before any is written.
        """
        values = await self._codec.encode([envelope for envelope, _ in commands])
        outs = [Out(each.key, value, headers) for (each, headers), value in zip(commands, values, strict=True)]
        if large := [each.id for (each, _), out in zip(commands, outs, strict=True) if not fits([out])]:
            raise TooLarge(large)
        await send_spread(self._producer, topic_name(target, "commands"), self._counts[target], outs)


class PolicyPartition:
    """A `PartitionHandler`: react, produce, await; the loop commits.

    After a crash the batch is read and sent again. Deciders skip what they have by its origin, which works because
    the commands of one record, and of one record after another, reach each of their partitions in this order.
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
            found: dict[str, list[Sent]] = {}
            of = dict[str, Any]()
            for record, event in zip(records, decoded, strict=True):
                for reaction in self._reactions(mine, record, event):
                    if reaction.refusal:
                        await self._letters.keep(record, reaction.refusal, self._group, self._named(mine, record))
                    sent = [(each, carried_trace(record.headers, span)) for each in reaction.commands]
                    of |= dict.fromkeys((each.id for each in reaction.commands), record)
                    if sent:
                        found.setdefault(reaction.target, []).extend(sent)
            for target, commands in found.items():
                await self._send(target, commands, of)

    async def _send(self, target: str, commands: list[Sent], of: Mapping[str, Any]) -> None:
        """Those that fit; of each that does not, the record it follows from is kept as a dead letter."""
        try:
            await self._sender.send(target, commands)
        except TooLarge as error:
            for each, _ in commands:
                if each.id in error.ids:
                    refusal = Refusal("too-large", f"{type(each.data).__name__}, which follows from it, fits no record")
                    await self._letters.keep(of[each.id], refusal, self._group)
            await self._sender.send(target, [sent for sent in commands if sent[0].id not in error.ids])

    def _named(self, mine: list[Policy], record: Any) -> tuple[str, ...]:
        """Whom a record names that could not be used, as far as one of its policies can tell."""
        return tuple(who for policy in mine if policy.names for who in policy.names(record, self._definitions()))

    def _reactions(self, mine: list[Policy], record: Any, event: Any) -> list[Reaction]:
        if event is None:
            return []
        if isinstance(event, Refusal):
            return [Reaction("", [], event)]
        place = Place(record.topic, record.partition, record.offset)
        return reactions(mine, event, place, self._definitions(), self._sender.now())


def _expected(event: Any, types: frozenset[str]) -> Any:
    """Whoever writes to an inbox hears about a type it does not take; nothing is passed over in silence."""
    if isinstance(event, Refusal) or type(event.data).wire in types:
        return event
    return Refusal("type-not-taken", f"`type` {type(event.data).wire!r} is not taken here, only {sorted(types)}")
