"""Consents, and who is who, as nurses and registrars settle them at the console."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.flows.test_identity import admitted, call, waiting
from tests.flows.test_readers import fresh_phone
from tests.support.systems import Patient, known_person

pytestmark = pytest.mark.browser
TEXTS = {
    "zh": {"open": "打开", "change": "更改消息意愿", "no": "拒绝", "save": "保存意愿", "allowed": "允许的消息"},
    "en": {
        "open": "Open",
        "change": "Change a consent",
        "no": "refused",
        "save": "Save the consent",
        "allowed": "Messages allowed",
    },
}


@pytest.fixture
async def director(system: System) -> AsyncIterator[Director]:
    driving = Director(system)
    yield driving
    await driving.http.aclose()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_nurse_writes_down_that_her_patient_wants_no_surveys(
    system: System, browser: Browser, language: str
) -> None:
    patient, texts = await patient_of(system), TEXTS[language]
    tab = await Tab.opened(browser, system, language)
    await tab.sign_in("liu-nurse")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await tab.page.get_by_role("link", name=texts["open"]).click()
    card = tab.page.get_by_role("region", name=texts["allowed"])
    await card.get_by_text(texts["change"]).click()
    await card.locator("select[name=purpose]").select_option("survey")
    await card.locator("input[value=no]").check()
    await card.locator("textarea").fill("电话中说不要再发问卷")
    assert await tab.accessible() == []
    await picture(tab.page, f"console-consent-{language}")
    await card.get_by_role("button", name=texts["save"]).click()
    await expect(card.locator("dd").get_by_text(texts["no"], exact=False)).to_be_visible()
    assert tab.faults == []


async def test_what_was_typed_is_kept_when_a_consent_is_refused(system: System, browser: Browser) -> None:
    patient = await patient_of(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("liu-nurse")
    await tab.find("MRN", patient.mrn, "CITY-HOSPITAL")
    await tab.page.get_by_role("link", name="打开").click()
    await tab.page.goto(f"{tab.page.url.partition('?')[0]}/consents")
    await tab.page.evaluate("document.querySelector('form.act').noValidate = true")
    await tab.page.locator("main textarea").fill("她这样说")
    await tab.page.get_by_role("button", name="保存意愿").click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("请选择消息类型")
    await expect(tab.page.locator("main textarea")).to_have_value("她这样说")
    assert await tab.accessible() == []
    await picture(tab.page, "console-consent-refused-zh")


async def test_a_registrar_decides_whom_a_call_is_about_and_a_second_one_comes_too_late(
    system: System, browser: Browser, director: Director
) -> None:
    phone = fresh_phone()
    one, other = await admitted(director, phone, "赵^一一"), await admitted(director, phone, "钱^二二", "19900101")
    await call(director, phone, summary="问床位")
    [review] = await waiting(director, one, other)
    tabs = [await Tab.opened(browser, system) for _ in range(2)]
    for tab in tabs:
        await tab.sign_in("sun-registrar")
        await tab.page.goto(f"{system.options.url}/identity?id={review.id}")
        await expect(tab.page.get_by_text("该电话由多人共用")).to_be_visible()
    assert await tabs[0].accessible() == []
    await picture(tabs[0].page, "console-identity-zh")
    await tabs[0].page.get_by_role("button", name="钱二二").click()
    await expect(tabs[0].page.get_by_role("alert")).to_have_count(0)
    assert review.id not in await tabs[0].page.locator("main").inner_html()
    await tabs[1].page.get_by_role("button", name="赵一一").click()
    await expect(tabs[1].page.get_by_role("alert")).to_contain_text("这一条已由他人处理")
    assert (await director.careloop.contacts.view_person(other)).data.counts["TouchpointRecorded"] == 1
    assert [fault for tab in tabs for fault in tab.faults] == []


async def test_a_registrar_sees_what_two_records_have_in_common(
    system: System, browser: Browser, director: Director
) -> None:
    phone = fresh_phone()
    await call(director, phone)
    child = await admitted(director, phone, "李^四四", born="20230101")
    [proposed] = await waiting(director, child)
    tab = await Tab.opened(browser, system, "en")
    await tab.sign_in("sun-registrar")
    await tab.page.get_by_role("button", name="English").click()
    await tab.page.goto(f"{system.options.url}/identity?id={proposed.id}")
    await expect(tab.page.get_by_role("row", name="Phone")).to_contain_text("agrees")
    assert await tab.accessible() == []
    await picture(tab.page, "console-identity-en")
    await tab.page.get_by_role("button", name="Two people").click()
    await expect(tab.page.get_by_role("alert")).to_have_count(0)
    assert await waiting(director, child) == []
    assert tab.faults == []


async def test_two_records_are_merged_and_separated_again(system: System, browser: Browser, director: Director) -> None:
    one, other = Patient.new(), Patient.new()
    person = await known_person(director, one)
    await known_person(director, other)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("sun-registrar")
    await tab.page.goto(f"{system.options.url}/persons/{person}")
    await tab.page.get_by_role("link", name="档案合并与拆分").click()
    await tab.page.locator("main input[name=issuer]").fill("CITY-HOSPITAL")
    await tab.page.locator("main input[name=value]").fill(other.mrn)
    await tab.page.get_by_role("button", name="查找").click()
    await tab.page.get_by_role("link", name="比对").click()
    await expect(tab.page.get_by_role("row", name="姓名")).to_contain_text("一致")
    assert await tab.accessible() == []
    await picture(tab.page, "console-merge-zh")
    await tab.page.locator("textarea").fill("同一张身份证")
    await tab.page.get_by_role("button", name="合并两份档案").click()
    await expect(tab.page.get_by_role("heading", name="拆分档案")).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, "console-records-zh")
    await tab.page.locator("input[name=merged_id]").check()
    await tab.page.locator("textarea").fill("并非同一人")
    await tab.page.get_by_role("button", name="拆分").click()
    await expect(tab.page.get_by_role("heading", name="拆分档案")).to_have_count(0)
    assert tab.faults == []


async def test_a_death_is_asked_twice_and_can_be_taken_back(
    system: System, browser: Browser, director: Director
) -> None:
    person = await known_person(director, Patient.new())
    tab = await Tab.opened(browser, system)
    await tab.sign_in("sun-registrar")
    await tab.page.goto(f"{system.options.url}/persons/{person}")
    await tab.page.get_by_role("link", name="登记去世").click()
    await tab.page.locator("input[name=since]").fill("2026-03-01")
    await tab.page.get_by_role("button", name="登记去世").click()
    assert await tab.accessible() == []
    await picture(tab.page, "console-death-zh")
    await tab.page.get_by_role("button", name="确认患者已去世").click()
    await expect(tab.page.get_by_text("已故")).to_be_visible()
    await tab.page.get_by_role("link", name="撤回去世登记").click()
    await tab.page.get_by_role("button", name="撤回去世登记").click()
    await tab.page.get_by_role("button", name="确认患者在世").click()
    await expect(tab.page.get_by_text("已故")).to_have_count(0)
    assert tab.faults == []
