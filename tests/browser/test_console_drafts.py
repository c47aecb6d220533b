"""What somebody types outlives a reload, a session that ended and a console that died; nobody else gets to see it."""

import os
import signal

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from console.forms import ACCEPTED
from console.session import COOKIE
from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.test_console_cases import ANSWER, SAYS, case_of, opens
from tests.browser.watching import PATIENCE, Tab, picture
from tests.support.eventually import eventually
from tests.support.systems import person_of

pytestmark = pytest.mark.browser
KEPT = "sessionStorage.getItem('careloop-drafts')"


def box(page: Page) -> Locator:
    return page.locator("#case textarea")


async def writing(browser: Browser, system: System) -> tuple[Tab, str]:
    """Somebody who has begun to write how a case was resolved."""
    case_id = await case_of(system, await patient_of(system))
    tab = await Tab.opened(browser, system)
    await tab.sign_in("zhou-complaints")
    await opens(tab, system, case_id)
    await box(tab.page).press_sequentially(ANSWER)
    return tab, case_id


async def signs_in_again(tab: Tab, system: System, login: str) -> None:
    await tab.page.locator("input[name=login]").fill(login)
    await tab.page.locator("input[name=password]").fill(system.users[login])
    await tab.page.locator("button.main").click()
    await tab.page.get_by_role("navigation").wait_for()
    await tab.loaded()


async def resolves(tab: Tab) -> None:
    await tab.page.locator("#case").get_by_role("button", name="办结").click()


async def test_a_session_that_ends_while_somebody_types_costs_no_word(system: System, browser: Browser) -> None:
    tab, case_id = await writing(browser, system)
    await tab.page.context.clear_cookies(name=COOKIE)
    await resolves(tab)
    await expect(tab.page.locator("input[name=password]")).to_be_visible()
    await signs_in_again(tab, system, "zhou-complaints")
    assert f"/cases/{case_id}" in tab.page.url
    await expect(box(tab.page)).to_have_value(ANSWER)
    await expect(tab.page.get_by_text("已恢复您之前填写但未提交的内容。")).to_be_visible()
    await picture(tab.page, "console-draft-zh")
    assert await tab.accessible() == []
    await resolves(tab)
    await expect(tab.page.get_by_text("工单已办结")).to_be_visible()
    assert await tab.page.evaluate(KEPT) is None
    assert tab.faults == []


async def test_a_text_outlives_a_reload_until_it_is_discarded(system: System, browser: Browser) -> None:
    tab, case_id = await writing(browser, system)
    await tab.page.reload()
    await expect(box(tab.page)).to_have_value(ANSWER)
    await opens(tab, system, await case_of(system, await patient_of(system), "low"))
    await expect(box(tab.page)).to_have_value("")
    await opens(tab, system, case_id)
    await expect(box(tab.page)).to_have_value(ANSWER)
    await tab.page.get_by_role("button", name="放弃").click()
    await expect(box(tab.page)).to_have_value("")
    await tab.page.reload()
    await tab.loaded()
    await expect(box(tab.page)).to_have_value("")
    assert tab.faults == []


async def test_a_console_that_dies_in_the_middle_of_an_answer_costs_no_word(system: System, browser: Browser) -> None:
    tab, case_id = await writing(browser, system)
    child = system.supervisor.children["console"]
    pid = child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await resolves(tab)
    await eventually(lambda: child.pid not in (None, pid))

    async def back() -> bool:
        answer = await tab.page.goto(f"{system.options.url}/cases/{case_id}")
        return answer is not None and answer.status != 503

    await eventually(back, seconds=PATIENCE)
    await tab.loaded()
    if await tab.page.get_by_text("工单已办结").count() == 0:
        await expect(box(tab.page)).to_have_value(ANSWER)
        await resolves(tab)
    await expect(tab.page.get_by_text("工单已办结")).to_be_visible()
    assert await tab.page.evaluate(KEPT) is None


