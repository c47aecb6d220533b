"""A browser tab whose faults are collected: errors in the console, refused content, requests to other hosts."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request

from deploy.local.system import System

PICTURES = Path(__file__).parents[2] / "var" / "browser"
DESKTOP = {"width": 1280, "height": 860}
PATIENCE = 60
"""Seconds that a page or a process may take on a machine that does much else."""
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
WHOLE = os.environ.get("CARELOOP_BROWSER") == "full"
"""Whether everything is looked at (`make browser`), or the sample of every run."""
LANGUAGES = ("zh", "en") if WHOLE else ("zh",)
"""In which languages people do their work."""


class Tab:
    """One tab in a browser of its own (cookies apart). `faults`: what no page may do."""

    def __init__(self, page: Page, system: System) -> None:
        self.page, self._system = page, system
        self.faults: list[str] = []
        page.on("console", self._says)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._asks)

    @classmethod
    async def opened(cls, browser: Browser, system: System, language: str = "zh") -> "Tab":
        """A new tab."""
        context = await browser.new_context(locale=LOCALES[language], viewport=DESKTOP)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE * 1000)
        return cls(await context.new_page(), system)

    def _says(self, message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text  # an answer that is an error is no fault of the page
        if message.type in ("error", "warning") and not refused:
            self.faults.append(message.text)

    def _asks(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self._system.options.url).netloc:
            self.faults.append(f"a request to {request.url}")

    async def sign_in(self, login: str) -> None:
        """Sign in as one of the demo hospital's staff."""
        await self.page.goto(f"{self._system.options.url}/")
        await self.page.locator("input[name=login]").fill(login)
        await self.page.locator("input[name=password]").fill(self._system.users[login])
        await self.page.locator("button.main").click()
        await self.page.get_by_role("navigation").wait_for()
        await self.loaded()

    async def loaded(self) -> None:
        """Wait until the page's scripts have run: what is seen before that does not answer to keys yet."""
        await self.page.wait_for_load_state("load")

    async def find(self, kind: str, value: str, issuer: str = "") -> None:
        """Look somebody up."""
        await self.page.goto(f"{self._system.options.url}/find")
        await self.page.locator("select[name=kind]").select_option(kind)
        await self.page.locator("input[name=issuer]").fill(issuer)
        await self.page.locator("input[name=value]").fill(value)
        await self.page.locator("main button.main").click()

    async def accessible(self) -> list[str]:
        """What axe finds against WCAG on this page."""
        results = await Axe().run(self.page)
        return [f"{each['id']}: {each['nodes'][0]['html']}" for each in results.response["violations"]]


async def picture(page: Page, name: str) -> None:
    """Keep a picture of a page in `var/browser`; to hide the caret would add a style that the page's policy refuses."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True, caret="initial")
