"""Topics as code: names, partitions, retention."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from shared.settings_kafka import Kafka

_FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1"}
_DAY = 24 * 3600 * 1000
TOPIC_SETTINGS: dict[str, dict[str, str]] = {
    "inbox": {"retention.ms": str(7 * _DAY)},  # in clear, so not for ever: docs/adr/0009
    "raw": {**_FOR_EVER, "max.message.bytes": str(32 << 20)},
    "events": _FOR_EVER,
    "audit": _FOR_EVER,
    "dlq": {**_FOR_EVER, "max.message.bytes": str(32 << 20)},
    "commands": {"retention.ms": str(30 * _DAY)},
    "outcomes": {"retention.ms": str(7 * _DAY)},
    "ticks": {"retention.ms": str(3600 * 1000)},
    "presence": {"retention.ms": str(3600 * 1000)},
    "state": {"cleanup.policy": "compact", "segment.bytes": str(64 << 20), "min.cleanable.dirty.ratio": "0.1"},
    "definitions": {"cleanup.policy": "compact"},
}


FOR_OTHERS = {
    "inbox": "other systems report here, in clear; kept for 7 days",
    "raw": "what hospital systems sent, as it was received, and how far each feed was read",
    "events": "what the decider of this name decided",
    "audit": "who saw whose data, and who was refused",
}
"""The kinds of topics that other systems may read, or write: the inbox. The rest is between the roles of a service."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `partitions` None means the system-wide number."""

    name: str
    config: dict[str, str] = field(default_factory=dict, hash=False)
    partitions: int | None = None

    @property
    def for_others(self) -> str:
        """What other systems find on it; "" if it is not for them."""
        return FOR_OTHERS.get(named(self.name).kind, "") if self.name.startswith("careloop.") else ""


@lru_cache(maxsize=256)
def topic_name(service: str, kind: str) -> str:
    """`careloop.<service>.<kind>.v1`; the dead letters of a service are `careloop.<service>.dlq`."""
    name = f"careloop.{service.replace('_', '-')}.{kind}"
    return name if kind == "dlq" else f"{name}.v1"


class Name(NamedTuple):
    """What the name of a topic says: the service or decider, and the kind; "" where a topic is not named by us."""

    source: str
    kind: str


@lru_cache(maxsize=1024)
def named(topic: str) -> Name:
    """Take the name of a topic apart, which `topic_name` has put together."""
    _, source, kind, *_ = *topic.split("."), "", ""
    return Name(source, kind)


def is_events(topic: str) -> bool:
    """Whether it is an events topic of a decider, where the events of each aggregate are numbered without gaps."""
    return named(topic).kind == "events"


def is_inbox(topic: str) -> bool:
    """Whether outside clients write to it, so that its records may be anything."""
    return named(topic).kind == "inbox"


def most_bytes(topic: str) -> int:
    """The largest record batch that a topic accepts, by its settings; Kafka's default is a little over 1 MiB."""
    kinds = (TOPIC_SETTINGS[part] for part in topic.split(".") if part in TOPIC_SETTINGS)
    return int(next(kinds, {}).get("max.message.bytes", 1_048_588))


def topic(service: str, kind: str, partitions: int | None = None) -> Topic:
    """The topic of a kind, with the settings of that kind."""
    return Topic(topic_name(service, kind), TOPIC_SETTINGS[kind], partitions)


class TopicTrouble(Exception):
    """A topic is missing or differs from the code; the text names the fix."""


async def create(admin: AIOKafkaAdminClient, topics: list[Topic], kafka: Kafka) -> list[str]:
    """Create missing topics; returns their names. Existing topics are not changed."""
    existing = set(await admin.list_topics())
    missing = [topic for topic in topics if topic.name not in existing]
    new = [
        NewTopic(t.name, t.partitions or kafka.partitions, kafka.replication, topic_configs=dict(t.config))
        for t in missing
    ]
    if new:
        answer: Any = await admin.create_topics(new)
        for name, code, *rest in answer.topic_errors:
            if code not in (0, 36):  # 36: somebody else created it meanwhile
                raise TopicTrouble(f"{name} could not be created: {for_code(code).__name__} {rest}")
    return [topic.name for topic in missing]


async def other_settings(admin: AIOKafkaAdminClient, topics: list[Topic]) -> list[str]:
    """One sentence for each topic setting that differs from the code (retention, compaction, message size)."""
    wanted = {topic.name: topic.config for topic in topics}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    sentences = []
    for answer in await admin.describe_configs(asked):
        for _, _, _, name, entries in answer.resources:
            actual = {entry[0]: entry[1] for entry in entries}
            for key, value in wanted[name].items():
                if (has := actual.get(key)) != value:
                    sentences.append(f"{name} has {key}={has}, the code says {value}: set it with kafka-configs")
    return sentences


async def differences(admin: AIOKafkaAdminClient, topics: list[Topic], kafka: Kafka) -> list[str]:
    """One sentence for each topic that is missing or has another number of partitions."""
    present = set(await admin.list_topics())
    described = await admin.describe_topics([t.name for t in topics if t.name in present])
    counts = {t["topic"]: len(t["partitions"]) for t in described}
    sentences = []
    for topic in topics:
        count, actual = topic.partitions or kafka.partitions, counts.get(topic.name, 0)
        if actual == 0:
            sentences.append(f"{topic.name} is missing: run `careloop topics`")
        elif actual != count:
            sentences.append(
                f"{topic.name} has {actual} partitions, the setting says {count}: the count is fixed at first start"
            )
    return sentences