async def test_whoever_signs_out_leaves_nothing_and_nobody_else_sees_it(system: System, browser: Browser) -> None:
    tab, case_id = await writing(browser, system)
    assert ANSWER in await tab.page.evaluate(KEPT)
    await tab.page.get_by_role("button", name="退出登录").click()
    await expect(tab.page.locator("input[name=password]")).to_be_visible()
    assert await tab.page.evaluate(KEPT) is None
    tab, case_id = await writing(browser, system)
    await tab.page.context.clear_cookies(name=COOKIE)
    await resolves(tab)
    await signs_in_again(tab, system, "wu-lead")
    assert f"/cases/{case_id}" in tab.page.url
    await expect(box(tab.page)).to_have_value("")
    assert await tab.page.evaluate(KEPT) is None


async def test_a_text_about_a_case_that_somebody_else_resolved_is_there_to_copy(
    system: System, browser: Browser
) -> None:
    tab, case_id = await writing(browser, system)
    await tab.page.context.clear_cookies(name=COOKIE)
    wu = await Tab.opened(browser, system)
    await wu.sign_in("wu-lead")
    await opens(wu, system, case_id)
    await box(wu.page).fill("已处理")
    await resolves(wu)
    await expect(wu.page.get_by_text("工单已办结")).to_be_visible()
    await resolves(tab)
    await signs_in_again(tab, system, "zhou-complaints")
    await expect(tab.page.get_by_label("您填写的内容已保留，可复制")).to_have_value(ANSWER)
    await picture(tab.page, "console-draft-left-zh")
    assert await tab.accessible() == []


async def test_a_text_about_one_patient_is_not_put_into_the_form_of_another(system: System, browser: Browser) -> None:
    first, second = await patient_of(system), await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    for patient in (first, second):
        await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
        await tab.page.get_by_role("link", name="打开").click()
        await tab.page.get_by_role("button", name="登记来电来访").click()
        await tab.loaded()
        await expect(tab.page.locator("textarea[name=summary]")).to_have_value("")
        if patient is first:
            await tab.page.locator("textarea[name=summary]").fill(SAYS)
    await tab.page.goto(f"{system.options.url}/touchpoint")
    await expect(tab.page.locator("textarea[name=summary]")).to_have_value(SAYS)
    await expect(tab.page.locator("main input[name=value]")).to_have_value(first.mrn)
    assert tab.faults == []


async def test_what_was_sent_and_never_answered_is_done_once_when_it_is_sent_again(
    system: System, browser: Browser
) -> None:
    patient = await patient_of(system)
    director = Director(system)
    person = await person_of(director, patient)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    new_case = f"{system.options.url}/persons/{person}/new-case"
    await tab.page.goto(new_case)
    for name, value in (("category", "complaint"), ("severity", "low"), ("source", "phone")):
        await tab.page.locator(f"select[name={name}]").select_option(value)
    await tab.page.locator("textarea[name=description]").fill(SAYS)
    keys: list[str] = []

    async def lost(route: Route) -> None:
        keys.append(route.request.post_data_json["key"])
        await route.fetch(max_redirects=0)
        await route.fulfill(status=503, content_type="text/html", body="<p>away</p>")

    await tab.page.route("**/new-case", lost, times=1)
    await tab.page.get_by_role("button", name="登记投诉").click()
    await expect(tab.page.get_by_text("away")).to_be_visible()
    await tab.page.context.clear_cookies(name=ACCEPTED)  # it came with the answer, which is lost
    await tab.page.goto(new_case)
    await expect(tab.page.locator("textarea[name=description]")).to_have_value(SAYS)
    assert await tab.page.locator("input[name=key]").input_value() == keys[0]
    await tab.page.get_by_role("button", name="登记投诉").click()
    await expect(tab.page.locator("#case").get_by_text(SAYS)).to_be_visible()
    await director.rest()
    assert len((await director.careloop.complaints.list_cases(person=person)).data) == 1
    await director.http.aclose()
