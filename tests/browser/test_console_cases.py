"""Cases in the browser: take and resolve one, two people on the same one, without a mouse, opened by hand."""

import pytest
from playwright.async_api import Browser, expect

from careloop_client.complaints.models import NewCase
from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.support.systems import Patient, person_of

pytestmark = pytest.mark.browser
TEXTS = {
    "zh": {
        "queue": "投诉工单",
        "case": "投诉",
        "take": "由我处理",
        "resolve": "办结",
        "done": "工单已办结",
        "mine": "我的工单",
    },
    "en": {
        "case": "Complaint",
        "take": "Take it",
        "resolve": "Resolve",
        "done": "The case is resolved",
        "mine": "My cases",
    },
}
SAYS = "换药时等候两小时，无人解释"
ANSWER = "已致电道歉并说明原因，患者表示接受"


async def case_of(system: System, patient: Patient, severity: str = "high", department: str = "CARD") -> str:
    """The id of a case that is opened for a patient."""
    director = Director(system)
    person = await person_of(director, patient)
    values = {"category": "complaint", "severity": severity, "source": "phone", "department": department}
    case = NewCase.model_validate({"person_id": person, "description": SAYS, **values})
    done = await director.careloop.complaints.open_case(case)
    await director.rest()
    await director.http.aclose()
    return done.aggregate


async def opens(tab: Tab, system: System, case_id: str) -> None:
    """The case in the split view, opened from the queue."""
    await tab.page.goto(f"{system.options.url}/cases")
    await tab.page.locator(f'table a[href*="{case_id}"]').click()
    await expect(tab.page.locator("#case article")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_complaint_officer_takes_a_case_and_resolves_it(
    system: System, browser: Browser, language: str
) -> None:
    case_id, texts = await case_of(system, await patient_of(system)), TEXTS[language]
    tab = await Tab.opened(browser, system, language)
    await tab.sign_in("zhou-complaints")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
        await tab.page.get_by_role("link", name="Cases").wait_for()
    await tab.page.goto(f"{system.options.url}/cases")
    await tab.page.evaluate("window.here = true")
    await tab.page.locator(f'table a[href*="{case_id}"]').click()
    case = tab.page.locator("#case")
    await expect(case.get_by_text(SAYS)).to_be_visible()
    assert await tab.page.evaluate("window.here === true"), "the list stays"
    assert case_id in tab.page.url
    assert await tab.accessible() == []
    await picture(tab.page, f"console-cases-{language}")
    await case.get_by_role("button", name=texts["take"]).click()
    await expect(case.get_by_role("button", name=texts["take"])).to_have_count(0)
    await expect(case.locator("dl").get_by_text("周专员")).to_be_visible()
    await tab.page.goto(f"{system.options.url}/desk")
    await expect(tab.page.get_by_role("heading", name=texts["mine"])).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, f"console-desk-{language}")
    await tab.page.locator(f'table a[href*="{case_id}"]').click()
    await case.locator("textarea").fill(ANSWER)
    await case.get_by_role("button", name=texts["resolve"]).click()
    await expect(tab.page.get_by_text(texts["done"])).to_be_visible()
    await expect(tab.page.locator(f'table a[href*="{case_id}"]')).to_have_count(0)
    assert await tab.accessible() == []
    assert tab.faults == []


