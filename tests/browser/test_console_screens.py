"""Every screen can be read: by a screen reader, in the dark, enlarged until the page is 640 wide, in both languages."""

import pytest
from playwright.async_api import Browser

from console.screen import Screen
from console.screens import SCREENS
from deploy.demo.director import Director
from deploy.local.options import DEFINITIONS
from deploy.local.system import System
from deploy.publishing.definition_store import read_files
from shared.contracts.staff import Staff
from tests.browser.test_console import patient_of
from tests.browser.test_console_cases import case_of
from tests.browser.watching import WHOLE, Tab, picture
from tests.support.systems import person_of

pytestmark = pytest.mark.browser
LOOKS = {
    "zh": ("zh", "light", 1280),
    "zh-dark": ("zh", "dark", 1280),
    "zh-large": ("zh", "light", 640),
    "en": ("en", "light", 1280),
    "en-dark-large": ("en", "dark", 640),
}
"""Name → language, colours, width: 640 is 1280 at 200 % (WCAG 1.4.4)."""
SAMPLE = ("zh", "en-dark-large")
SHOWN = list(LOOKS) if WHOLE else SAMPLE
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


FIRST_ASKED = ("zhou-complaints", "liu-nurse")
"""Who may read the person: as the officer of an open case, as the nurse of the department."""


def somebody_for(screen: Screen) -> str:
    """The login of one of the demo hospital's staff who may open the screen."""
    staff = [each for each in read_files([DEFINITIONS]) if isinstance(each, Staff)]
    staff.sort(key=lambda each: each.id not in FIRST_ASKED)
    return next(each.signs_in_as for each in staff if screen.opens_for(each.roles))


@pytest.mark.parametrize("look", SHOWN)
async def test_every_screen_can_be_read(system: System, browser: Browser, look: str) -> None:
    language, colours, width = LOOKS[look]
    patient = await patient_of(system)
    director = Director(system)
    person = await person_of(director, patient)
    await director.http.aclose()
    await case_of(system, patient)
    tabs: dict[str, Tab] = {}
    wrong: dict[str, list[str]] = {}
    for screen in SCREENS:
        login = somebody_for(screen)
        if login not in tabs:
            tabs[login] = await Tab.opened(browser, system, language)
            await tabs[login].page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
            await tabs[login].page.set_viewport_size({"width": width, "height": 860})
            await tabs[login].sign_in(login)
        tab = tabs[login]
        await tab.page.goto(f"{system.options.url}{screen.path.replace('{person_id}', person)}")
        await picture(tab.page, f"screen-{screen.name.replace('_', '-')}-{look}")
        beyond = int(await tab.page.evaluate(OVERFLOW))
        faults = [*await tab.accessible(), *([f"{beyond} pixels beyond the window"] if beyond > 0 else [])]
        wrong |= {screen.name: faults} if faults else {}
    assert wrong == {}
    assert {login: tab.faults for login, tab in tabs.items() if tab.faults} == {}
