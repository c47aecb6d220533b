"""What somebody sees: the first page of a fresh browser, another's change on a page, a page that stays open all day."""

import time
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from bench.console.loading import Loaded, append, touchpoint, writers
from bench.measure import Measure, quantile
from deploy.local.system import System
from tests.browser.conftest import FLAGS, chromium
from tests.browser.watching import Tab

SETTLING = 0.1
"""The share of a day after which the heap is measured first: until then the page fills what it keeps for ever."""
LOADED = """() => { const [page] = performance.getEntriesByType("navigation");
  const files = performance.getEntriesByType("resource");
  return [page.domContentLoadedEventEnd, [page, ...files].reduce((sum, each) => sum + each.transferSize, 0)]; }"""


async def measures(system: System, loaded: Loaded, changes: int, day: int) -> list[Measure]:
    """In a real browser. `changes`: how often another's change is waited for; `day`: changes of the long day."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            return [
                *await _cold(system, browser),
                *await _changes(system, loaded, browser, changes, day),
            ]
        finally:
            await browser.close()


async def _cold(system: System, browser: Browser) -> list[Measure]:
    """The queue in browsers that never were here: signed in by another's cookies, nothing cached."""
    first = await Tab.opened(browser, system)
    await first.sign_in("zhou-complaints")
    cookies, times, sizes = await first.page.context.cookies(), list[float](), list[float]()
    for _ in range(10):
        context = await browser.new_context(locale="zh-CN")
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(f"{system.options.url}/cases")
        interactive, size = await page.evaluate(LOADED)
        times.append(interactive)
        sizes.append(size / 1024)
        await context.close()
    return [
        Measure("console_cold", "console: queue interactive in a fresh browser, p95", quantile(times, 0.95), "ms"),
        Measure("console_cold_size", "console: what a fresh browser fetches for it", max(sizes), "KiB"),
    ]


async def _changes(system: System, loaded: Loaded, browser: Browser, count: int, day: int) -> list[Measure]:
    """Calls about a person whose page is open: until each is seen, then a day of them for the page's memory."""
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    await tab.page.goto(f"{system.options.url}/persons/{loaded.person}")
    await tab.page.wait_for_load_state("networkidle")
    times, heaps = list[float](), list[float]()
    async with writers(system) as deps:
        for number in range(count):
            began, summary = time.monotonic(), f"改变{number}。"
            await append(deps, loaded, [touchpoint(loaded, summary, datetime.now(UTC))])
            await tab.page.get_by_text(summary).first.wait_for()
            times.append(time.monotonic() - began)
        for number in range(day):
            summary = f"白天{number}。"
            await append(deps, loaded, [touchpoint(loaded, summary, datetime.now(UTC))])
            await tab.page.get_by_text(summary).first.wait_for()
            if number in (int(day * SETTLING), day - 1):
                heaps.append(await _heap(tab.page))
    assert tab.faults == [], tab.faults
    grown = (heaps[1] / heaps[0] - 1) * 100
    what = f"console: growth of a page's memory over {day:,} changes, {heaps[0]:.1f} MiB at the first tenth"
    return [
        Measure("console_change", "console: another's change on the screen, p95", quantile(times, 0.95) * 1000, "ms"),
        Measure("console_heap", what, grown, "%"),
    ]


async def _heap(page: Page) -> float:
    """MiB of JavaScript objects that are still needed."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = await session.send("Runtime.getHeapUsage")
    await session.detach()
    return float(usage["usedSize"]) / 1024 / 1024
