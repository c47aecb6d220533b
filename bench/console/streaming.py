"""What open pages cost the console's process: its memory and its share of a core while nothing happens."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from bench.console.loading import DEPARTMENT, Loaded
from bench.console.pages import NotLetIn, signed_in
from bench.measure import Measure
from console.live.hub import MOST_STREAMS
from deploy.local.console import demo_users
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from shared.contracts.staff import Staff

IDLE_SECONDS = 20.0
KNOWN_SECONDS = 30.0
"""Seconds until the console must have read new staff; fewer than five refusals, or the login is locked."""
CLOCK_TICKS = 100.0
"""Ticks a second in /proc/<pid>/stat (USER_HZ)."""
PASS = re.compile(r'data-pass="([^"]+)"')


async def measures(system: System, loaded: Loaded, count: int) -> list[Measure]:
    """Open so many streams of many people, each with the passes of the page that they look at."""
    pid = system.supervisor.children["console"].pid
    assert pid is not None
    nurses = await _nurses(system, count // MOST_STREAMS)
    async with AsyncExitStack() as stack:
        for nurse in nurses:
            http = await stack.enter_async_context(signed_in(system, nurse))
            page = await http.get(f"/persons/{loaded.person}")
            passes = [("pass", f"{each}~") for each in PASS.findall(page.text)]
            assert passes, f"{nurse}: {page.status_code}"
            for _ in range(MOST_STREAMS):
                await stack.enter_async_context(http.stream("GET", "/live", params=passes))
        assert await _streams(system) == count
        began, used = time.monotonic(), _seconds(pid)
        await asyncio.sleep(IDLE_SECONDS)
        share = (_seconds(pid) - used) / (time.monotonic() - began) * 100
        resident = _resident(pid)
    return [
        Measure("console_streams_memory", f"console: memory with {count} streams", resident, "MiB"),
        Measure("console_streams_idle", f"console: {count} streams that are silent", share, "% of a core"),
    ]


async def _nurses(system: System, count: int) -> list[str]:
    """The logins of so many nurses of the department, once the console lets the last of them in."""
    staff = [
        Staff(
            id=f"nurse-{n}",
            version=1,
            name=f"护士{n}",
            email="n@hospital.example",
            department=DEPARTMENT,
            roles=("nurse",),
        )
        for n in range(count)
    ]
    await write(system.settings, compare(staff, await published(system.settings.kafka)), "bench")
    system.users |= demo_users(system.options.data_dir, staff)
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        try:
            async with signed_in(system, staff[-1].id):
                return [each.id for each in staff]
        except NotLetIn:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def _streams(system: System) -> int:
    assert system.backends is not None
    async with httpx.AsyncClient(base_url=str(system.backends.console)) as http:
        return int((await http.get("/internal/status")).json()["streams"])


def _resident(pid: int) -> float:
    """MiB of a process in memory."""
    rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(rss[1]) / 1024 if rss else 0.0


def _seconds(pid: int) -> float:
    """Seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
