"""Cases, the desk and messages stay current while people work in them, and nothing that is typed is lost."""

import re

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.test_console_cases import ANSWER, case_of, opens
from tests.browser.watching import Tab, picture
from tests.conftest import SHANGHAI
from tests.support.systems import Patient

pytestmark = pytest.mark.browser


async def takes(tab: Tab) -> None:
    """Somebody takes the case that is open in their tab."""
    await tab.page.locator("#case").get_by_role("button", name="由我处理").click()
    await expect(tab.page.locator("#case dl").get_by_text("吴班长")).to_be_visible()


def row(tab: Tab, case_id: str) -> Locator:
    return tab.page.locator(f"#row-{case_id}")


def history(tab: Tab, step: str) -> Locator:
    return tab.page.locator("#shown-case ol li").filter(has_text=step)


async def discharged(system: System, patient: Patient) -> None:
    """A discharge, after which messages go out."""
    director = Director(system)
    await director.mllp(patient.says("ADT^A03", "OUT", director.clock().astimezone(SHANGHAI)))
    await director.rest()
    await director.http.aclose()


async def two_at(browser: Browser, system: System, case_id: str) -> tuple[Tab, Tab]:
    zhou, wu = await Tab.opened(browser, system), await Tab.opened(browser, system)
    await zhou.sign_in("zhou-complaints")
    await wu.sign_in("wu-lead")
    for tab in (zhou, wu):
        await opens(tab, system, case_id)
        await tab.page.evaluate("window.here = true")
    return zhou, wu


