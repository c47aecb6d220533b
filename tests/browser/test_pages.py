"""The pages people see, in a real browser: the survey as a patient fills it in on a phone, the mailbox."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.watching import picture
from tests.support.systems import FIRST, Patient, discharged, next_thursday

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


async def survey_link(system: System) -> str:
    director, patient = Director(system), Patient.new()
    director.clock.set(next_thursday(director.clock() if director.clock.anchor() else FIRST), 0)
    await discharged(director, patient)
    for days in (1, 7):
        await director.at(director.clock() + timedelta(days=days))
        await director.rest()
    mail = director.mail_to(patient.mail)
    await director.http.aclose()
    return next(word for word in mail.body.split() if "/followup/s/" in word)


async def on_a_phone(browser: Browser) -> Page:
    return await browser.new_page(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]


async def test_a_patient_answers_the_survey_on_a_phone(system: System, browser: Browser) -> None:
    link = await survey_link(system)
    page = await on_a_phone(browser)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    await page.goto(link)
    assert await page.locator("html").get_attribute("lang") == "zh"
    await picture(page, "survey")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.get_by_text("2", exact=True).click()
    await page.get_by_label("您想对我们说些什么").fill("等了很久")
    await page.get_by_role("button", name="提交").click()
    assert await page.get_by_text("感谢您的反馈").is_visible()
    await picture(page, "survey-thanks")
    await page.goto(link)
    assert await page.get_by_text("已经填写过").is_visible()
    assert problems == []


async def test_the_form_cannot_be_sent_without_a_score(system: System, browser: Browser) -> None:
    page = await on_a_phone(browser)
    await page.goto(await survey_link(system))
    await page.get_by_role("button", name="提交").click()
    assert await page.get_by_role("button", name="提交").is_visible()
    assert "/followup/s/" in page.url


async def test_a_broken_link_says_so(system: System, browser: Browser) -> None:
    page = await on_a_phone(browser)
    await page.goto(f"{system.options.url}/followup/s/nonsense")
    assert await page.get_by_text("该链接无效").is_visible()


async def test_the_mailbox_shows_mails_with_working_links(system: System, browser: Browser) -> None:
    link = await survey_link(system)
    page = await on_a_phone(browser)
    await page.goto(f"{system.options.url}/dev/mailbox")
    await picture(page, "mailbox")
    await page.locator(f"a[href='{link}']").click()
    assert await page.get_by_role("button", name="提交").is_visible()
