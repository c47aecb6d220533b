"""The declaration of a service (`Service`), and the adapters that its roles get (`Deps`).

`bootstrap.py` builds the `Service`, the host runs it, `careloop topics` reads it.
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
from shared.bus.topics import TOPIC_SETTINGS, Topic, topic, topic_name
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.audit import PurposeOfUse
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
    """A role that only one service has, or a part of one (roles of one name run together).

    `run` serves until it is cancelled.

    `reads`: its consumer groups, each with the deciders whose events it consumes; `begins`: where a group begins that
    was added when events existed already.
    """

    name: str
    run: "Callable[[Deps], Awaitable[Any]]"
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    begins: Begins | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `name` is its package; topics use it with hyphens.

    - `deciders`, `policies`, `projections`: its own; `inbox`: the policy for records from outside clients.
    - `api`: its routes; `intake`: routes for messages of other systems, a role of its own so that they do not delay
      others. `mount`: its path at the gateway, by default its name; `takes`: prefixes of paths that the intake role
      answers.
    - `purpose`: the default purpose of use in audit events. `scopes`: owner → rights of the scopes that its routes
      need.
    - `trace`: by which ids a trace finds its records, and which fields it shows. `roles`: roles of this service only.
    - `uses`: the settings of each role beyond the common ones.
    - `shown_in_timelines`: whether a person's timeline shows its events (`TIMELINE` of its contract); False if another
      service publishes them again by person.
    - `audited_by`: the slug of the service on whose audit topic its access events are written, by default its own.

    Without deciders it only answers: it owns no topics, and has no commands and no standard collections.
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
    purpose: PurposeOfUse = "HOPERAT"
    raw: bool = False
    roles: tuple[Role, ...] = ()
    mount: str = ""
    takes: tuple[str, ...] = ()
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)
    shown_in_timelines: bool = True
    audited_by: str = ""

    @property
    def slug(self) -> str:
        """The name in topics and URLs."""
        return self.name.replace("_", "-")

    @property
    def inbox_group(self) -> str:
        """The consumer group of its inbox."""
        return f"{self.slug}.inbox"

    @property
    def package(self) -> str:
        """The package of its API, where its `problems.yaml` is."""
        return self.api.__module__.rpartition(".")[0]

    @property
    def collections(self) -> tuple[Projection, ...]:
        """Its own projections, and those that every service has."""
        if not self.deciders:
            return self.projections
        first, *others = (decider.name for decider in self.deciders)
        also = tuple(topic_name(self.slug, kind) for kind in ("inbox", "raw") if getattr(self, kind))
        return (*self.projections, *standard(first, tuple(others), also, self.trace))

    @property
    def timers(self) -> dict[str, TimerTypes[Any, Any]]:
        """Its deciders with timers, and their timer types."""
        return {decider.name: decider.timers for decider in self.deciders if decider.timers}

    def uses_of(self, roles: Iterable[str]) -> tuple[Use, ...]:
        """The settings of these roles beyond the common ones."""
        return tuple(dict.fromkeys(use for role in roles for use in self.uses.get(role, ())))

    def topics(self, transactions: bool) -> list[Topic]:
        """All topics that this service owns."""
        owned = [topic(self.slug, "inbox")] if self.inbox else []
        owned += [topic(self.slug, "raw")] if self.raw else []
        owned += [] if self.audited_by else [topic(self.slug, "audit")]
        owned += [topic(self.slug, "ticks"), self.changelog] if self.timers else []
        owned += [topic(self.slug, "definitions", 1)] if self.owns_definitions else []
        for decider in self.deciders:
            kinds = ["commands", "events", "outcomes", "dlq", *(["state"] if transactions else [])]
            owned += [topic(decider.name, kind, decider.partitions) for kind in kinds]
        return owned

    def touched(self, transactions: bool) -> set[str]:
        """The names of all topics that it owns or consumes."""
        read = {name for reads in self.groups().values() for name in reads.topics}
        return read | {topic.name for topic in self.topics(transactions)}

    @property
    def changelog(self) -> Topic:
        """The changelog topic of the timers table, named by Faust; created by us so that it is compacted."""
        return Topic(f"{self.slug}.processor-timers-changelog", TOPIC_SETTINGS["state"])

    def groups(self) -> dict[str, Reads]:
        """Consumer group → what it reads (without Faust's own group).

        Deciders and projectors know their positions without Kafka: from the command offset in events, and from MongoDB.
        Policies and other groups only have Kafka's offsets.
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
        """Consumer group → its policies. Raises `ValueError` if they disagree on where the group begins."""
        groups: dict[str, tuple[Policy, ...]] = {}
        for policy in self.policies:
            own = f".{policy.own_group}" if policy.own_group else ""
            group = f"{self.slug}.policies{own}"
            groups[group] = (*groups.get(group, ()), policy)
        for group, policies in groups.items():
            if len({policy.begins for policy in policies}) > 1:
                raise ValueError(f"the policies of {group} begin at different places: give them groups of their own")
        return groups | ({self.inbox_group: (self.inbox,)} if self.inbox else {})

    def partition_counts(self, partitions: int) -> dict[str, int]:
        """The number of partitions of each decider, in a system of `partitions`."""
        return {decider.name: decider.partitions or partitions for decider in self.deciders}

    def partitions(self, kind: str, partitions: int) -> list[TopicPartition]:
        """All partitions of one kind of topic of this service's deciders."""
        counts = self.partition_counts(partitions).items()
        return [TopicPartition(topic_name(name, kind), number) for name, count in counts for number in range(count)]


@dataclass(slots=True)
class Deps:
    """The adapters that a role may use. `loops`, `probes` and `pulses`: read by health and status.

    `draining` is set when the process stops: work that has begun may finish, no new work begins.
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
