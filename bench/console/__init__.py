"""What the console costs its users: on people whose events were appended to the log as the services publish them."""

from bench.console import browsing, loading, pages, streaming
from bench.measure import Measure
from deploy.local.system import System

EVENTS = 1000
"""Events of the person whose page is measured."""


async def measures(system: System, people: int, quick: bool) -> list[Measure]:
    """All of them, on one running system of one process per role."""
    with loading.readers_alone(system):
        loaded = await loading.load(system, people, EVENTS)
        return [
            loaded.measure,
            *await pages.measures(system, loaded, 100 if quick else 1000),
            *await streaming.measures(system, loaded, 200),
            *await browsing.measures(system, loaded, 10 if quick else 100, 300 if quick else 2880),
        ]
