"""A log that does not hold what was built from it: cut, of an older copy, or with a topic created anew."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from deploy.operating.topics import prepare
from shared import identity
from shared.bus.clients import admin
from shared.bus.consuming import LogCut
from shared.host.deps import build
from shared.incarnation import DOCUMENT, OtherLog, incarnation_of, stamp_database, stamp_folder
from shared.projector.generations import POSITIONS
from shared.service import Service
from shared.settings import Settings
from tests.kafka.test_group import Board, filled, worker
from tests.support.counter import TOTALS, named, running


@pytest.fixture
async def service(parts: Settings) -> Service:
    """A counter with events on its log."""
    named_service = named(f"s{uuid4().hex[:8]}")
    async with running(parts, "decider", "projector", service=named_service) as worker:
        for number in range(3):
            await worker.ask(f"a{number}", 1)
        await worker.rest()
    return named_service


async def started(parts: Settings, service: Service) -> None:
    """Build the adapters of one process and close them."""
    async with build(service, parts, lambda error: None):
        pass


async def refused(parts: Settings, service: Service, *roles: str) -> str:
    """The error with which these roles refuse to serve."""
    async with running(parts, *roles, service=service, mark=False) as worker:
        assert worker.failures
        return f"{type(worker.failures[0]).__name__}: {worker.failures[0]}"


async def test_a_process_of_an_installation_from_before_the_record_of_topics_starts(
    parts: Settings, service: Service
) -> None:
    async with admin(parts.kafka) as client:
        await client.delete_topics([identity.TOPIC.name])
    await started(parts, service)
    await prepare([service], parts)
    assert await identity.check(parts.kafka, [f"careloop.{service.name}.events.v1"]) == {}, "from now on recorded"


@pytest.mark.parametrize(("kind", "knows"), [("events", "projector"), ("commands", "decider")])
async def test_a_topic_created_anew_is_noticed_by_topics_and_by_every_process(
    parts: Settings, service: Service, kind: str, knows: str
) -> None:
    name = f"careloop.{service.name}.{kind}.v1"
    async with admin(parts.kafka) as client:
        await client.delete_topics([name])
    for start in (prepare([service], parts), started(parts, service)):
        with pytest.raises(OtherLog, match=f"{name} was deleted and created anew.*careloop topics --anew {name}"):
            await start
    await identity.accept(parts.kafka, name)
    await prepare([service], parts)
    assert f"LogCut: {name}-" in await refused(parts, service, knows), "what was built is still known"


async def test_a_projector_does_not_serve_a_log_shorter_than_its_read_model(parts: Settings, service: Service) -> None:
    """Also where the collection that is least advanced fits the log."""
    later = replace(TOTALS, sources=(service.name,), collection="later")
    both = replace(service, projections=(*service.projections, later))
    async with running(parts, service=service) as worker:
        ahead = {"_id": {"$regex": "^totals:"}, "next": {"$gt": 0}}
        await worker.deps.database.raw[POSITIONS].update_one(ahead, {"$inc": {"next": 1000}})
    why = await refused(parts, both, "projector")
    assert f"LogCut: careloop.{service.name}.events.v1-" in why
    assert "but was read up to 100" in why


async def test_a_decider_without_checkpoints_does_not_serve_events_without_their_beginning(
    parts: Settings, service: Service
) -> None:
    bare = replace(service, deciders=(replace(service.deciders[0], state=None),))
    whole = {TopicPartition(f"careloop.{service.name}.events.v1", n): RecordsToDelete(1) for n in range(2)}
    async with admin(parts.kafka) as client:
        for tp, cut in whole.items():
            try:
                await client.delete_records({tp: cut})
            except Exception:
                continue
    assert "begins at 1, but was read only up to 0" in await refused(parts, bare, "decider")


async def test_a_group_whose_log_is_cut_under_it_ends_instead_of_starting_over(parts: Settings) -> None:
    board, topic = Board(), await filled(parts)

    async def read_on() -> None:
        async with worker(parts, board, topic) as member:
            await board.until(board.done)
            for tp in member.next:
                member.consumer.seek(tp, 10_000)  # out of range, as where the log was cut
            await board.until(lambda: False)

    with pytest.raises(LogCut, match=rf"{topic}-\d gives offset 0 after 499"):
        await read_on()
    assert set(board.handled.values()) == {1}


async def test_stamps_from_before_topics_had_ids_are_adopted(parts: Settings, tmp_path: Path) -> None:
    async with running(parts) as worker:
        now = await incarnation_of(parts.kafka)
        former = now.split("/")[0]
        assert former != now
        stamp_folder(tmp_path, former)
        stamp_folder(tmp_path, now)
        with pytest.raises(OtherLog):
            stamp_folder(tmp_path, former)
        positions = worker.deps.database.raw[f"stamps-{uuid4().hex}"]
        await stamp_database(positions, former)
        await stamp_database(positions, now)
        assert (await positions.find_one({"_id": DOCUMENT}))["log"] == now
        with pytest.raises(OtherLog):
            await stamp_database(positions, f"{former}/another")
