"""Builds the coroutines of each role from the adapters."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any

from aiokafka import TopicPartition

from shared import mongo
from shared.bus.group import GroupLoop, PartitionHandler
from shared.codec import Refusal
from shared.decider import Decider
from shared.decider.runtime import DeciderPartition
from shared.host.deps import Deps
from shared.incarnation import stamp_database
from shared.policy import Policy, PolicyPartition
from shared.projector.applying import Adapters
from shared.projector.catching_up import CatchingUp
from shared.projector.generations import POSITIONS
from shared.projector.runtime import ProjectorPartition, prepare
from shared.projector.source import Source
from shared.service import Role

OUTSIDE_SECONDS = 60.0
"""How long work outside (a mail that is being sent) may take to end, while our deciders still answer."""
DRAIN_SECONDS = 10.0
"""How long current batches may take to end."""
POLICY_BATCH = 500
Run = Callable[[], Awaitable[Any]]


def loop(
    deps: Deps,
    group: str,
    handler: Callable[[TopicPartition], PartitionHandler],
    commits: bool = True,
    max_records: int = 2000,
) -> Run:
    """A consumer group of this service as a coroutine function, registered for health and status."""
    topics = deps.service.groups()[group].topics
    group_loop = GroupLoop(deps.settings.kafka, group, topics, handler, deps.fatal, commits, max_records)
    deps.loops[group], deps.pulses[group] = group_loop, group_loop.pulse
    return group_loop.run


def decider_role(deps: Deps) -> list[Run]:
    """The loops of deciders, and of the policies that send commands."""
    runs = [_decider(deps, decider) for decider in deps.service.deciders]
    runs += [_policies(deps, group, policies) for group, policies in deps.service.policy_groups().items()]
    return runs


def _decider(deps: Deps, decider: Decider[Any]) -> Run:
    group = f"{decider.name}.decider"

    def handler(tp: TopicPartition) -> PartitionHandler:
        snapshot = lambda: deps.definitions.snapshot  # noqa: E731 read anew for each batch
        return DeciderPartition(decider, tp, deps.settings, deps.codec, deps.ring, deps.clock, snapshot, group)

    return _with_definitions(deps, loop(deps, group, handler, commits=not deps.settings.kafka.transactions))


def _with_definitions(deps: Deps, run: Run) -> Run:
    async def ready_first() -> None:
        await deps.definitions.ready.wait()
        await run()

    return ready_first


def _policies(deps: Deps, group: str, policies: tuple[Policy, ...]) -> Run:
    def handler(tp: TopicPartition) -> PartitionHandler:
        return PolicyPartition(
            policies, deps.sender, deps.codec, lambda: deps.definitions.snapshot, deps.letters, group
        )

    return _with_definitions(deps, loop(deps, group, handler, max_records=POLICY_BATCH))


def projector_role(deps: Deps) -> list[Run]:
    """The loop of the read models."""
    group = f"{deps.service.slug}.projector"

    async def refused(record: Any, refusal: Refusal) -> None:
        await deps.letters.keep(record, refusal, group)

    adapters = Adapters(deps.mongo, mongo.database_name(deps.service.name), deps.codec, refused)
    catching_up = CatchingUp(lambda: Source(deps.settings.kafka), deps.fatal)
    deps.probes["projector.behind"] = catching_up.probe

    def handler(tp: TopicPartition) -> PartitionHandler:
        return ProjectorPartition(deps.service.collections, tp, adapters, catching_up)

    run = loop(deps, group, handler)

    async def prepared() -> None:
        await prepare(deps.database.raw, deps.service.collections)
        await stamp_database(deps.database.raw[POSITIONS], deps.incarnation)
        await run()

    return [prepared]


def processor_role(deps: Deps) -> list[Run]:
    """The Faust app for timers."""
    if not deps.service.timers:
        return []
    from shared.processor.runtime import run_processor  # Faust is slow to import, and only this role needs it

    return [lambda: run_processor(deps)]


def role_runs(deps: Deps, role: str) -> list[Run]:
    """The coroutines of one role; `api` has none besides HTTP."""
    builders = {"decider": decider_role, "projector": projector_role, "processor": processor_role}
    runs = builders[role](deps) if role in builders else []
    return [*runs, *(_own(own, deps) for own in deps.service.roles if own.name == role)]


def _own(role: Role, deps: Deps) -> Run:
    @wraps(role.run)
    async def run() -> None:
        await role.run(deps)

    return run


async def supervise(runs: list[Run], deps: Deps, stopping: asyncio.Event) -> None:
    """Run all until `stopping`, then let loops finish their batch; the first exception ends all and is raised.

    The loops of a service's own roles end first, as their results need the other loops.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_reporting(run, deps)) for run in runs]
        await stopping.wait()
        deps.draining.set()
        own = {group for role in deps.service.roles for group in role.reads}
        outside = {name: made for name, made in deps.loops.items() if name in own}
        await _drained(outside.values(), OUTSIDE_SECONDS)
        await _drained(deps.loops.values(), DRAIN_SECONDS)
        for task in tasks:
            task.cancel()


async def _drained(loops: Iterable[GroupLoop], seconds: float) -> None:
    running = [made for made in loops if made.consumer is not None]
    for made in running:
        made.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(made.ended.wait() for made in running))


class Ended(Exception):
    """A coroutine that should serve until it is stopped has ended by itself."""


async def _reporting(run: Run, deps: Deps) -> None:
    try:
        await run()
        if not deps.draining.is_set():
            raise Ended(f"{run.__qualname__} has ended, though nobody stopped it")
    except Exception as error:
        deps.fatal(error)
        raise
