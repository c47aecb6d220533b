"""The follow-up list stays current while a nurse works through it."""

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import Tab, picture
from tests.conftest import SHANGHAI
from tests.support.systems import Patient, discharged

pytestmark = pytest.mark.browser
IDS = "(rows) => rows.map((row) => row.id)"


async def test_steps_of_a_plan_that_begins_wait_behind_a_button_and_those_of_one_that_ends_are_struck_out(
    system: System, browser: Browser
) -> None:
    await patient_of(system)
    liu = await Tab.opened(browser, system)
    await liu.sign_in("liu-nurse")
    await liu.page.goto(f"{system.options.url}/follow-up?tab=coming")
    rows = liu.page.locator("#task-rows tr")
    await expect(rows.first).to_be_visible()
    await liu.loaded()
    await liu.page.evaluate("window.here = true")
    places = await rows.evaluate_all(IDS)
    director, patient = Director(system), Patient.new()
    person = await discharged(director, patient)
    waits = liu.page.get_by_role("button", name="条新内容")
    await expect(waits).to_be_visible()
    assert await rows.evaluate_all(IDS) == places
    await picture(liu.page, "console-live-followup-zh")
    assert await liu.accessible() == []
    await director.rest()
    await waits.click()
    own = rows.filter(has=liu.page.locator(f"a[href='/persons/{person}']"))
    await expect(own.first).to_contain_text("王秀英")
    await director.mllp(patient.says("ADT^A13", "BACK", director.clock().astimezone(SHANGHAI)))
    await expect(own.first).to_have_class("gone")
    assert await liu.page.evaluate("window.here === true")
    assert liu.faults == []
    await director.http.aclose()
