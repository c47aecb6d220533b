"""Who else is at a case or a person is shown while they are there, and only to who may see it."""

import pytest
from playwright.async_api import Browser, Locator, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.test_console_cases import ANSWER, case_of, opens
from tests.browser.test_console_live_cases import two_at
from tests.browser.watching import Tab, picture
from tests.support.systems import person_of

pytestmark = pytest.mark.browser
AWAY_MS = 15_000
"""Who closes a page is gone within seconds, long before they are thought to be silent."""


def there(tab: Tab) -> Locator:
    return tab.page.locator("[data-presence]")


async def test_two_people_at_one_case_see_each_other_before_they_collide(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    zhou, wu = await two_at(browser, system, case_id)
    await expect(there(zhou)).to_have_text("吴班长 正在查看")
    await expect(there(wu)).to_have_text("周专员 正在查看")
    await wu.page.locator("#case textarea").press_sequentially(ANSWER[:4])
    await expect(there(zhou)).to_have_text("吴班长 正在撰写答复")
    await picture(zhou.page, "console-presence-zh")
    assert await zhou.accessible() == []
    beside = await zhou.page.context.new_page()
    await beside.goto(zhou.page.url)
    await expect(beside.locator("[data-presence]")).to_have_text("吴班长 正在撰写答复")
    await opens(wu, system, await case_of(system, await patient_of(system), "low"))
    await expect(there(wu)).to_have_text("")
    await expect(beside.locator("[data-presence]")).to_have_text("", timeout=AWAY_MS)
    await opens(wu, system, case_id)
    await expect(there(zhou)).to_have_text("吴班长 正在查看")
    await wu.page.close()
    await expect(there(zhou)).to_have_text("", timeout=AWAY_MS)
    assert zhou.faults == wu.faults == []


async def test_at_a_person_too_and_in_english(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    director = Director(system)
    person = await person_of(director, patient)
    await director.http.aclose()
    liu, zhao = await Tab.opened(browser, system), await Tab.opened(browser, system, "en")
    await liu.sign_in("liu-nurse")
    await zhao.sign_in("zhao-doctor")
    await zhao.page.get_by_role("button", name="English").click()
    for tab in (liu, zhao):
        await tab.page.goto(f"{system.options.url}/persons/{person}")
    await expect(there(zhao)).to_contain_text("is looking at this")
    await expect(there(liu)).to_contain_text("正在查看")
    await picture(zhao.page, "console-presence-person-en")
    assert await zhao.accessible() == []
    assert liu.faults == zhao.faults == []
