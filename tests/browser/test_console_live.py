"""Pages that stay current: another's change appears, typing survives, tabs share a stream, the console may die."""

import os
import signal

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import Tab, picture
from tests.conftest import SHANGHAI
from tests.support.eventually import eventually
from tests.support.systems import Patient, person_of

pytestmark = pytest.mark.browser
DRAFT = "患者说伤口有渗液，已请她明天"
ADD_FORM = """(part) => {
  const form = document.createElement("form");
  form.id = "composer";
  form.innerHTML = '<label>草稿 <textarea name="note"></textarea></label>';
  document.querySelector(part).append(form);
}"""
"""A form inside a live part, as screens have them."""


async def on_the_page_of(browser: Browser, system: System, patient: Patient) -> Tab:
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await tab.page.get_by_role("link", name="打开").click()
    await expect(tab.page.get_by_role("region", name="随访")).to_be_visible()
    await tab.loaded()
    return tab


async def streams(system: System) -> int:
    assert system.backends is not None
    answer = await system.backends.ask("console", "/internal/status")
    return int(answer.get("streams", -1))


async def calls(system: System, patient: Patient, summary: str) -> None:
    """Somebody else notes a call of this patient."""
    director = Director(system)
    person = await person_of(director, patient)
    body = {
        "touchpoint_id": f"call-{summary}-{patient.mrn}",
        "at": director.clock().isoformat(),
        "identifiers": [{"system": "MRN:CITY-HOSPITAL", "value": patient.mrn}],
        "channel": "phone",
        "direction": "inbound",
        "summary": summary,
    }
    await director.post("/contacts/v1/touchpoints", body)
    await director.http.aclose()
    assert person


async def not_discharged(system: System, patient: Patient) -> None:
    director = Director(system)
    await director.mllp(patient.says("ADT^A13", "UNDO", director.clock().astimezone(SHANGHAI)))
    await director.http.aclose()


def timeline(page: Page, text: str) -> object:
    return page.locator("#timeline-rows").get_by_text(text)


async def test_what_another_does_appears_on_the_open_page(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await on_the_page_of(browser, system, patient)
    await eventually(lambda: streams(system), lambda count: count >= 1)
    await tab.page.evaluate("window.here = true")
    await calls(system, patient, "询问复诊时间")
    await expect(timeline(tab.page, "询问复诊时间")).to_be_visible()  # type: ignore[arg-type]
    tasks = tab.page.locator("#part-tasks li")
    await expect(tasks.get_by_text("待执行").first).to_be_visible()
    await not_discharged(system, patient)
    await expect(tasks.get_by_text("已取消").first).to_be_visible()
    assert await tab.page.evaluate("window.here === true")
    await picture(tab.page, "console-live-zh")
    assert await tab.accessible() == []
    assert tab.faults == []


async def test_what_somebody_types_survives_and_rows_keep_their_places(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await on_the_page_of(browser, system, patient)
    for part in ("#part-tasks", "#timeline"):
        await tab.page.evaluate(ADD_FORM, part)
    box = tab.page.locator("#timeline textarea[name=note]")
    await tab.page.locator("#part-tasks textarea[name=note]").fill(DRAFT)
    await box.press_sequentially(DRAFT[:8])
    await tab.page.locator("#timeline-rows li").first.evaluate("(row) => { row.tabIndex = 0; }")
    await calls(system, patient, "第一个电话")
    await expect(timeline(tab.page, "第一个电话")).to_be_visible()  # type: ignore[arg-type]
    await box.press_sequentially(DRAFT[8:])
    await expect(box).to_have_value(DRAFT)
    await not_discharged(system, patient)
    await expect(tab.page.locator("#part-tasks li").get_by_text("已取消").first).to_be_visible()
    await expect(tab.page.locator("#part-tasks textarea[name=note]")).to_have_value(DRAFT)
    assert tab.faults == []


async def test_arrivals_wait_while_somebody_reads_the_list(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await on_the_page_of(browser, system, patient)
    await tab.page.locator("#timeline-rows li").first.evaluate("(row) => getSelection().selectAllChildren(row)")
    before = await tab.page.locator("#timeline-rows li").all_inner_texts()
    await calls(system, patient, "又来电话")
    button = tab.page.get_by_role("button", name="1 条新内容")
    await expect(button).to_be_visible()
    assert len(await tab.page.locator("#timeline-rows li").all_inner_texts()) == len(before)
    await picture(tab.page, "console-live-waiting-zh")
    assert await tab.accessible() == []
    await button.click()
    await expect(timeline(tab.page, "又来电话")).to_be_visible()  # type: ignore[arg-type]
    await expect(button).to_have_count(0)
    assert tab.faults == []


async def test_ten_tabs_hold_one_stream_and_lose_nothing_when_its_tab_closes(system: System, browser: Browser) -> None:
    for context in browser.contexts:
        await context.close()
    await eventually(lambda: streams(system), lambda count: count == 0)
    patient = await patient_of(system)
    first = await on_the_page_of(browser, system, patient)
    tabs = [await first.page.context.new_page() for _ in range(9)]
    for page in tabs:
        await page.goto(first.page.url)
    await eventually(lambda: streams(system), lambda count: count == 1)
    await calls(system, patient, "一个电话")
    for page in (first.page, *tabs):
        await expect(timeline(page, "一个电话")).to_be_visible()  # type: ignore[arg-type]
    await first.page.close()
    await calls(system, patient, "读者已关闭")
    for page in tabs:
        await expect(timeline(page, "读者已关闭")).to_be_visible()  # type: ignore[arg-type]
    await eventually(lambda: streams(system), lambda count: count == 1)
    await first.page.context.close()


async def test_a_console_that_dies_comes_back_and_the_draft_is_kept(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await on_the_page_of(browser, system, patient)
    await tab.page.evaluate(ADD_FORM, "#timeline")
    box = tab.page.locator("#timeline textarea[name=note]")
    await box.press_sequentially(DRAFT)
    child = system.supervisor.children["console"]
    pid = child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: child.pid not in (None, pid))
    await calls(system, patient, "控制台重启之后")
    await expect(timeline(tab.page, "控制台重启之后")).to_be_visible()  # type: ignore[arg-type]
    await expect(box).to_have_value(DRAFT)
    await expect(tab.page.locator("#live-note")).to_be_hidden()
    assert tab.faults == []
