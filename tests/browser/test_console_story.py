"""The human parts of the demo's story, by a patient on a phone and two people at two desks, one of them in English."""

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_pages import on_a_phone, survey_link
from tests.browser.watching import Tab, picture
from tests.support.eventually import eventually

pytestmark = pytest.mark.browser
UNHAPPY = "出院时没有人向我解释怎么吃药。"
RESOLVED = "已致电患者，药师当面讲解了用药方法。"


async def answers(browser: Browser, link: str) -> None:
    """The patient opens the link of the survey and is not satisfied."""
    page = await on_a_phone(browser)
    await page.goto(link)
    await page.get_by_text("1", exact=True).click()
    await page.get_by_label("您想对我们说些什么").fill(UNHAPPY)
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("感谢您的反馈")).to_be_visible()
    await page.close()


async def opened_case(system: System) -> str:
    """The case that opens because of the answer."""
    director = Director(system)

    async def of_the_answer() -> list[str]:
        cases = (await director.careloop.complaints.list_cases(status="open", limit=500)).data
        return [each.case_id for each in cases if each.description == UNHAPPY]

    [case_id] = await eventually(of_the_answer)
    await director.http.aclose()
    return case_id


async def at_the_queue(browser: Browser, system: System, login: str, language: str) -> Tab:
    tab = await Tab.opened(browser, system, language)
    await tab.sign_in(login)
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.page.goto(f"{system.options.url}/cases")
    return tab


async def test_a_bad_answer_becomes_a_case_that_two_people_bring_to_its_end(system: System, browser: Browser) -> None:
    link = await survey_link(system)
    zhou = await at_the_queue(browser, system, "zhou-complaints", "zh")
    wu = await at_the_queue(browser, system, "wu-lead", "en")
    await answers(browser, link)
    case_id = await opened_case(system)
    for tab, news in ((zhou, "条新内容"), (wu, "new")):
        row = tab.page.locator(f"#row-{case_id}")
        waits = tab.page.get_by_role("button", name=news)
        await expect(waits.or_(row)).to_be_visible()
        if await waits.is_visible():
            await waits.click()
        await row.get_by_role("link").click()
        await expect(tab.page.locator("#case").get_by_text(UNHAPPY)).to_be_visible()
    await expect(wu.page.get_by_text("周专员 is looking at this")).to_be_visible()
    await zhou.page.get_by_role("button", name="由我处理").click()
    await expect(wu.page.locator(f"#row-{case_id}")).to_contain_text("周专员")
    box = zhou.page.locator("#case textarea[name=resolution]")
    await box.press_sequentially(RESOLVED)
    await expect(wu.page.get_by_text("周专员 is writing")).to_be_visible()
    await picture(wu.page, "console-story-en")
    assert await wu.accessible() == []
    await zhou.page.locator("#case").get_by_role("button", name="办结").click()
    await expect(zhou.page.get_by_text("工单已办结")).to_be_visible()
    await expect(wu.page.locator(f"#row-{case_id}")).to_have_class("gone")
    await picture(zhou.page, "console-story-zh")
    assert zhou.faults == wu.faults == []
