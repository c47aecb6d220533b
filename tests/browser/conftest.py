"""One system and one browser for all tests in a browser."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from deploy.local.system import System
from tests.browser.watching import PATIENCE
from tests.support.process_logs import pytest_runtest_makereport  # noqa: F401
from tests.support.systems import running

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with running(tmp_path_factory.mktemp("browser")) as started:
        yield started


def chromium() -> str | None:
    """The system's Chromium; None for the one that Playwright installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        await started.close()


@pytest.fixture(autouse=True)
async def tabs_closed(browser: Browser) -> AsyncIterator[None]:
    """A page that is left open stays current: it would go on asking through all tests that follow."""
    yield
    for context in browser.contexts:
        await context.close()
