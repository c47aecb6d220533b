"""What grows with the hospital: the registry's people, an aggregate's memory, the time a decider needs to come back."""

import gc
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench.measure import Measure
from bench.streams import COMMANDS, end_of, fill, until
from deploy.operating.topics import prepare
from services.contacts.registry import REGISTRY
from services.contacts.registry.commands import ResolveIdentity
from shared.decider import Decider
from shared.decider.partition import Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.settings import Settings
from tests.support.counter import AT, SERVICE, Count, running

NOW = datetime(2026, 3, 9, tzinfo=UTC)


def resident() -> float:
    """MiB of this process in memory."""
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def registry(people: int) -> list[Measure]:
    """So many people nobody met before, resolved one after the other in memory, as one process does it."""
    memory, before, began = Partition(REGISTRY, "bench"), resident(), time.monotonic()
    for number in range(people):
        who = ResolveIdentity(
            id=f"c{number}",
            at=AT,
            input_id=f"i{number}",
            strong=(uuid4().hex,),
            phones=(uuid4().hex,),
            name_key=uuid4().hex,
            carried_type="bench",
            carried={},
        )
        memory.handle(Envelope(who, who.id, "/bench", AT, AT, who.id, who.id), number, Definitions(), NOW)
    seconds, millions = time.monotonic() - began, people / 1e6
    return [
        Measure(
            "registry", f"registry, {millions:g} million people met for the first time", people / seconds, "commands/s"
        ),
        Measure("registry_memory", f"memory of {millions:g} million people", resident() - before, "MiB"),
    ]


def memory(aggregates: int, commands: int = 3) -> list[Measure]:
    """A decider's memory per 100,000 aggregates, each with a few commands remembered as they were sent."""
    decider: Decider[object] = SERVICE.deciders[0]
    kept, before = Partition(decider, "bench"), resident()
    for number in range(aggregates * commands):
        count = Count(id=f"c{number}", at=AT, counter=f"a{number % aggregates}", by=1)
        answer = kept.handle(
            Envelope(count, count.id, "/bench", AT, AT, count.id, count.id), number, Definitions(), NOW
        )
        kept.sent(answer.outcome, answer.outcome.dump())
    grown = (resident() - before) * 100_000 / aggregates
    return [Measure("aggregates", f"memory of 100,000 aggregates with {commands} commands each", grown, "MiB")]


async def recovery(settings: Settings, aggregates: int, history: int) -> Measure:
    """Seconds until a decider serves again: checkpoints make it follow the aggregates, not the history."""
    await prepare([SERVICE], settings)
    await fill(settings, COMMANDS, history, aggregates)
    async with running(settings, "decider", asks=False):
        await until(settings, "counter.decider", COMMANDS, await end_of(settings, COMMANDS))
    began = time.monotonic()
    async with running(settings, "decider", asks=False):
        seconds = time.monotonic() - began
    what = f"decider ready again: {aggregates:,} aggregates, {history:,} commands"
    return Measure(f"recovery_{aggregates}_{history}", what, seconds, "s")
