"""What nurses see of diagnoses, allergies, results and spend, what changed, and whom they follow up."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.conftest import SHANGHAI
from tests.support.hl7 import segment
from tests.support.systems import Patient

pytestmark = pytest.mark.browser
RESULT = "\r".join(
    [
        segment("OBR", {1: "1", 2: "P1", 3: "F1", 4: "K^血清钾^L", 24: "LAB", 25: "F"}),
        segment("OBX", {1: "1", 2: "NM", 3: "K^钾^L", 5: "6.8", 8: "HH", 11: "F"}),
    ]
)
CHARGES = "FT1|1|C1||||CG|CAG^冠状动脉造影|||1|3200.00\rFT1|2|C2||||CG|STENT^药物支架|||1|12800.50\r"


async def told(system: System, patient: Patient, allergies: str) -> str:
    """The hospital states allergies, a critical result and charges an hour later; the time before, as it is typed."""
    director = Director(system)
    before = director.clock().astimezone(SHANGHAI) + timedelta(minutes=1)
    await director.at(before + timedelta(hours=1))
    at = director.clock().astimezone(SHANGHAI)
    await director.mllp(patient.says("ADT^A08", "ALLERGY", at) + allergies)
    await director.mllp(patient.says("ORU^R01", "RESULT", at) + RESULT + "\r")
    await director.mllp(patient.says("DFT^P03", "CHARGE", at) + CHARGES)
    await director.rest()
    await director.http.aclose()
    return f"{before:%Y-%m-%dT%H:%M}"


async def opened(tab: Tab, patient: Patient, language: str) -> None:
    """A nurse opens the page of her patient."""
    await tab.sign_in("liu-nurse")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await tab.page.get_by_role("link", name={"zh": "打开", "en": "Open"}[language]).click()


async def test_a_nurse_sees_allergies_under_the_name_and_what_changed(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    before = await told(system, patient, "AL1|1|DA|^青霉素\r")
    tab = await Tab.opened(browser, system)
    await opened(tab, patient, "zh")
    await expect(tab.page.locator("#allergies").get_by_text("青霉素")).to_be_visible()
    await expect(tab.page.get_by_role("region", name="诊断").get_by_text("急性心肌梗死")).to_be_visible()
    results = tab.page.get_by_role("region", name="检查检验结果")
    await expect(results.get_by_text("血清钾")).to_be_visible()
    await expect(results.get_by_text("危急值")).to_be_visible()
    spend = tab.page.get_by_role("region", name="费用")
    await expect(spend.get_by_text("16,000.50")).to_be_visible()
    await spend.get_by_text("最近的费用明细").click()
    await expect(spend.get_by_text("药物支架")).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, "console-person-clinical-zh")
    await tab.page.get_by_role("link", name="两个时点之间的变化").click()
    await tab.page.locator("input[name=since]").fill(before)
    await tab.page.get_by_role("button", name="比对").click()
    changes = tab.page.get_by_role("table")
    await expect(changes.get_by_role("row", name="过敏史 · 青霉素")).to_contain_text("过敏")
    await expect(changes.get_by_role("row", name="检查检验结果 · 血清钾")).to_contain_text("危急值")
    assert await changes.get_by_role("row", name="就诊").count() == 0, "the stay was known before"
    assert await tab.accessible() == []
    await picture(tab.page, "console-changes-zh")
    await tab.page.locator("input[name=until]").fill(before)
    await tab.page.get_by_role("button", name="比对").click()
    await expect(tab.page.get_by_role("alert")).to_have_text("第一个时间必须早于第二个时间。")
    assert tab.faults == []


async def test_that_no_allergy_is_known_is_said_in_english(system: System, browser: Browser) -> None:
    patient, other = await patient_of(system), await patient_of(system)
    await told(system, patient, "AL1|1|DA|NKDA^No known drug allergies\r")
    tab = await Tab.opened(browser, system, "en")
    await opened(tab, patient, "en")
    await expect(tab.page.locator("#allergies")).to_contain_text("No known drug allergy (No known drug allergies")
    await expect(tab.page.get_by_role("region", name="Results").get_by_text("Critical")).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, "console-person-clinical-en")
    await tab.find("MRN", other.mrn, "CITY-HOSPITAL")
    await tab.page.get_by_role("link", name="Open").click()
    await expect(tab.page.locator("#allergies")).to_contain_text(
        "The hospital has stated nothing about allergies. Ask."
    )
    address = tab.page.url
    await tab.page.goto(f"{address}?known_at=yesterday")
    await expect(tab.page.get_by_role("alert")).to_contain_text("This is no time")
    assert tab.faults == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_nurse_follows_up_by_what_is_due(system: System, browser: Browser, language: str) -> None:
    patient = await patient_of(system)
    texts = {
        "zh": {"list": "随访清单", "coming": "待随访", "unanswered": "未回复", "name": "王秀英"},
        "en": {"list": "Follow-up list", "coming": "Coming", "unanswered": "Not answered", "name": "王秀英"},
    }[language]
    tab = await Tab.opened(browser, system, language)
    await tab.sign_in("liu-nurse")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.page.get_by_role("navigation").first.get_by_role("link", name=texts["list"]).click()
    assert await tab.accessible() == []
    await tab.page.get_by_role("link", name=texts["coming"], exact=True).click()
    rows = tab.page.locator("tbody tr")
    await expect(rows.first.get_by_role("link", name=texts["name"])).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, f"console-followup-{language}")
    await tab.page.locator("select[name=department]").select_option("CARD")
    await tab.page.locator("select[name=kind]").select_option("survey")
    await tab.page.locator("main form button").click()
    assert "department=CARD" in tab.page.url
    director = Director(system)
    await director.at(director.clock() + timedelta(days=9))
    await director.rest()
    await director.http.aclose()
    await tab.page.get_by_role("link", name=texts["unanswered"], exact=True).click()
    await expect(rows.first).to_be_visible()
    await picture(tab.page, f"console-followup-unanswered-{language}")
    await rows.first.get_by_role("link").first.click()
    await expect(tab.page.locator("#allergies")).to_be_visible()
    assert patient.mrn not in tab.page.url
    assert tab.faults == []


async def test_the_privacy_officer_sees_who_looked_when_and_names_on_demand(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    nurse = await Tab.opened(browser, system)
    await opened(nurse, patient, "zh")
    await expect(nurse.page.locator("#allergies")).to_be_visible()
    director = Director(system)
    await director.rest()
    now = director.clock().astimezone(SHANGHAI)
    await director.http.aclose()
    tab = await Tab.opened(browser, system)
    await tab.sign_in("qian-privacy")
    await tab.page.goto(f"{system.options.url}/access-log?reader=liu-nurse")
    rows = tab.page.locator("tbody tr")
    await expect(rows.first).to_contain_text("刘护士")
    await tab.page.get_by_role("link", name="显示患者姓名").click()
    assert "names=true" in tab.page.url
    assert await tab.accessible() == []
    await picture(tab.page, "console-accesses-named-zh")
    await tab.page.locator("input[name=since]").fill(f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}")
    await tab.page.get_by_role("button", name="显示", exact=True).click()
    await expect(tab.page.get_by_text("没有访问记录")).to_be_visible()
    assert tab.faults == []
