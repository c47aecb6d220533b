"""One system for all flow tests; each test brings people nobody met before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.demo.director import Director
from deploy.local.system import System
from tests.support.described import as_described, operations
from tests.support.process_logs import pytest_runtest_makereport  # noqa: F401
from tests.support.systems import FIRST, next_thursday, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a flow."""
    for item in items:
        if "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.flow)


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    directory: Path = tmp_path_factory.mktemp("system")
    operations()  # takes a second, in which connections to a running system would be given up
    async with running(directory) as started:
        yield started


@pytest.fixture
async def director(system: System) -> AsyncIterator[Director]:
    async with directing(system) as new_director:
        yield new_director


@pytest.fixture
async def second(system: System, director: Director) -> AsyncIterator[Director]:
    """A director with another user, under the same clock, for what needs the approval of a second person."""
    new_director = Director(system, "second")
    new_director.http.event_hooks["response"].append(as_described)
    yield new_director
    await new_director.http.aclose()


@asynccontextmanager
async def directing(system: System) -> AsyncIterator[Director]:
    """A director whose clock starts on a Thursday later than that of any test before."""
    operations()
    new_director = Director(system)
    new_director.http.event_hooks["response"].append(as_described)
    new_director.clock.set(next_thursday(new_director.clock() if new_director.clock.anchor() else FIRST), 0)
    try:
        await new_director.rest()
        yield new_director
    finally:
        await new_director.http.aclose()
