"""The console as its people use it: sign in, find a person, see what happened, ask for emergency access."""

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.support.systems import FIRST, Patient, discharged, next_thursday

pytestmark = pytest.mark.browser
TEXTS = {
    "zh": {"find": "查找患者", "open": "打开", "follow-up": "随访", "coming": "待执行", "discharged": "出院"},
    "en": {
        "find": "Find a person",
        "open": "Open",
        "follow-up": "Follow-up",
        "coming": "to come",
        "discharged": "Discharged",
    },
}


async def patient_of(system: System) -> Patient:
    """Somebody who was just discharged from cardiology."""
    director, patient = Director(system), Patient.new()
    director.clock.set(next_thursday(director.clock() if director.clock.anchor() else FIRST), 0)
    await discharged(director, patient)
    await director.rest()
    await director.http.aclose()
    return patient


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_nurse_finds_her_patient_and_sees_what_is_to_come(
    system: System, browser: Browser, language: str
) -> None:
    patient, texts = await patient_of(system), TEXTS[language]
    tab = await Tab.opened(browser, system, language)
    await tab.page.goto(f"{system.options.url}/")
    assert await tab.accessible() == []
    await picture(tab.page, f"console-sign-in-{language}")
    await tab.sign_in("liu-nurse")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await expect(tab.page.get_by_role("heading", name=texts["find"])).to_be_visible()
    assert patient.mrn not in tab.page.url
    assert await tab.accessible() == []
    await picture(tab.page, f"console-find-{language}")
    await tab.page.get_by_role("link", name=texts["open"]).click()
    plans = tab.page.get_by_role("region", name=texts["follow-up"])
    await expect(plans.get_by_text(texts["coming"]).first).to_be_visible()
    timeline = tab.page.locator("#timeline")
    await expect(timeline.locator("li").get_by_text(texts["discharged"]).first).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, f"console-person-{language}")
    assert tab.faults == []


async def test_the_timeline_shows_one_kind_without_a_new_page(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await tab.page.get_by_role("link", name="打开").click()
    entries = tab.page.locator("#timeline li")
    await expect(entries.nth(1)).to_be_visible()
    await tab.page.evaluate("window.here = true")
    await tab.page.locator("#timeline select").select_option(label="出院")
    await expect(entries).to_have_count(1)
    assert await tab.page.evaluate("window.here === true")
    assert tab.faults == []


async def test_an_agent_without_a_relation_gives_a_reason_first(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("wang-agent")
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await expect(tab.page.get_by_text("无权查看")).to_be_visible()
    await tab.page.get_by_role("link", name="打开").click()
    await expect(tab.page.get_by_role("heading", name="紧急访问")).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, "console-refused-zh")
    await tab.page.locator("textarea[name=reason]").fill("患者来电称胸痛，需要立即了解出院医嘱")
    await tab.page.get_by_role("button", name="打开档案").click()
    await expect(tab.page.get_by_role("region", name="随访")).to_be_visible()
    assert tab.faults == []


async def test_two_people_in_two_browsers_are_two_people(system: System, browser: Browser) -> None:
    nurse, agent = await Tab.opened(browser, system), await Tab.opened(browser, system)
    await nurse.sign_in("liu-nurse")
    await agent.page.goto(f"{system.options.url}/find")
    await expect(agent.page.locator("input[name=password]")).to_be_visible()
    await agent.sign_in("wang-agent")
    for tab, name in ((nurse, "刘护士"), (agent, "王坐席")):
        await tab.page.reload()
        await expect(tab.page.get_by_text(name)).to_be_visible()


async def test_without_a_mouse_a_person_is_found(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.page.goto(f"{system.options.url}/")
    for word in ("liu-nurse", system.users["liu-nurse"]):
        await tab.page.keyboard.type(word)
        await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.press("Enter")
    await tab.page.get_by_role("navigation").wait_for()
    await tab.loaded()
    await tab.page.keyboard.press("/")
    await tab.page.get_by_role("heading", name="查找患者").wait_for()
    await tab.page.keyboard.press("Shift+Tab")
    await tab.page.keyboard.type("CITY-HOSPITAL")
    await tab.page.keyboard.press("Shift+Tab")
    await tab.page.keyboard.press("ArrowDown")
    for _ in range(2):
        await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.type(patient.mrn)
    await tab.page.keyboard.press("Enter")
    link = tab.page.get_by_role("link", name="打开")
    await link.focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.get_by_role("region", name="随访")).to_be_visible()