async def test_what_a_colleague_does_shows_in_the_queue_and_in_the_open_case(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    zhou, wu = await two_at(browser, system, case_id)
    places = await zhou.page.locator("#queue-rows tr").evaluate_all("(rows) => rows.map((row) => row.id)")
    await takes(wu)
    await expect(row(zhou, case_id)).to_contain_text("吴班长")
    await expect(zhou.page.locator("#case dl").get_by_text("吴班长")).to_be_visible()
    await expect(history(zhou, "分派")).to_contain_text("吴班长")
    await expect(row(zhou, case_id)).to_have_attribute("aria-current", "true")
    other = await case_of(system, await patient_of(system), "low")
    waits = zhou.page.get_by_role("button", name="1 条新内容")
    await expect(waits).to_be_visible()
    assert await zhou.page.locator("#queue-rows tr").evaluate_all("(rows) => rows.map((row) => row.id)") == places
    await picture(zhou.page, "console-live-cases-zh")
    assert await zhou.accessible() == []
    await waits.click()
    await expect(row(zhou, other)).to_be_visible()
    await expect(waits).to_have_count(0)
    assert await zhou.page.evaluate("window.here === true")
    assert zhou.faults == wu.faults == []


async def test_an_answer_that_is_being_written_outlives_what_a_colleague_does(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    await case_of(system, await patient_of(system), "low")
    zhou, wu = await two_at(browser, system, case_id)
    case, box = zhou.page.locator("#case"), zhou.page.locator("#case textarea")
    await box.press_sequentially(ANSWER[:6])
    await takes(wu)
    await expect(history(zhou, "分派")).to_contain_text("吴班长")
    await expect(box).to_be_focused()
    await box.press_sequentially(ANSWER[6:])
    await case.locator("h2").first.focus()
    await wu.page.locator("#case textarea").fill("已处理")
    await wu.page.locator("#case").get_by_role("button", name="办结").click()
    await expect(wu.page.get_by_text("工单已办结")).to_be_visible()
    await expect(case.get_by_role("alert")).to_contain_text("已由他人办结")
    await expect(row(zhou, case_id)).to_have_class("gone")
    await expect(box).to_have_value(ANSWER)
    await expect(zhou.page.get_by_text("已恢复")).to_have_count(0)  # it was never gone, so nothing had to come back
    await picture(zhou.page, "console-live-case-resolved-zh")
    assert await zhou.accessible() == []
    await case.get_by_role("button", name="办结").click()
    await expect(case.get_by_role("alert")).to_contain_text("已由他人办结")
    await expect(case.locator("textarea")).to_have_value(ANSWER)
    assert zhou.faults == wu.faults == []


async def test_the_only_row_of_a_queue_stays_struck_out_when_a_colleague_takes_the_case(
    system: System, browser: Browser
) -> None:
    case_id = await case_of(system, await patient_of(system), department="ONE-BED")
    zhou, wu = await two_at(browser, system, case_id)
    await zhou.page.goto(f"{system.options.url}/cases?status=open&department=ONE-BED")
    await expect(zhou.page.locator("#queue-rows tr")).to_have_count(1)
    await zhou.loaded()
    await takes(wu)
    await expect(row(zhou, case_id)).to_have_class("gone")
    await expect(row(zhou, case_id)).to_be_visible()
    assert zhou.faults == wu.faults == []


@pytest.mark.parametrize("cut", [True, False])
async def test_a_row_that_may_have_moved_to_the_next_page_is_not_struck_out(
    system: System, browser: Browser, cut: bool
) -> None:
    for _ in range(2):
        await case_of(system, await patient_of(system))
    tab = await Tab.opened(browser, system)
    await tab.sign_in("zhou-complaints")
    await tab.page.goto(f"{system.options.url}/cases")
    await tab.loaded()
    rows = tab.page.locator("#queue-rows tr")
    last, before = await rows.last.get_attribute("id"), await rows.count()

    async def without_the_last(route: Route) -> None:
        answer = await route.fetch()
        text = await answer.text()
        if text.count('<tr id="row-') > before:
            text = re.sub(rf'<tr id="{last}".*?</tr>', "", text, flags=re.DOTALL)
        await route.fulfill(response=answer, body=text.replace(" data-gone=", " data-cut data-gone=") if cut else text)

    await tab.page.route("**/cases?*", without_the_last)
    await case_of(system, await patient_of(system), "low")
    await expect(tab.page.get_by_role("button", name="1 条新内容")).to_be_visible()
    row = tab.page.locator(f"#{last}")
    assert ("gone" in (await row.get_attribute("class") or "")) is not cut
    assert ("已不在此列表中" in await row.inner_text()) is not cut
    await tab.page.unroute_all(behavior="wait")


async def test_a_text_that_was_refused_stays_when_something_changes_after(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    zhou, wu = await two_at(browser, system, case_id)
    await zhou.page.locator("#case textarea").fill(ANSWER)
    await zhou.page.locator("#case textarea").evaluate("(box) => { box.form.revision.value = 0; }")
    await zhou.page.locator("#case").get_by_role("button", name="办结").click()
    await expect(zhou.page.locator("#case").get_by_role("alert")).to_be_visible()
    await zhou.loaded()
    await takes(wu)
    await expect(history(zhou, "分派")).to_contain_text("吴班长")
    await expect(zhou.page.locator("#case textarea")).to_have_value(ANSWER)
    assert zhou.faults == wu.faults == []


async def test_the_desk_and_the_messages_stay_current(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    case_id = await case_of(system, patient)
    wu = await Tab.opened(browser, system)
    await wu.sign_in("wu-lead")
    messages = await wu.page.context.new_page()
    await messages.goto(f"{system.options.url}/messages")
    await expect(messages.get_by_role("heading", name="消息")).to_be_visible()
    before = await messages.locator("#message-rows tr").count()
    await wu.page.goto(f"{system.options.url}/desk")
    await wu.loaded()
    other = await Tab.opened(browser, system)
    await other.sign_in("zhou-complaints")
    await opens(other, system, case_id)
    await other.page.locator("#case select[name=assignee]").select_option("wu-lead")
    await other.page.locator("#case").get_by_role("button", name="分派", exact=True).click()
    mine = wu.page.locator("#my-cases")
    await expect(mine.get_by_role("button", name="条新内容").or_(row(wu, case_id))).to_be_visible()
    assert await wu.accessible() == []
    await wu.page.close()
    await messages.bring_to_front()
    await discharged(system, await patient_of(system))
    await case_of(system, patient)
    news = messages.get_by_role("button", name="条新内容")
    await expect(news.or_(messages.locator(f"#message-rows tr >> nth={before}"))).to_be_visible()
    await messages.close()
    assert wu.faults == other.faults == []
