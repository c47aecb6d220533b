"""The palette: from any page, without a mouse, to a screen or a person."""

import pytest
from playwright.async_api import Browser, expect

from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import Tab, picture

pytestmark = pytest.mark.browser
COMPOSES = """(input) => {
  input.value = "xiao";
  input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
}"""
"""What an input method does while pinyin is typed."""


@pytest.mark.parametrize(("language", "called", "title"), [("zh", "消息", "消息"), ("en", "mess", "Messages")])
async def test_a_screen_is_opened_by_its_name(
    system: System, browser: Browser, language: str, called: str, title: str
) -> None:
    tab = await Tab.opened(browser, system, language)
    await tab.sign_in("liu-nurse")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
        await tab.loaded()
    await tab.page.keyboard.press("Control+k")
    await tab.page.keyboard.type(called)
    await expect(tab.page.locator("#palette-places a")).to_have_count(1)
    await picture(tab.page, f"console-palette-{language}")
    assert await tab.accessible() == []
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert tab.faults == []


async def test_a_person_is_opened_by_a_number_which_is_in_no_address(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    addresses: list[str] = []
    tab.page.on("request", lambda request: addresses.append(request.url))
    await tab.page.keyboard.press("Control+k")
    number = f"138{int(patient.mrn, 16) % 10**8:08d}"
    await tab.page.keyboard.type(number[:-1])
    await expect(tab.page.locator("#palette-places").get_by_text("按回车键查找")).to_be_visible()
    await tab.page.keyboard.type(number[-1])
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#palette-places").get_by_role("link", name="王秀英")).to_be_focused()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("region", name="随访")).to_be_visible()
    assert [each for each in addresses if number in each] == []
    assert tab.faults == []


async def test_nothing_is_asked_while_an_input_method_composes(system: System, browser: Browser) -> None:
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    await tab.page.keyboard.press("Control+k")
    places = tab.page.locator("#palette-places a")
    await expect(places.first).to_be_visible()
    searches: list[str] = []
    tab.page.on("request", lambda request: request.url.endswith("/palette") and searches.append(request.url))
    field = tab.page.locator("#palette input[name=q]")
    await field.evaluate(COMPOSES)
    await expect(places.first).to_be_visible()
    await field.fill("消息")
    await expect(places).to_have_count(1)
    assert len(searches) == 1
    await tab.page.keyboard.press("Escape")
    await expect(field).to_be_hidden()
