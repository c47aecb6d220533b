"""Messages that nobody knows of, and who looked at whom, as people settle and review them at the console."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import Tab, picture

pytestmark = pytest.mark.browser


@pytest.fixture
async def silent(system: System) -> AsyncIterator[None]:
    """A relay that breaks the connection once it has the mail."""
    takes = system.mailbox.handle_DATA

    async def breaks(server: Any, session: Any, envelope: Any) -> str:
        server.transport.abort()
        return "250 taken"

    system.mailbox.handle_DATA = breaks  # type: ignore[method-assign]
    yield
    system.mailbox.handle_DATA = takes  # type: ignore[method-assign]


async def test_a_nurse_settles_a_message_that_nobody_knows_of(system: System, browser: Browser, silent: None) -> None:
    patient = await patient_of(system)
    director = Director(system)
    await director.at(director.clock() + timedelta(days=1))
    await director.rest()
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    await tab.page.get_by_role("navigation").get_by_role("link", name="消息").click()
    unknown = tab.page.get_by_role("region", name="以下消息是否送达不明")
    await expect(unknown).to_be_visible()
    await unknown.get_by_text("未收到", exact=True).first.click()
    assert await tab.accessible() == []
    await picture(tab.page, "console-messages-zh")
    system.mailbox.handle_DATA = type(system.mailbox).handle_DATA.__get__(system.mailbox)  # type: ignore[method-assign]
    before = await unknown.locator("li").count()
    await unknown.get_by_role("button", name="重新发送").first.click()
    await expect(unknown.locator("li")).to_have_count(before - 1)
    await director.rest()
    assert [mail.to for mail in director.mails_to(patient.mail)] == [patient.mail]
    await tab.page.locator("select[name=status]").select_option("delivered")
    await tab.page.get_by_role("button", name="显示").click()
    await expect(tab.page.get_by_text("由 刘护士 确认").first).to_be_visible()
    assert tab.faults == []
    await director.http.aclose()


async def test_messages_say_in_english_what_became_of_them(system: System, browser: Browser) -> None:
    await patient_of(system)
    director = Director(system)
    await director.at(director.clock() + timedelta(days=1))
    await director.rest()
    await director.http.aclose()
    tab = await Tab.opened(browser, system, "en")
    await tab.sign_in("liu-nurse")
    await tab.page.get_by_role("button", name="English").click()
    await tab.page.goto(f"{system.options.url}/messages?status=delivered")
    await expect(tab.page.get_by_text("It arrived").first).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, "console-messages-en")
    assert tab.faults == []


async def test_an_emergency_access_is_seen_and_reviewed(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    agent, officer = await Tab.opened(browser, system), await Tab.opened(browser, system)
    await agent.sign_in("wang-agent")
    await agent.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await agent.page.get_by_role("link", name="打开").click()
    await agent.page.locator("textarea[name=reason]").fill("患者来电称胸痛，需要立即了解出院医嘱")
    await agent.page.get_by_role("button", name="打开档案").click()
    await expect(agent.page.get_by_role("region", name="随访")).to_be_visible()
    await officer.sign_in("qian-privacy")
    await officer.page.get_by_role("navigation", name="界面").get_by_role("link", name="访问审计").click()
    await expect(officer.page.get_by_role("row").get_by_text("王坐席").first).to_be_visible()
    assert await officer.accessible() == []
    await picture(officer.page, "console-accesses-zh")
    await officer.page.get_by_role("link", name="紧急访问审核").click()
    waiting = officer.page.locator("main section.card")
    before = await waiting.count()
    await waiting.first.locator("summary").click()
    await waiting.first.locator("input[value=no]").check()
    await waiting.first.locator("textarea").fill("与来电内容不符")
    assert await officer.accessible() == []
    await picture(officer.page, "console-reviews-zh")
    await waiting.first.get_by_role("button", name="提交审核结论").click()
    await expect(waiting).to_have_count(before - 1)
    await officer.page.get_by_role("link", name="同时显示已审核的").click()
    await expect(officer.page.get_by_text("与来电内容不符").first).to_be_visible()
    await agent.page.reload()
    await expect(agent.page.get_by_role("heading", name="紧急访问")).to_be_visible()
    assert officer.faults == []