async def test_who_comes_second_is_told_what_changed_and_keeps_her_text(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    first, second = await Tab.opened(browser, system), await Tab.opened(browser, system)
    await first.sign_in("zhou-complaints")
    await second.sign_in("wu-lead")
    for tab in (first, second):
        await opens(tab, system, case_id)
    case = second.page.locator("#case")
    await case.locator("textarea").fill(ANSWER)  # what somebody types at is not brought up to date beneath them
    await first.page.get_by_role("button", name="由我处理").click()
    await expect(first.page.locator("#case dl").get_by_text("周专员")).to_be_visible()
    await case.get_by_role("button", name="办结").click()
    await expect(case.get_by_role("alert")).to_contain_text("他人已变更该工单")
    await expect(case.locator(".changed")).to_contain_text("分派: 周专员")
    await expect(case.locator("textarea")).to_have_value(ANSWER)
    assert await second.accessible() == []
    await picture(second.page, "console-case-changed-zh")
    await first.page.locator("#case textarea").fill("重复处理")
    await case.get_by_role("button", name="办结").click()
    await expect(second.page.get_by_text("工单已办结")).to_be_visible()
    await first.page.locator("#case").get_by_role("button", name="办结").click()
    await expect(first.page.locator("#case textarea")).to_have_value("重复处理")
    await expect(first.page.locator("#case").get_by_role("alert")).to_contain_text("已由他人办结")
    assert await first.accessible() == []
    await picture(first.page, "console-case-gone-zh")
    assert first.faults == second.faults == []


async def test_without_a_mouse_a_case_is_taken_and_resolved(system: System, browser: Browser) -> None:
    case_id = await case_of(system, await patient_of(system))
    tab = await Tab.opened(browser, system)
    await tab.sign_in("zhou-complaints")
    keys = tab.page.keyboard
    await keys.press("g")
    await keys.press("c")
    await expect(tab.page.get_by_role("heading", name="投诉与工单")).to_be_visible()
    links = tab.page.locator("table[data-list] tbody a")
    hrefs = [await each.get_attribute("href") or "" for each in await links.all()]
    for _ in range(1 + next(at for at, href in enumerate(hrefs) if case_id in href)):
        await keys.press("j")
    await keys.press("Enter")
    await expect(tab.page.locator("#case h2").first).to_be_focused()
    for _ in range(2):
        await keys.press("Tab")
    await expect(tab.page.get_by_role("button", name="由我处理")).to_be_focused()
    await keys.press("Enter")
    await expect(tab.page.locator("#case dl").get_by_text("周专员")).to_be_visible()
    await tab.page.locator("#case textarea").focus()
    await keys.type("g?jk/ done")
    await expect(tab.page.locator("#case textarea")).to_have_value("g?jk/ done")
    await expect(tab.page.locator("#keys")).to_be_hidden()
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(tab.page.get_by_text("工单已办结")).to_be_visible()
    assert tab.faults == []


async def test_the_keys_are_explained_and_can_be_switched_off(system: System, browser: Browser) -> None:
    tab = await Tab.opened(browser, system)
    await tab.sign_in("zhou-complaints")
    dialog, keys = tab.page.locator("#keys"), tab.page.keyboard
    await keys.press("?")
    await expect(dialog).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, "console-keys-zh")
    await tab.page.get_by_label("在本浏览器启用快捷键").uncheck()
    await keys.press("Escape")
    await tab.page.reload()
    await keys.press("?")
    await keys.press("g")
    await keys.press("f")
    await expect(dialog).to_be_hidden()
    assert tab.page.url.endswith("/desk")
    await tab.page.get_by_role("button", name="快捷键").click()
    await tab.page.get_by_label("在本浏览器启用快捷键").check()
    await keys.press("Escape")
    composing = "new KeyboardEvent('keydown', {key: '?', isComposing: true, bubbles: true})"
    await tab.page.evaluate(f"document.body.dispatchEvent({composing})")
    await expect(dialog).to_be_hidden()
    await tab.page.locator("body").focus()
    await keys.press("/")
    await expect(tab.page.get_by_role("heading", name="查找患者")).to_be_visible()
    assert tab.faults == []


async def test_an_agent_notes_a_call_and_opens_a_case(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("wang-agent")
    await tab.page.goto(f"{system.options.url}/touchpoint")
    assert await tab.accessible() == []
    await tab.page.locator("select[name=kind]").select_option("MRN")
    await tab.page.locator("input[name=issuer]").fill("CITY-HOSPITAL")
    await tab.page.locator("main input[name=value]").fill(patient.mrn)
    await tab.page.locator("textarea[name=summary]").fill("来电反映等候时间过长")
    await tab.page.get_by_role("button", name="登记", exact=True).click()
    await expect(tab.page.get_by_text("已登记。")).to_be_visible()
    assert patient.mrn not in tab.page.url
    assert await tab.accessible() == []
    await picture(tab.page, "console-touchpoint-zh")
    director = Director(system)
    await director.rest()
    await director.http.aclose()
    await tab.page.get_by_role("status").get_by_role("link", name="登记投诉").click()
    await tab.page.locator("input[name=department]").fill("HOTLINE")
    await tab.page.locator("textarea[name=description]").fill(SAYS)
    assert await tab.accessible() == []
    await picture(tab.page, "console-new-case-zh")
    await tab.page.get_by_role("button", name="登记投诉").click()
    await expect(tab.page.locator("#case").get_by_text(SAYS)).to_be_visible()
    await expect(tab.page.get_by_role("button", name="办结")).to_have_count(0)
    assert tab.faults == []
