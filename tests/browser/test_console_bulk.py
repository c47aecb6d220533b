"""Quick hands: many cases at once, chosen and assigned with progress; and keys for what an open case lets one do."""

import pytest
from playwright.async_api import Browser, expect

from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.test_console_cases import case_of, opens
from tests.browser.watching import Tab, picture

pytestmark = pytest.mark.browser


async def test_chosen_cases_are_assigned_together(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    mine = [await case_of(system, patient, "low") for _ in range(7)]
    tab = await Tab.opened(browser, system)
    await tab.sign_in("zhou-complaints")
    await tab.page.goto(f"{system.options.url}/cases?status=open")
    for case_id in mine:
        await tab.page.get_by_label(f"选中工单 {case_id}").check()
    later = await case_of(system, await patient_of(system), "low")
    await expect(tab.page.get_by_role("button", name="1 条新内容")).to_be_visible()
    for case_id in mine:
        await expect(tab.page.get_by_label(f"选中工单 {case_id}")).to_be_checked()
    await tab.page.locator("#bulk select").select_option("wu-lead")
    await tab.page.locator("#bulk").get_by_role("button", name="分派").click()
    await expect(tab.page.locator("#bulk-done").get_by_text("已将 7 件工单中的 7 件分派给吴班长")).to_be_visible()
    for case_id in mine:
        await expect(tab.page.locator(f"#row-{case_id}")).to_have_class("gone")
    await tab.page.goto(f"{system.options.url}/cases?status=assigned")
    for case_id in mine:
        await expect(tab.page.locator(f"#row-{case_id}")).to_contain_text("吴班长")
    await expect(tab.page.locator(f"#row-{later}")).to_have_count(0)
    assert await tab.accessible() == []
    assert tab.faults == []
    await picture(tab.page, "console-bulk-zh")


async def test_keys_lead_to_what_an_open_case_lets_one_do(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    tab = await Tab.opened(browser, system)
    await tab.sign_in("zhou-complaints")
    await opens(tab, system, case_id)
    for key, field in (("r", "textarea[name=resolution]"), ("a", "select[name=assignee]")):
        await tab.page.locator("#case h2").first.focus()
        await tab.page.keyboard.press(key)
        await expect(tab.page.locator(f"#shown-case {field}")).to_be_focused()
    await tab.page.keyboard.press("r")
    await expect(tab.page.locator("#shown-case select[name=assignee]")).to_be_focused()  # keys are for typing here
    await tab.page.locator("#case h2").first.focus()
    await tab.page.keyboard.press(".")
    await expect(tab.page.locator("#palette input[name=q]")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await tab.page.keyboard.press("n")
    await expect(tab.page.get_by_role("heading", name="来电来访登记")).to_be_visible()
    assert tab.faults == []
