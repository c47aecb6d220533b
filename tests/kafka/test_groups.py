"""Groups whose offsets Kafka has forgotten, groups added later, and installations from before the record."""

from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka import TopicPartition

from deploy.operating.groups import restart
from deploy.operating.topics import prepare
from shared import identity
from shared.bus.clients import admin, lookup, producer
from shared.bus.consuming import read_to_end
from shared.bus.groups import TOPIC, recorded
from shared.bus.topics import TopicTrouble
from shared.bus.writing import Out, send_groups
from shared.host.deps import Deps
from shared.outcomes import read
from shared.policy import Policy
from shared.service import Role, Service
from shared.settings import Settings
from tests.support.counter import Counted, named, running
from tests.support.kafka import forget_offsets

PARTITIONS = 2


@pytest.fixture
async def service(parts: Settings) -> Service:
    """A service with topics of its own and a policy over its own events, of which one stands on each partition."""
    name = f"s{uuid4().hex[:8]}"
    new_service = replace(named(name), policies=(policy(name, "first"),))
    await prepare([new_service], parts)
    writer = producer(parts.kafka)
    await writer.start()
    for number in range(PARTITIONS):
        await send_groups(writer, events(new_service), number, [[Out("k", b"{}")]])
    await writer.stop()
    return new_service


def policy(source: str, name: str, begins: str | None = None) -> Policy:
    return Policy(name, (source,), (Counted,), lambda event, definitions: [], source, begins=begins)  # type: ignore[arg-type]


def events(service: Service) -> str:
    return f"careloop.{service.name}.events.v1"


async def offsets(parts: Settings, group: str, topic: str) -> list[int | None]:
    """What Kafka remembers of a group."""
    consumer = lookup(parts.kafka, group)
    await consumer.start()
    try:
        return [await consumer.committed(TopicPartition(topic, number)) for number in range(PARTITIONS)]
    finally:
        await consumer.stop()


async def test_a_policy_whose_offsets_vanished_stops_until_somebody_says_where_it_goes_on(
    parts: Settings, service: Service
) -> None:
    group, topic = f"{service.name}.policies", events(service)
    assert await offsets(parts, group, topic) == [0, 0]
    await forget_offsets(parts.kafka, group)
    assert await offsets(parts, group, topic) == [None, None]
    with pytest.raises(TopicTrouble, match=rf"{group} has read {topic}, but .*`careloop topics --group {group}"):
        await prepare([service], parts)
    assert await offsets(parts, group, topic) == [None, None]
    await restart([service], parts, group, topic, "now")
    assert await offsets(parts, group, topic) == [1, 1]
    assert (await prepare([service], parts)).groups == []


async def test_deciders_and_projectors_whose_offsets_vanished_go_on_by_what_they_know(parts: Settings) -> None:
    service = named(f"s{uuid4().hex[:8]}")
    groups = [f"{service.name}.decider", f"{service.name}.projector"]
    async with running(parts, "decider", "projector", service=service) as worker:
        assert [(await worker.ask(f"a{n}", n)).status for n in (1, -1)] == ["accepted", "rejected"]
        await worker.rest()
    for group in groups:
        await forget_offsets(parts.kafka, group)
    async with running(parts, "decider", "projector", service=service) as worker:
        assert sorted(await offsets(parts, groups[0], f"careloop.{service.name}.commands.v1")) == [0, 0]
        await worker.ask("a3", 3)
        await worker.rest()
        assert await worker.total("c") == 4
    outcomes = [TopicPartition(f"careloop.{service.name}.outcomes.v1", n) for n in range(PARTITIONS)]
    outcomes_read = [read(r.value) async for records in read_to_end(parts.kafka, outcomes) for r in records]
    assert [(one.command_id, one.status) for one in outcomes_read] == [
        ("a1", "accepted"),
        ("a-1", "rejected"),
        ("a-1", "rejected"),
        ("a3", "accepted"),
    ], "what yielded events is not decided again; what followed it without any says the same"


@pytest.mark.parametrize(("begins", "expected"), [("beginning", [0, 0]), ("now", [1, 1])])
async def test_a_policy_added_later_begins_where_it_declares(
    parts: Settings, service: Service, begins: str, expected: list[int]
) -> None:
    later = replace(service, policies=(*service.policies, policy(service.name, "standing", begins)))
    group = f"{service.name}.policies.standing"
    assert (await prepare([later], parts)).groups == [group]
    assert await offsets(parts, group, events(service)) == expected
    await forget_offsets(parts.kafka, group)
    with pytest.raises(TopicTrouble, match=f"{group} has read"):
        await prepare([later], parts)


async def nothing(deps: Deps) -> None:
    """Reads nothing: the group is what counts."""


async def test_a_reader_added_later_without_a_word_is_stopped(parts: Settings, service: Service) -> None:
    later = replace(service, roles=(Role("reader", nothing, {f"{service.name}.reader": (service.name,)}),))
    with pytest.raises(TopicTrouble, match=f"{service.name}.reader has never read .* does not declare"):
        await prepare([later], parts)


async def test_an_installation_from_before_the_record_is_adopted(parts: Settings, service: Service) -> None:
    group, topic = f"{service.name}.policies", events(service)
    async with admin(parts.kafka) as client:
        await client.delete_topics([TOPIC.name, identity.TOPIC.name])
    assert (await prepare([service], parts)).groups == []
    assert (group, topic) in await recorded(parts.kafka)
    await forget_offsets(parts.kafka, group)
    with pytest.raises(TopicTrouble, match="has read"):
        await prepare([service], parts)


async def test_only_a_group_and_a_topic_that_exist_are_moved(parts: Settings, service: Service) -> None:
    with pytest.raises(TopicTrouble, match=r"there is no group nobody: choose from"):
        await restart([service], parts, "nobody", None, "now")
    with pytest.raises(TopicTrouble, match="does not read careloop"):
        await restart([service], parts, f"{service.name}.policies", "careloop.other", "now")
