"""What a service is made of, as one value, and what a process of it holds, as another.

`bootstrap.py` builds the `Service`, the host runs it, `careloop topics` reads it. Its roles are given the `Deps`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from fastapi import APIRouter

from shared.audit import Recorder
from shared.auth import Verifier
from shared.bus.beginnings import Begins, Reads
from shared.bus.group import GroupLoop
from shared.bus.lag import Lag, LagSampler
from shared.bus.producer import Producer
from shared.bus.topics import KINDS, Topic, topic, topic_name
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.audit import Purpose
from shared.contracts.timers import TimerTypes
from shared.deadletter import DeadLetters
from shared.decider import Decider
from shared.definition_reader import DefinitionReader
from shared.policy import CommandSender, Policy
from shared.projector import Projection
from shared.projector.standard import Trace, standard
from shared.projector.views import Views
from shared.pulse import Pulse
from shared.replies import Replies
from shared.sealing import KeyRing
from shared.settings import Settings
from shared.uses import Use


@dataclass(frozen=True, slots=True)
class Role:
    """A role of one service alone: `run` serves until it is cancelled.

    `reads` are its consumer groups, each with the deciders whose events it reads; `begins` is where those begin that
    were added when events stood there already.
    """

    name: str
    run: "Callable[[Deps], Awaitable[Any]]"
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    begins: Begins | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `name` is its package; topics use it with hyphens.

    `inbox` is the policy over what outside clients send. `intake` are the routes that take what other systems send, a
    role of its own: what they send must not hold up those who decide, or those who ask. `purpose` is why its callers
    read of people, where they do not say. `roles` are those of this service alone.
    `mount` is where the gateway shows it, its name unless said, and `takes` how paths begin that its intake role
    answers. `scopes` are those that its routes want: owner → duties.
    `projections` are its own; `trace` says what a trace finds its records by and shows of them.
    `uses` are the settings each role has beyond those of all: what it is given, and the hops that are counted.
    """

    name: str
    deciders: tuple[Decider[Any], ...]
    api: "Callable[[Deps], APIRouter]"
    policies: tuple[Policy, ...] = ()
    projections: tuple[Projection, ...] = ()
    trace: Trace = Trace()
    definitions_from: tuple[str, ...] = ()
    owns_definitions: bool = True
    inbox: Policy | None = None
    intake: "Callable[[Deps], APIRouter] | None" = None
    purpose: Purpose = "HOPERAT"
    raw: bool = False
    roles: tuple[Role, ...] = ()
    mount: str = ""
    takes: tuple[str, ...] = ()
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name as topics and URLs write it."""
        return self.name.replace("_", "-")

    @property
    def collections(self) -> tuple[Projection, ...]:
        """Its own projections, then those that every service has."""
        first, *others = (decider.name for decider in self.deciders)
        also = tuple(topic_name(self.slug, kind) for kind in ("inbox", "raw") if getattr(self, kind))
        return (*self.projections, *standard(first, tuple(others), also, self.trace))

    @property
    def timers(self) -> dict[str, TimerTypes[Any, Any]]:
        """Its deciders that want to be woken, with the types of their timers."""
        return {decider.name: decider.timers for decider in self.deciders if decider.timers}

    def uses_of(self, roles: Iterable[str]) -> tuple[Use, ...]:
        """The settings these roles have beyond those of all."""
        return tuple(dict.fromkeys(use for role in roles for use in self.uses.get(role, ())))

    def topics(self, transactions: bool) -> list[Topic]:
        """Every topic this service owns."""
        owned = [topic(self.slug, "inbox")] if self.inbox else []
        owned += [topic(self.slug, "raw")] if self.raw else []
        owned += [topic(self.slug, "audit")]
        owned += [topic(self.slug, "ticks"), self.changelog] if self.timers else []
        owned += [topic(self.slug, "definitions", 1)] if self.owns_definitions else []
        for decider in self.deciders:
            kinds = ["commands", "events", "outcomes", "dlq", *(["state"] if transactions else [])]
            owned += [topic(decider.name, kind, decider.partitions) for kind in kinds]
        return owned

    def touched(self, transactions: bool) -> set[str]:
        """The names of the topics it owns or reads."""
        read = {name for reads in self.groups().values() for name in reads.topics}
        return read | {topic.name for topic in self.topics(transactions)}

    @property
    def changelog(self) -> Topic:
        """The changelog of the timers table, named by Faust; made here so that it is compacted."""
        return Topic(f"{self.slug}.processor-timers-changelog", KINDS["state"])

    def groups(self) -> dict[str, Reads]:
        """Consumer group → what it reads (Faust's own group apart).

        Deciders and projectors know by themselves how far they are: by the command offset in their events, by the
        positions in MongoDB. For policies and other readers Kafka's offsets are all there is.
        """
        groups = {f"{d.name}.decider": Reads([topic_name(d.name, "commands")], "own") for d in self.deciders}
        for group, policies in self.policy_groups().items():
            groups[group] = Reads(sorted({name for policy in policies for name in policy.topics}), policies[0].begins)
        if shown := sorted({name for projection in self.collections for name in projection.topics}):
            groups[f"{self.slug}.projector"] = Reads(shown, "own")
        return groups | {
            group: Reads([topic_name(decider, "events") for decider in read], role.begins)
            for role in self.roles
            for group, read in role.reads.items()
        }

    def policy_groups(self) -> dict[str, tuple[Policy, ...]]:
        """Consumer group → the policies that run in it. Raises `ValueError` where they disagree on where it begins."""
        groups: dict[str, tuple[Policy, ...]] = {}
        for policy in self.policies:
            own = f".{policy.own_group}" if policy.own_group else ""
            group = f"{self.slug}.policies{own}"
            groups[group] = (*groups.get(group, ()), policy)
        for group, policies in groups.items():
            if len({policy.begins for policy in policies}) > 1:
                raise ValueError(f"the policies of {group} begin at different places: give them groups of their own")
        return groups | ({f"{self.slug}.inbox": (self.inbox,)} if self.inbox else {})

    def partition_counts(self, partitions: int) -> dict[str, int]:
        """How many partitions each decider of this service has, in a system of `partitions`."""
        return {decider.name: decider.partitions or partitions for decider in self.deciders}

    def partitions(self, kind: str, partitions: int) -> list[TopicPartition]:
        """Every partition of one kind of topic of this service's deciders."""
        counts = self.partition_counts(partitions).items()
        return [TopicPartition(topic_name(name, kind), number) for name, count in counts for number in range(count)]


@dataclass(slots=True)
class Deps:
    """Everything a role may use. `loops`, `probes` and `pulses` are what health and status look at.

    `draining` is set when the process is to end: what was begun may finish, nothing new begins.
    """

    service: Service
    settings: Settings
    clock: SharedClock
    ring: KeyRing
    codec: Codec
    producer: Producer
    lag: Lag
    sampler: LagSampler
    sender: CommandSender
    letters: DeadLetters
    definitions: DefinitionReader
    replies: Replies
    mongo: Any
    database: Views
    verifier: Verifier
    incarnation: str
    fatal: Callable[[BaseException], None]
    audit: Recorder
    loops: dict[str, GroupLoop] = field(default_factory=dict)
    probes: dict[str, Callable[[], dict[str, Any]]] = field(default_factory=dict)
    pulses: dict[str, Pulse] = field(default_factory=dict)
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.pulses |= {"definitions": self.definitions.pulse, "replies": self.replies.pulse}
